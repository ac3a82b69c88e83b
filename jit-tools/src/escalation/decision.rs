//! What to do about a challenge, decided without doing it.

use std::fmt;

use url::Url;

use super::hint::Declare;
use crate::{
    authorization_details::AuthorizationDetail,
    challenge::{self, Challenge},
    origin::Origin,
    plain_text::literal,
    policy::{Entitlement, Objection, Policy, Proposal},
};

/// What to do about a challenge.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Ask the authority for what the challenge names.
    Escalate,
    /// Ask for nothing, and say why.
    Refuse(Box<Refusal>),
}

/// Why nothing is asked for. The text is for the author, and says what to write; a model is told none of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// The API could be read, or spoken for, by anybody on the way.
    InsecureOrigin {
        /// The API's origin.
        origin: Origin,
    },
    /// The challenge names several permissions, and the authority grants one a request.
    Several {
        /// How many it names.
        count: usize,
    },
    /// The permission's `locations` do not hold the address that named it, or are of another API too, so that a token for
    /// it would be of use elsewhere.
    Elsewhere {
        /// What the API says is missing.
        asked: AuthorizationDetail,
        /// The API's origin.
        origin: Origin,
    },
    /// The tool's `may_request` does not cover it.
    BeyondCeiling {
        /// What the API says is missing.
        asked: AuthorizationDetail,
    },
    /// The tool has no `may_request`, and the policy does not trust the API.
    NoCeiling {
        /// What the API says is missing.
        asked: AuthorizationDetail,
        /// The API's origin.
        origin: Origin,
    },
    /// It has a wildcard, or an empty set, so that it could mean anything; the tool declares no ceiling that would say.
    Unbounded {
        /// What the API says is missing.
        asked: AuthorizationDetail,
    },
    /// The policy has something against it.
    ByPolicy {
        /// What the API says is missing.
        asked: AuthorizationDetail,
        /// What the policy has against it.
        objection: Objection,
    },
}

/// Decides about what an API says is missing.
pub fn decide(challenge: &Challenge, entitlement: &Entitlement, policy: &Policy) -> Decision {
    let (asked, origin) = (challenge.detail(), challenge.origin());
    let refuse = |refusal| Decision::Refuse(Box::new(refusal));
    if challenge.details().len() > 1 {
        return refuse(Refusal::Several { count: challenge.details().len() });
    }
    if !origin.is_secure() {
        return refuse(Refusal::InsecureOrigin { origin: origin.clone() });
    }
    if !challenge.is_where_it_says() {
        return refuse(Refusal::Elsewhere { asked: asked.clone(), origin: origin.clone() });
    }
    match entitlement.ceiling() {
        Some(ceiling) if ceiling.iter().any(|allowed| policy.covers(allowed, asked)) => {}
        Some(_) => return refuse(Refusal::BeyondCeiling { asked: asked.clone() }),
        // Trust in an API is no licence for a permission without bounds: one with a wildcard, or with an empty set.
        None if policy.trusts(origin) && !asked.covers(asked) => {
            return refuse(Refusal::Unbounded { asked: asked.clone() });
        }
        None if policy.trusts(origin) => {}
        None => return refuse(Refusal::NoCeiling { asked: asked.clone(), origin: origin.clone() }),
    }
    let proposal =
        Proposal::new(asked, origin).of_tool(entitlement.tool()).justified_by(entitlement.justification_text());
    match policy.objection(&proposal) {
        Some(objection) => refuse(Refusal::ByPolicy { asked: asked.clone(), objection }),
        None => Decision::Escalate,
    }
}

