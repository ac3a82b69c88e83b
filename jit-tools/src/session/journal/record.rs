//! The records of a journal as bytes: a JSON object a line, with a version and a checksum.
//!
//! ```json
//! {"v":1,"sum":"0f3c…","record":{"intent":{"owner":{…},"name":"…","created_at":1764021600,"process":4711}}}
//! {"v":1,"sum":"a91e…","record":{"opened":{"id":"task_1","expires_at":1764025200}}}
//! {"v":1,"sum":"57d0…","record":{"kept":{"until":1764107999}}}
//! ```
//!
//! The checksum, SHA-256 of the record with its length before it, tells a line that was written whole from one that was
//! not. It is no defence against somebody who may write into the file.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{OpenedTask, TaskIntent};
use crate::digest::Sha256Hex;

/// How many bytes of a file are read.
pub(super) const MAX_BYTES: usize = 16 * 1024;
/// How long a line may be that is written, in bytes. Two of them, and a short third, are read.
const MAX_LINE: usize = MAX_BYTES / 2 - 256;
/// How many lines are looked at. Three are written at most.
const MAX_LINES: usize = 16;

const VERSION: u32 = 1;

/// One line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Record {
    Intent(TaskIntent),
    Opened(OpenedTask),
    /// Until when the task is kept.
    Kept(Kept),
}

/// That a task is suspended.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Whole seconds since 1970 when serialized.
    #[serde(with = "super::seconds")]
    pub(crate) until: SystemTime,
}

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    v: u32,
    sum: &'a str,
    #[serde(borrow)]
    record: &'a RawValue,
}

/// What a file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parsed {
    pub(crate) intent: Option<TaskIntent>,
    pub(crate) opened: Option<OpenedTask>,
    pub(crate) kept_until: Option<SystemTime>,
    /// Whether there is something else than whole records of this version and the beginning of a last one.
    pub(crate) is_damaged: bool,
}

/// The line that a record is.
pub(super) fn encode(record: &Record) -> std::io::Result<Vec<u8>> {
    let record = serde_json::value::to_raw_value(record)?;
    let sum = checksum(record.get().as_bytes());
    let mut line = serde_json::to_vec(&Line { v: VERSION, sum: sum.as_str(), record: &record })?;
    line.push(b'\n');
    if line.len() > MAX_LINE {
        return Err(std::io::Error::other(format!("a record is longer than {MAX_LINE} bytes")));
    }
    Ok(line)
}

/// Reads what was written, as far as it goes.
///
/// A last line without its end was being written when the process died: it counts as not written. Any other line that
/// cannot be read is damage, and does not keep the rest from being read.
pub(crate) fn parse(bytes: &[u8]) -> Parsed {
    let mut parsed = Parsed { is_damaged: bytes.len() > MAX_BYTES, ..Parsed::default() };
    let mut lines = bytes.get(..MAX_BYTES).unwrap_or(bytes).split_inclusive(|byte| *byte == b'\n');
    for line in lines.by_ref().take(MAX_LINES) {
        let Some(line) = line.strip_suffix(b"\n") else { continue };
        match decode(line) {
            Some(Record::Intent(intent)) if parsed.intent.is_none() => parsed.intent = Some(intent),
            Some(Record::Opened(opened)) if parsed.opened.is_none() => parsed.opened = Some(opened),
            Some(Record::Kept(kept)) if parsed.kept_until.is_none() => parsed.kept_until = Some(kept.until),
            _ => parsed.is_damaged = true,
        }
    }
    parsed.is_damaged |= lines.next().is_some();
    parsed
}

/// What was read means the same when it is written and read again, if it can be written at all.
#[cfg(any(test, fuzzing))]
pub(super) fn round_trip(bytes: &[u8]) {
    let first = parse(bytes);
    let kept = first.kept_until.map(|until| Record::Kept(Kept { until }));
    let records = [first.intent.clone().map(Record::Intent), first.opened.clone().map(Record::Opened), kept];
    let written: std::io::Result<Vec<_>> = records.iter().flatten().map(encode).collect();
    if let Ok(written) = written {
        assert_eq!(parse(&written.concat()), Parsed { is_damaged: false, ..first });
    }
}

fn decode(line: &[u8]) -> Option<Record> {
    let line: Line<'_> = serde_json::from_slice(line).ok()?;
    let is_whole = line.v == VERSION && line.sum == checksum(line.record.get().as_bytes()).as_str();
    if is_whole { serde_json::from_str(line.record.get()).ok() } else { None }
}

