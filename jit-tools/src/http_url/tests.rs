use super::*;

fn fault(text: &str) -> Option<Fault> {
    parse(text).err().map(|error| error.0)
}

#[test]
fn a_text_that_a_parser_would_change_is_refused() {
    for (text, expected) in [
        ("https://api.acme.com/v1/documents/../admin", Fault::DotSegment),
        ("https://api.acme.com/v1/./x", Fault::DotSegment),
        ("https://api.acme.com/v1/..", Fault::DotSegment),
        ("https://api.acme.com/v1/%2e%2E/admin", Fault::DotSegment),
        ("https://api.acme.com/v1/.%2e/admin", Fault::DotSegment),
        ("https://api.acme.com/v1/%252e%252e/admin", Fault::DotSegment),
        ("https://api.acme.com/v1/..%2fadmin", Fault::DotSegment),
        ("https://api.acme.com/v1/x%5c..%5cadmin", Fault::DotSegment),
        ("https://api.acme.com/v1/..;x=1/admin", Fault::DotSegment),
        ("https://api.acme.com/v1/.%09./admin", Fault::DotSegment),
        ("https://api.acme.com/v1/..%3Fx", Fault::DotSegment),
        ("https://api.acme.com/v1/..%C2%A0/admin", Fault::DotSegment),
        ("https://api.acme.com/v1/%EF%BC%8E%EF%BC%8E%EF%BC%8Fadmin", Fault::DotSegment),
        ("https://api.acme.com/v1/%e2%80%a5/admin", Fault::DotSegment),
        ("https://api.acme.com/v1/%c0%ae%c0%ae/admin", Fault::DotSegment),
        ("https://api.acme.com/v1/..%c0%afadmin", Fault::DotSegment),
        ("https://api.acme.com/v1\\..\\admin", Fault::Character),
        ("https://api.acme.com/v1/.\t./admin", Fault::Character),
        ("https://api.acme.com/v1/.\n./admin", Fault::Character),
        ("ht\ttps://api.acme.com/", Fault::Character),
        (" https://api.acme.com/", Fault::Character),
        ("https://api.acme.com/ ", Fault::Character),
        ("https://api.acme.com/\u{0}", Fault::Character),
        ("https://api.acme.com/Q3 report", Fault::Character),
        ("https://api.acme.com/résumé", Fault::Character),
        ("https://api.acme.com/100%", Fault::Character),
        ("https://api.acme.com/%zz", Fault::Character),
        ("https://ａｐｉ.acme.com/", Fault::Character),
        ("https://api。acme.com/", Fault::Character),
        ("https:\\\\api.acme.com\\v1", Fault::Character),
        ("https://api.acme.com@evil.example/", Fault::UserInfo),
        ("https://user:password@api.acme.com/", Fault::UserInfo),
        ("https://@api.acme.com/", Fault::UserInfo),
        ("https://api.acme.com/v1#x", Fault::Fragment),
        ("https://api.acme.com#@evil.example/", Fault::Fragment),
        ("https://%61pi.acme.com/", Fault::Authority),
        ("https://0x7f.1/", Fault::Authority),
        ("https://2130706433/", Fault::Authority),
        ("https://127.1/", Fault::Authority),
        ("https://[0:0:0:0:0:0:0:1]/", Fault::Authority),
        ("https://api.acme.com:/", Fault::Authority),
        ("https://api.acme.com:0443/", Fault::Authority),
        ("https:///api.acme.com/", Fault::Authority),
        ("https:api.acme.com/", Fault::NotHttp),
        ("https:/api.acme.com/", Fault::NotHttp),
        ("//api.acme.com/", Fault::NotHttp),
        ("/v1/documents", Fault::NotHttp),
        ("ftp://api.acme.com/", Fault::NotHttp),
        ("https://", Fault::NotHttp),
        ("https://api.acme.com:99999/", Fault::NotHttp),
        ("", Fault::NotHttp),
    ] {
        assert_eq!(fault(text), Some(expected), "{text}");
    }
    let long = format!("https://api.acme.com/{}", "a".repeat(MAX_LENGTH));
    assert_eq!(fault(&long), Some(Fault::TooLong));
}

