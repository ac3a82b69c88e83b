//! A value of `url!` never leaves its place, and a text that is taken means what it says.

use std::cell::Cell;

use jit_tools::{BaseUrl, url};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::{
    check,
    url_oracle::{Read, is_refused, read},
};

const PIECES: [&str; 40] = [
    "a", "b1", "doc_9982", "é", "~", "-", ".", "..", "...", "/", "\\", "%", "25", "2e", "2F", "%2e", "%2E", "%252f",
    ";", "?", "#", "&", "=", "@", ":", "+", "'", " ", "\t", "\n", "\r", "\0", "\u{202e}", "。", "．", "‥", "／",
    "\u{a0}", "%c0%ae", "%C2%A0",
];

fn value(pieces: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    prop_oneof![9 => vec(select(&PIECES), pieces).prop_map(|pieces| pieces.concat()), 1 => any::<String>()]
}

fn a_value_never_leaves_its_place(cases: u32) {
    let built = Cell::new(0_u32);
    check(cases, &[value(0..6), value(1..6), value(0..6), value(0..6)], |[one, two, three, four]| {
        let url = url!("https://a.test/v1/{one}/x/{two}?q={three}&r={four}");
        let refused = [("one", &one), ("two", &two)].into_iter().find(|(_, value)| is_refused(value.as_bytes()));
        let Ok(url) = url else {
            prop_assert_eq!(url.unwrap_err().placeholder(), refused.map(|(name, _)| name));
            return Ok(());
        };
        built.set(built.get() + 1);
        prop_assert_eq!(refused, None);
        let own = |text: &str| text.as_bytes().to_vec();
        let expected = Read {
            authority: "a.test".to_owned(),
            segments: vec![own("v1"), own(&one), own("x"), own(&two)],
            parameters: vec![(own("q"), own(&three)), (own("r"), own(&four))],
        };
        prop_assert_eq!(read(url.as_str()), Some(expected));
        prop_assert!(BaseUrl::try_from("https://a.test/v1/").unwrap().holds(&url));
        prop_assert!(!BaseUrl::try_from("https://a.test/v1/x").unwrap().holds(&url) || one == "x");
        Ok(())
    });
    assert!((cases / 4..cases).contains(&built.get()), "{} of {cases} are built", built.get());
}

/// Texts that are nearly URLs.
fn text() -> impl Strategy<Value = String> {
    let scheme =
        select(&["https://", "https://", "https://", "HTTPS://", "http://", "https:", "https:\\\\", " https://"]);
    let user = select(&["", "", "", "", "", "", "u@", "u:p@", "@"]);
    let host = select(&[
        "a.test",
        "a.test",
        "a.test",
        "A.Test",
        "127.0.0.1",
        "127.1",
        "0x7f.0.0.1",
        "[::1]",
        "[0::1]",
        "%61.test",
        "ａ.test",
        "",
        "a.test.",
        "1.2.3.4.5",
    ]);
    let port = select(&["", "", "", "", ":443", ":8080", ":", ":0443", ":99999"]);
    let path = vec(prop_oneof![2 => select(&["/", "a", "%2F", "v1"]), 1 => select(&PIECES)], 0..6);
    let path = path.prop_map(|pieces| pieces.concat());
    (scheme, user, host, port, prop_oneof![Just("/"), Just("")], path)
        .prop_map(|(scheme, user, host, port, slash, path)| format!("{scheme}{user}{host}{port}{slash}{path}"))
}

fn a_text_that_is_taken_means_what_it_says(cases: u32) {
    let taken = Cell::new(0_u32);
    check(cases, &text(), |text| {
        let Ok(url) = url!("{text}") else { return Ok(()) };
        taken.set(taken.get() + 1);
        let says = text.to_ascii_lowercase().replace("http://", "https://");
        let read_by_hand = read(&says);
        prop_assert!(read_by_hand.is_some(), "{text}");
        let Read { authority, .. } = read_by_hand.unwrap();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
            _ => (&*authority, None),
        };
        prop_assert_eq!(url.host_str(), Some(host));
        prop_assert_eq!(url.port_or_known_default(), port.or(Some(if url.scheme() == "http" { 80 } else { 443 })));
        prop_assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
        // The path is sent byte for byte, and no part of it leads elsewhere.
        let after = text.splitn(4, '/').nth(3).unwrap_or_default();
        prop_assert_eq!(url.path(), format!("/{after}"));
        for segment in after.split('/').filter(|segment| !segment.is_empty()) {
            let seen = segment.to_ascii_lowercase().replace("%2e", ".");
            prop_assert!(seen != "." && seen != "..", "{}", text);
        }
        Ok(())
    });
    assert!((cases / 50..cases).contains(&taken.get()), "{} of {cases} are taken", taken.get());
}

mod tests {
    crate::property! {
        a_value_never_leaves_its_place => long_a_value_never_leaves_its_place;
        a_text_that_is_taken_means_what_it_says => long_a_text_that_is_taken_means_what_it_says;
    }
}