fn checksum(record: &[u8]) -> Sha256Hex {
    Sha256Hex::of([record])
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::{authority::TaskId, session::journal::TaskOwner};

    fn intent() -> TaskIntent {
        TaskIntent {
            owner: TaskOwner {
                authority: "https://auth.acme.com".to_owned(),
                tenant: "acme".to_owned(),
                client_id: "agt_x".to_owned(),
            },
            name: "Analyse\nthe \"report\" ä".to_owned(),
            parent: Some(TaskId::try_from("task_0".to_owned()).unwrap()),
            created_at: SystemTime::UNIX_EPOCH + Duration::from_secs(5),
            process: 7,
        }
    }

    fn opened() -> OpenedTask {
        let expires_at = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(9));
        OpenedTask { id: TaskId::try_from("task_1".to_owned()).unwrap(), expires_at }
    }

    fn file() -> (Vec<u8>, usize) {
        let mut bytes = encode(&Record::Intent(intent())).unwrap();
        let first = bytes.len();
        bytes.extend(encode(&Record::Opened(opened())).unwrap());
        (bytes, first)
    }

    #[test]
    fn what_was_written_is_read() {
        let parsed = parse(&file().0);
        let expected = Parsed { intent: Some(intent()), opened: Some(opened()), ..Parsed::default() };
        assert_eq!(parsed, expected);

        let until = SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_107_999);
        let kept = encode(&Record::Kept(Kept { until })).unwrap();
        let mut suspended = [file().0, kept.clone()].concat();
        assert_eq!(parse(&suspended), Parsed { kept_until: Some(until), ..expected });
        round_trip(&suspended);
        // A second one is none of ours.
        suspended.extend(kept);
        assert!(parse(&suspended).is_damaged);
    }

    #[test]
    fn a_file_that_was_cut_off_anywhere_says_what_was_written_whole() {
        let (bytes, first) = file();
        for length in 0..bytes.len() {
            let parsed = parse(&bytes[..length]);
            let expected = Parsed { intent: (length >= first).then(intent), ..Parsed::default() };
            assert_eq!(parsed, expected, "{length}");
        }
    }

    #[test]
    fn a_byte_that_changed_is_noticed_and_costs_no_other_line() {
        let (bytes, first) = file();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let parsed = parse(&changed);
            round_trip(&changed);
            let is_last_end = at == bytes.len() - 1;
            assert_eq!(parsed.is_damaged, !is_last_end, "{at}");
            if at < first - 1 {
                assert_eq!((parsed.intent, parsed.opened), (None, Some(opened())), "{at}");
            } else if at >= first {
                assert_eq!((parsed.intent, parsed.opened), (Some(intent()), None), "{at}");
            }
        }
    }

    #[test]
    fn a_file_that_was_spliced_at_random_is_read_within_bounds_and_means_what_it_says() {
        let (bytes, _) = file();
        // Knuth's MMIX generator: the same cases each time.
        let mut state = 1_u64;
        let mut below = |bound: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % bound
        };
        for _ in 0..10_000 {
            let mut spliced = bytes.clone();
            for _ in 0..=below(3) {
                let (from, to, at) = (below(bytes.len()), below(bytes.len()), below(spliced.len() + 1));
                let piece = bytes[from.min(to)..from.max(to)].to_vec();
                let end = (at + below(piece.len() + 1)).min(spliced.len());
                spliced.splice(at..end, piece);
            }
            round_trip(&spliced);
            let parsed = parse(&spliced);
            assert!(
                parsed.intent.is_none_or(|read| read == intent()) && parsed.opened.is_none_or(|read| read == opened())
            );
        }
    }

    #[test]
    fn a_file_of_another_version_and_one_without_end_are_damage_and_not_an_empty_one() {
        let newer = String::from_utf8(file().0).unwrap().replace("\"v\":1", "\"v\":2");
        assert_eq!(parse(newer.as_bytes()), Parsed { is_damaged: true, ..Parsed::default() });
        assert!(parse(&b"\n".repeat(MAX_LINES + 1)).is_damaged);
        assert!(parse(&vec![0; MAX_BYTES + 1]).is_damaged);
        // What a disk leaves where a line had no time to arrive.
        assert!(!parse(&[0; 100]).is_damaged);
    }

    #[test]
    fn an_id_that_would_lead_elsewhere_is_not_read() {
        let raw = r#"{"opened":{"id":"../../x"}}"#;
        let line = format!("{{\"v\":1,\"sum\":\"{}\",\"record\":{raw}}}\n", checksum(raw.as_bytes()));
        assert_eq!(parse(line.as_bytes()), Parsed { is_damaged: true, ..Parsed::default() });
    }

    #[test]
    fn the_longest_records_that_are_written_are_read() {
        let mut intent = intent();
        let room = MAX_LINE - encode(&Record::Intent(intent.clone())).unwrap().len();
        intent.owner.client_id.push_str(&"x".repeat(room));
        let kept = Record::Kept(Kept { until: SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(u32::MAX)) });
        let lines = [Record::Intent(intent), Record::Opened(opened()), kept].map(|record| encode(&record).unwrap());
        assert_eq!(lines[0].len(), MAX_LINE);
        assert!(2 * MAX_LINE + lines[2].len() <= MAX_BYTES);
        let parsed = parse(&lines.concat());
        assert!(parsed.intent.is_some() && parsed.opened.is_some() && parsed.kept_until.is_some());
    }

    #[test]
    fn a_record_that_could_not_be_read_again_is_not_written() {
        let mut intent = intent();
        intent.owner.client_id = "x".repeat(MAX_LINE);
        assert!(encode(&Record::Intent(intent)).is_err());
    }
}
