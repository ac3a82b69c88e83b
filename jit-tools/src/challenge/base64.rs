//! Base64 (RFC 4648), in each of the spellings that are met in headers.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::Reason;

const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);

/// Decodes a text in the standard or the url-safe alphabet, padded or not.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, Reason> {
    // Only one of the alphabets has these two characters; a text that mixes them is in neither.
    let engine = if text.iter().any(|byte| matches!(byte, b'-' | b'_')) { &URL_SAFE } else { &STANDARD };
    engine.decode(text).map_err(|_| Reason::NotBase64)
}

#[cfg(test)]
mod tests {
    use base64::prelude::{
        BASE64_STANDARD as PADDED, BASE64_STANDARD_NO_PAD as PLAIN, BASE64_URL_SAFE as URL_PADDED,
        BASE64_URL_SAFE_NO_PAD as URL,
    };

    use super::*;

    #[test]
    fn every_spelling_is_decoded() {
        // `?>~` makes the two alphabets differ; the lengths make the padding differ.
        for text in ["", "d", "do", "doc", "??>>~~", "ÿþý"] {
            for encoded in [PADDED.encode(text), PLAIN.encode(text), URL_PADDED.encode(text), URL.encode(text)] {
                assert_eq!(decode(encoded.as_bytes()).as_deref(), Ok(text.as_bytes()), "{encoded}");
            }
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["not base64!", "AA-+", "A", "AB==C", "=", "QQ=\u{0}", "QR=="] {
            assert_eq!(decode(text.as_bytes()), Err(Reason::NotBase64), "{text}");
        }
    }
}
