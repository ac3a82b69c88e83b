//! A URL read by hand, without any crate: for the property tests and the fuzz target of `url!`.

/// The parts of a URL, the path and the query decoded once.
#[derive(Debug, PartialEq)]
pub struct Read {
    pub authority: String,
    pub segments: Vec<Vec<u8>>,
    pub parameters: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Reads an https URL as RFC 3986, section 3, splits it.
pub fn read(url: &str) -> Option<Read> {
    let rest = url.strip_prefix("https://")?;
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (authority, path) = rest.split_once('/').map_or((rest, ""), |parts| parts);
    let parameter = |one: &str| {
        let (name, value) = one.split_once('=').unwrap_or((one, ""));
        (decoded(name.as_bytes()), decoded(value.as_bytes()))
    };
    Some(Read {
        authority: authority.to_owned(),
        segments: path.split('/').map(|segment| decoded(segment.as_bytes())).collect(),
        parameters: query.map(|query| query.split('&').map(parameter).collect()).unwrap_or_default(),
    })
}

/// Decodes each `%` with two digits, once.
pub fn decoded(bytes: &[u8]) -> Vec<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|digit| char::from(*digit).to_digit(16));
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or_default());
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// Returns true if a value of the path has to be refused: it is empty, it is decoded more than five times before nothing
/// is left to decode, or on the way there it has a part that is `.` or `..`.
pub fn is_refused(value: &[u8]) -> bool {
    let mut value = value.to_vec();
    let mut decodings = 0;
    loop {
        let seen: String =
            value.iter().filter(|byte| **byte > 32 && **byte != 127).map(|byte| char::from(*byte)).collect();
        let seen = seen.replace('\\', "/");
        if seen.split('/').any(|part| [".", ".."].contains(&part.split_once(';').map_or(part, |(part, _)| part))) {
            return true;
        }
        let next = decoded(&value);
        if next == value {
            return value.is_empty() || decodings > 5;
        }
        decodings += 1;
        value = next;
    }
}