#[test]
fn a_text_that_means_what_it_says_is_taken() {
    for (text, read) in [
        ("https://api.acme.com", "https://api.acme.com/"),
        ("https://api.acme.com?page=2", "https://api.acme.com/?page=2"),
        ("https://api.acme.com/?", "https://api.acme.com/?"),
        ("HTTPS://API.acme.com:443/V1", "https://api.acme.com/V1"),
        ("http://127.0.0.1:4000/v1/", "http://127.0.0.1:4000/v1/"),
        ("http://[::1]:9/", "http://[::1]:9/"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://api.acme.com/a%2Fb//c/.../.well-known/..x", "https://api.acme.com/a%2Fb//c/.../.well-known/..x"),
        ("https://api.acme.com/r%C3%A9sum%C3%A9", "https://api.acme.com/r%C3%A9sum%C3%A9"),
        ("https://api.acme.com/o'brien?q=o'brien&f[a]=/?@:", "https://api.acme.com/o'brien?q=o%27brien&f[a]=/?@:"),
        ("https://api.acme.com/?up=../../x&u=a@b", "https://api.acme.com/?up=../../x&u=a@b"),
    ] {
        assert_eq!(parse(text).map(String::from).as_deref(), Ok(read), "{text}");
    }
}

#[test]
fn a_url_that_was_parsed_before_is_held_to_what_is_left_of_it() {
    use super::sealed::Checked as _;
    for (text, expected) in [
        ("https://api.acme.com/v1/a%20b", None),
        ("https://user@api.acme.com/", Some(Fault::UserInfo)),
        ("https://api.acme.com/#x", Some(Fault::Fragment)),
        ("https://api.acme.com/v1/..%2Fadmin", Some(Fault::DotSegment)),
        ("ftp://api.acme.com/", Some(Fault::NotHttp)),
    ] {
        let url: Url = text.parse().unwrap();
        assert_eq!((&url).checked().err().map(|error| error.0), expected, "{text}");
        assert_eq!(Ok(url).checked().err().map(|error| error.0), expected, "{text}");
    }
}

#[test]
fn a_value_stays_in_its_segment_or_is_refused() {
    let at = |value: &str| {
        build(&[
            UrlPart::Text("https://api.acme.com/v1/documents/"),
            UrlPart::Segment("id", &value),
            UrlPart::Text("/x"),
        ])
    };
    for (value, expected) in [
        ("doc_9982", "doc_9982"),
        ("Q3 report", "Q3%20report"),
        ("résumé", "r%C3%A9sum%C3%A9"),
        ("a/b", "a%2Fb"),
        ("/etc/passwd", "%2Fetc%2Fpasswd"),
        ("a?b#c&d=e", "a%3Fb%23c%26d%3De"),
        ("...", "..."),
        ("..a", "..a"),
        ("…", "%E2%80%A6"),
        ("#1", "%231"),
        (" a ", "%20a%20"),
        ("%41", "%2541"),
        ("100%", "100%25"),
        ("a\\b\t\n\0", "a%5Cb%09%0A%00"),
        ("@evil.example:443", "%40evil.example%3A443"),
    ] {
        let url = at(value).unwrap();
        assert_eq!(url.as_str(), format!("https://api.acme.com/v1/documents/{expected}/x"), "{value}");
    }
    let nested = format!("%{}41", "25".repeat(40));
    for value in [
        ".",
        "..",
        "../../admin/users",
        "a/../b",
        "..\\admin",
        "%2e%2e",
        "%2E%2e/admin",
        ".%2e",
        "%252e%252e%252fadmin",
        "..%2Fadmin",
        "..;/admin",
        ".\t.",
        " ..",
        "..\n/admin",
        "\u{0}../x",
        "..?x",
        "..#x",
        "..\u{a0}",
        "\u{feff}..",
        ".\u{200d}.",
        "．．／admin",
        "‥",
        "a∕..∕b",
        "%c0%ae%c0%ae/admin",
        "..%e2%80%8b",
        "..%ff",
        &nested,
    ] {
        let error = at(value).unwrap_err();
        assert_eq!((error.0, error.placeholder()), (Fault::ClimbingValue { placeholder: "id" }, Some("id")), "{value}");
    }
    // A server that takes an encoded slash for one, or drops blanks, would read the path of all documents.
    for value in ["", " ", "\t", "\u{3000}", "\u{200b}", "/", "//", "\\", "%2F", "%252f", "%20", "／", "%ff"] {
        let error = at(value).unwrap_err();
        assert_eq!((error.0, error.placeholder()), (Fault::EmptyValue { placeholder: "id" }, Some("id")), "{value:?}");
    }
    assert_eq!(at(&"%".repeat(MAX_LENGTH / 2)).unwrap_err().0, Fault::TooLong);
}

#[test]
fn a_value_stays_in_the_query_whatever_it_is() {
    for (value, expected) in [("", ""), ("..", ".."), ("a&b=c#d", "a%26b%3Dc%23d"), ("a+b c", "a%2Bb%20c")] {
        let url = build(&[UrlPart::Text("https://api.acme.com/?q="), UrlPart::Query(&value)]).unwrap();
        assert_eq!(url.query(), Some(&*format!("q={expected}")));
        assert_eq!(url.query_pairs().next().unwrap().1, value);
    }
}

#[test]
fn a_base_goes_before_and_is_held_to_what_a_text_is() {
    let at = |base: &str| build(&[UrlPart::Base(&base), UrlPart::Text("/v1/"), UrlPart::Segment("n", &7)]);
    for (base, expected) in [
        ("https://api.acme.com", "https://api.acme.com/v1/7"),
        ("https://api.acme.com/", "https://api.acme.com/v1/7"),
        ("http://127.0.0.1:80/api/", "http://127.0.0.1/api/v1/7"),
    ] {
        assert_eq!(at(base).map(String::from).as_deref(), Ok(expected), "{base}");
    }
    for (base, expected) in [
        ("https://api.acme.com?x=", Fault::BaseWithQuery),
        ("https://api.acme.com/a/..", Fault::DotSegment),
        ("https://api.acme.com#", Fault::Fragment),
        ("https://user@api.acme.com", Fault::UserInfo),
        ("", Fault::NotHttp),
    ] {
        assert_eq!(at(base).unwrap_err().0, expected, "{base}");
    }
    let alone = build(&[UrlPart::Base(&"https://api.acme.com/v1/"), UrlPart::Text("?q="), UrlPart::Query(&1)]);
    assert_eq!(alone.unwrap().as_str(), "https://api.acme.com/v1/?q=1");
}

#[test]
fn below_a_base_is_what_begins_with_its_segments() {
    for (base, url, expected) in [
        ("https://api.acme.com/v1", "https://api.acme.com/v1", true),
        ("https://api.acme.com/v1", "https://api.acme.com/v1?x", true),
        ("https://api.acme.com/v1", "https://api.acme.com/v1/", true),
        ("https://api.acme.com/v1", "https://API.acme.com:443/v1/documents/a", true),
        ("https://api.acme.com/v1/", "https://api.acme.com/v1/documents", true),
        ("https://api.acme.com/v1/", "https://api.acme.com/v1/", true),
        ("https://api.acme.com/v1/", "https://api.acme.com/v1", false),
        ("https://api.acme.com", "https://api.acme.com/anything", true),
        ("https://api.acme.com", "https://api.acme.com", true),
        ("https://api.acme.com/v1", "https://api.acme.com/v10", false),
        ("https://api.acme.com/v1", "https://api.acme.com/v1.evil", false),
        ("https://api.acme.com/v1", "https://api.acme.com/V1", false),
        ("https://api.acme.com/v1", "https://api.acme.com/", false),
        ("https://api.acme.com/v1", "https://api.acme.com//v1", false),
        ("https://api.acme.com/v1", "https://api.acme.com/%761/x", true),
        ("https://api.acme.com/%761", "https://api.acme.com/v1/x", true),
        ("https://api.acme.com/v1/a", "https://api.acme.com/v1%2Fa", false),
        ("https://api.acme.com/v1/a", "https://api.acme.com/v1/a%2Fb", false),
        ("https://api.acme.com/v1", "https://api.acme.com/v1/a%2Fb", true),
        ("https://api.acme.com/v1/a%2Fb", "https://api.acme.com/v1/a%2fb/c", true),
        ("https://api.acme.com/v1/a%2Fb", "https://api.acme.com/v1/a/b", false),
        ("https://api.acme.com/v1", "https://api.acme.com/v1/../admin", false),
        ("https://api.acme.com/v1", "https://api.acme.com/v1/..%2Fadmin", false),
        ("https://api.acme.com/v1", "https://api.acme.com/v1/%252e%252e/admin", false),
        ("https://api.acme.com/v1", "https://api.acme.com/v1/..;x/admin", false),
        ("https://api.acme.com/v1", "https://api.acme.com/v1/%c0%ae%c0%ae/admin", false),
        ("https://api.acme.com/v1", "https://api.acme.com/v1/%EF%BC%8E%EF%BC%8E/admin", false),
        ("https://api.acme.com/v1", "https://api.acme.com/v1/r%C3%A9sum%C3%A9", true),
        ("https://api.acme.com/v1", "http://api.acme.com/v1", false),
        ("https://api.acme.com/v1", "https://api.acme.com:444/v1", false),
        ("https://api.acme.com/v1", "https://api.acme.com.evil.example/v1", false),
        ("https://api.acme.com/v1", "data:/v1", false),
    ] {
        let holds = BaseUrl::try_from(base).unwrap().holds(&url.parse().unwrap());
        assert_eq!(holds, expected, "{base} holds {url}");
    }
}

#[test]
fn a_long_value_is_looked_through_a_bounded_number_of_times() {
    let nested = format!("%{}2e", "25".repeat(MAX_LENGTH / 2 - 100));
    let error = build(&[UrlPart::Text("https://api.acme.com/"), UrlPart::Segment("id", &&nested[..60_000])]);
    assert!(error.is_err());
    let many = "%25".repeat(10_000);
    assert!(build(&[UrlPart::Text("https://api.acme.com/"), UrlPart::Segment("id", &many)]).is_ok());
}

#[test]
fn no_error_repeats_what_it_was_given() {
    for text in ["https://canary@a.test", "https://a.test/canary/..", "https://a.test/canary#canary", "canary canary"] {
        let error = parse(text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
}