/// Decides what to ask for before a request is sent to `url`: the permission of the ceiling that is meant for this
/// address, because its `locations` hold it, or because it has none and the policy trusts the API or sends the agent's
/// own token there.
///
/// `None` where there is no such permission, where there are several, of which the API is left to name the one that it
/// wants, or where [`decide`] would refuse a challenge that names it.
pub fn decide_up_front<'a>(
    url: &Url,
    entitlement: &'a Entitlement,
    policy: &Policy,
) -> Option<&'a AuthorizationDetail> {
    let origin = &Origin::of(url)?;
    let is_meant = |detail: &&AuthorizationDetail| match &detail.locations {
        Some(locations) => challenge::hold(locations, origin, url.path()),
        None => policy.names(url),
    };
    let mut meant = entitlement.ceiling()?.iter().filter(is_meant);
    let (Some(asked), None) = (meant.next(), meant.next()) else { return None };
    let proposal =
        Proposal::new(asked, origin).of_tool(entitlement.tool()).justified_by(entitlement.justification_text());
    let is_allowed = origin.is_secure() && policy.covers(asked, asked) && policy.objection(&proposal).is_none();
    is_allowed.then_some(asked)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InsecureOrigin { origin } => {
                write!(f, "{origin} is not secure: a token goes only to https origins, and to this machine")
            }
            Self::Several { count } => {
                write!(f, "the API asks for {count} permissions at once, and the authority grants one a request")
            }
            Self::Elsewhere { asked, origin } => {
                let locations: Vec<String> = asked.locations.iter().flatten().map(|one| literal(one)).collect();
                write!(
                    f,
                    "{origin} asks for `{asked}` at [{}], where a token would be of use beyond the address that was \
                     called: call the API by the URL that it names, or have it name the one by which it is called",
                    locations.join(", ")
                )
            }
            Self::BeyondCeiling { asked } => write!(
                f,
                "the API asks for `{asked}`, which this tool may not request; if it should, {}",
                Declare(asked)
            ),
            Self::NoCeiling { asked, origin } => write!(
                f,
                "the API asks for `{asked}`, and this tool declares no ceiling; if it should be allowed, {}, or let \
                 the policy trust the API with Policy::trust_origin(\"{origin}\")",
                Declare(asked)
            ),
            Self::Unbounded { asked } => {
                write!(
                    f,
                    "the API asks for `{asked}`, which could mean anything; name what is needed, without a wildcard"
                )
            }
            Self::ByPolicy { asked, objection } => {
                write!(f, "the API asks for `{asked}`, and the policy does not allow that: {objection}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;
    use crate::{
        authorization_details::Comparisons,
        challenge::{ChallengeForms, Denial},
    };
    use Is::{Ask, Beyond, ByPolicy, Elsewhere, Insecure, NoCeiling, Several, Unbounded};

    #[derive(Clone, Copy)]
    enum Is {
        Ask,
        Insecure,
        Beyond,
        NoCeiling,
        ByPolicy,
        Several,
        Elsewhere,
        Unbounded,
    }

    fn challenge(origin: &str, path: &str, details: &[AuthorizationDetail]) -> Challenge {
        let body = serde_json::json!({ "authorization_details": details }).to_string();
        let headers = HeaderMap::new();
        let denial = Denial { status: StatusCode::FORBIDDEN, headers: &headers, body: body.as_bytes() };
        let forms = ChallengeForms::default().max_details(2);
        Challenge::read(&format!("{origin}{path}").parse().unwrap(), &denial, &forms).unwrap().unwrap()
    }

    #[test]
    fn the_decision_is_this_table() {
        const API: &str = "https://api.acme.com";
        let read = || AuthorizationDetail::new("document").actions(["read"]).identifier("doc_1");
        let away = || read().locations(["https://other.example/v1"]);
        let home = || read().locations(["https://api.acme.com/v2", "https://api.acme.com/v1/docs"]);
        let both = || read().locations(["https://other.example", "https://api.acme.com/v1/docs"]);
        let none = Entitlement::default;
        let may = |detail| Entitlement::default().may_request(detail);
        let trusting = Policy::new().trust_origin(API).unwrap();
        let neutral = Policy::new();
        let limited = Policy::new().trust_origin(API).unwrap().allow_actions(["write"]);
        let pay = |cents: u64| -> AuthorizationDetail {
            serde_json::from_value(serde_json::json!({"type": "payment", "limit_cents": cents})).unwrap()
        };
        let limit = |detail: &AuthorizationDetail| detail.extensions["limit_cents"].as_u64();
        let is_within = move |held: &AuthorizationDetail, need: &AuthorizationDetail| limit(need) <= limit(held);
        let by_limit = Policy::new().comparisons(Comparisons::new().register("payment", is_within));
        let only_token = Policy::new().send_agent_token_to(API).unwrap();
        let other = AuthorizationDetail::new("document").actions(["read"]).identifier("doc_2");
        let write = AuthorizationDetail::new("document").actions(["write"]).identifier("doc_1");
        let cases = [
            ("within the ceiling", API, may(read()), &neutral, Ask),
            ("within one of two", API, may(write.clone()).may_request(read()), &neutral, Ask),
            ("another document", API, may(other), &neutral, Beyond),
            ("another action", API, may(write), &neutral, Beyond),
            ("beyond the ceiling, though trusted", API, may(AuthorizationDetail::new("x")), &trusting, Beyond),
            ("no ceiling, trusted", API, none(), &trusting, Ask),
            ("no ceiling, not trusted", API, none(), &neutral, NoCeiling),
            ("no ceiling, trusted with the token only", API, none(), &only_token, NoCeiling),
            ("another origin than the trusted", "https://evil.example", none(), &trusting, NoCeiling),
            ("not secure", "http://api.acme.com", may(read()), &trusting, Insecure),
            ("within the ceiling, not within the policy", API, may(read()), &limited, ByPolicy),
            ("no ceiling, trusted, not within the policy", API, none(), &limited, ByPolicy),
            ("a wildcard, trusted", "wild", none(), &trusting, Unbounded),
            ("several at once", "several", may(read()), &neutral, Several),
            ("for use elsewhere", "elsewhere", may(away()), &neutral, Elsewhere),
            ("for use here", "here", may(home()), &neutral, Ask),
            ("for use here and elsewhere", "both", may(both()), &neutral, Elsewhere),
            ("for use beside here", "beside", may(home()), &neutral, Elsewhere),
            ("within a limit that its type compares", "pay 499", may(pay(500)), &by_limit, Ask),
            ("beyond such a limit", "pay 501", may(pay(500)), &by_limit, Beyond),
            ("a limit that nobody compares", "pay 499", may(pay(500)), &neutral, Beyond),
            ("loopback is secure", "http://127.0.0.1:1", may(read()), &neutral, Ask),
        ];
        for (name, origin, entitlement, policy, expected) in cases {
            let challenge = match origin {
                "several" => challenge(API, "/v1/docs", &[read(), read()]),
                "wild" => challenge(API, "/v1/docs", &[AuthorizationDetail::new("document").actions(["*"])]),
                "pay 499" => challenge(API, "/v1/docs", &[pay(499)]),
                "pay 501" => challenge(API, "/v1/docs", &[pay(501)]),
                "elsewhere" => challenge(API, "/v1/docs", &[away()]),
                "here" => challenge(API, "/v1/docs/1", &[home()]),
                "both" => challenge(API, "/v1/docs/1", &[both()]),
                "beside" => challenge(API, "/v1/docsx", &[home()]),
                origin => challenge(origin, "/v1/docs", &[read()]),
            };
            let decision = decide(&challenge, &entitlement, policy);
            let refusal = match &decision {
                Decision::Refuse(refusal) => Some(&**refusal),
                Decision::Escalate => None,
            };
            let holds = match expected {
                Ask => decision == Decision::Escalate,
                Insecure => matches!(refusal, Some(Refusal::InsecureOrigin { .. })),
                Beyond => matches!(refusal, Some(Refusal::BeyondCeiling { .. })),
                Unbounded => matches!(refusal, Some(Refusal::Unbounded { .. })),
                Several => matches!(refusal, Some(Refusal::Several { count: 2 })),
                Elsewhere => matches!(refusal, Some(Refusal::Elsewhere { .. })),
                ByPolicy => matches!(refusal, Some(Refusal::ByPolicy { .. })),
                NoCeiling => matches!(refusal, Some(Refusal::NoCeiling { .. })),
            };
            assert!(holds, "{name}: {decision:?}");
        }
    }

    #[test]
    fn a_refused_location_is_named() {
        let asked = AuthorizationDetail::new("document").actions(["read"]).locations(["http://127.0.0.1:9100"]);
        let origin = "http://localhost:9100".parse().unwrap();
        let text = Refusal::Elsewhere { asked, origin }.to_string();
        assert!(text.contains(r#"at ["http://127.0.0.1:9100"]"#), "{text}");
    }

    #[test]
    fn what_is_asked_for_up_front_is_this_table() {
        const API: &str = "https://api.acme.com";
        let read = || AuthorizationDetail::new("document").actions(["read"]).identifier("doc_1");
        let here = || read().locations(["https://api.acme.com/v1/docs"]);
        let away = || read().locations(["https://other.example/v1"]);
        let may = |detail| Entitlement::default().may_request(detail);
        let neutral = Policy::new();
        let named = || Policy::new().send_agent_token_to(API).unwrap();
        let only_writes = named().allow_actions(["write"]);
        let cases = [
            ("a location holds the address", API, "/v1/docs/1", may(here()), &neutral, true),
            (
                "a location that ends in a slash",
                API,
                "/v1/docs",
                may(read().locations([format!("{API}/v1/")])),
                &neutral,
                true,
            ),
            ("a location beside the address", API, "/v1/docsx", may(here()), &neutral, false),
            ("a location elsewhere", API, "/v1/docs", may(away()), &neutral, false),
            ("a location of another port", "https://api.acme.com:444", "/v1/docs", may(here()), &neutral, false),
            ("no location, and an API that the owner named", API, "/", may(read()), &named(), true),
            ("no location, and any API", API, "/", may(read()), &neutral, false),
            ("no ceiling", API, "/v1/docs", Entitlement::default(), &named(), false),
            ("an empty ceiling", API, "/v1/docs", Entitlement::nothing(), &named(), false),
            ("one of two is meant", API, "/v1/docs", may(away()).may_request(here()), &neutral, true),
            ("two are meant", API, "/v1/docs", may(read()).may_request(here()), &named(), false),
            ("without bounds", API, "/", may(AuthorizationDetail::new("document").actions(["*"])), &named(), false),
            ("not within the policy", API, "/", may(read()), &only_writes, false),
            (
                "not secure",
                "http://api.acme.com",
                "/",
                may(read().locations(["http://api.acme.com/"])),
                &neutral,
                false,
            ),
        ];
        for (name, origin, path, entitlement, policy, expected) in cases {
            let asked = decide_up_front(&format!("{origin}{path}").parse().unwrap(), &entitlement, policy);
            assert_eq!(asked.is_some(), expected, "{name}: {asked:?}");
        }
    }

    #[test]
    fn a_refusal_holds_what_to_paste() {
        let asked = AuthorizationDetail::new("document").actions(["read"]).identifier("doc \"1\"");
        assert_eq!(
            Refusal::BeyondCeiling { asked }.to_string(),
            "the API asks for `\"document\" [\"read\"] \"doc \\\"1\\\"\"`, which this tool may not request; if it should, add \
             may_request(type = \"document\", actions = [\"read\"], identifier = \"doc \\\"1\\\"\")"
        );
    }
}
