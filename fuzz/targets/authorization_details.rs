//! Two details, a line each: the strict reader, the canonical form, and `covers`.

#![no_main]

use jit_tools::{AuthorizationDetail, authorization_details::Comparisons};
use serde_json::Value;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut lines = data.splitn(2, |byte| *byte == b'\n');
    let Some(held) = lines.next().and_then(read) else { return };
    let need = lines.next().and_then(read).unwrap_or_else(|| held.clone());
    let covers = held.covers(&need);
    if covers {
        assert_eq!((&held.kind, &held.identifier), (&need.kind, &need.identifier));
        assert_eq!(held.extensions, need.extensions);
        for (held, need) in
            [(&held.actions, &need.actions), (&held.datatypes, &need.datatypes), (&held.privileges, &need.privileges)]
        {
            let is_held = |one: &String| !one.contains('*') && held.as_ref().is_some_and(|held| held.contains(one));
            assert!(need.as_ref().map_or(held.is_none(), |need| !need.is_empty() && need.iter().all(is_held)));
        }
    }
    if held.canonical() == need.canonical() {
        assert_eq!(covers, need.covers(&held));
        assert_eq!(covers, held.covers(&held));
    }
    assert_eq!(Comparisons::new().covers(&held, &need), covers);
});

fn read(json: &[u8]) -> Option<AuthorizationDetail> {
    let detail: AuthorizationDetail = serde_json::from_slice(json).ok()?;
    // What the strict reader takes, every reader takes, and as the same. One name is magic to the other reader.
    if !json.windows(12).any(|window| window == b"$serde_json:") && !json.contains(&b'\\') {
        let plain: Value = serde_json::from_slice(json).expect("it is JSON");
        for (name, value) in &detail.extensions {
            assert_eq!(plain.get(name), Some(value));
        }
        assert_eq!(plain.get("type").and_then(Value::as_str), Some(detail.kind.as_str()));
    }
    check(&detail);
    Some(detail)
}

/// What holds for every detail that was read.
fn check(detail: &AuthorizationDetail) {
    assert!(!detail.summary().chars().any(char::is_control));
    let canonical = detail.canonical();
    let again: AuthorizationDetail = serde_json::from_str(&canonical).expect("the canonical form is a detail");
    assert_eq!(again.canonical(), canonical);
    let nothing = |set: &Option<Vec<String>>| {
        set.as_ref().is_some_and(|set| set.is_empty() || set.iter().any(|one| one.contains('*')))
    };
    let means_nothing = detail.kind.contains('*')
        || detail.identifier.as_deref().is_some_and(|identifier| identifier.contains('*'))
        || [&detail.actions, &detail.datatypes, &detail.privileges, &detail.locations].into_iter().any(nothing);
    assert_eq!(detail.covers(detail), !means_nothing);
    assert_eq!(detail.covers(&again), !means_nothing);
}
