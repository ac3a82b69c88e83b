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

/// Returns true if a value of the path has to be refused: it leads elsewhere, or is blank once it is decoded often enough.
pub fn is_refused(value: &[u8]) -> bool {
    climbs(value) || readings(value).iter().any(|text| text.chars().all(|letter| letter == '/'))
}

/// Returns true if a segment leads elsewhere: it is decoded more than five times before nothing is left to decode, or on
/// the way there it has a part that is `.` or `..`.
pub fn climbs(segment: &[u8]) -> bool {
    let readings = readings(segment);
    let is_dots = |part: &str| [".", ".."].contains(&part.split(';').next().unwrap_or_default());
    readings.len() > 6 || readings.iter().any(|text| text.split(['/', '?', '#']).any(is_dots))
}

/// What a text is to those who decode it never, once, and more often: with one kind of slash, no other characters for what
/// ASCII has, and nothing that nobody sees.
fn readings(value: &[u8]) -> Vec<String> {
    let mut value = value.to_vec();
    let mut readings = Vec::new();
    loop {
        readings.push(plain(&value));
        let next = decoded(&value);
        if next == value || readings.len() > 6 {
            return readings;
        }
        value = next;
    }
}

fn plain(bytes: &[u8]) -> String {
    let mut bytes = bytes.to_vec();
    for (overlong, byte) in
        [(&b"\xc0\xae"[..], b'.'), (b"\xe0\x80\xae", b'.'), (b"\xc0\xaf", b'/'), (b"\xe0\x80\xaf", b'/')]
    {
        while let Some(at) = bytes.windows(overlong.len()).position(|window| window == overlong) {
            bytes.splice(at..at + overlong.len(), [byte]);
        }
    }
    let hidden = |letter: char| {
        let number = u32::from(letter);
        let ranges = [0x200b..=0x200f, 0x202a..=0x202e, 0x2060..=0x206f, 0xad..=0xad, 0xfeff..=0xfeff, 0xfffd..=0xfffd];
        letter.is_whitespace() || letter.is_control() || ranges.iter().any(|range| range.contains(&number))
    };
    let text = String::from_utf8_lossy(&bytes).replace('\u{2025}', "..");
    text.chars()
        .filter(|letter| !hidden(*letter))
        .map(|letter| match letter {
            '．' | '﹒' | '\u{2024}' => '.',
            '\\' | '／' | '⁄' | '∕' | '＼' | '﹨' | '∖' => '/',
            letter => letter,
        })
        .collect()
}
