//! The decision about a challenge against the tool's ceiling and the policy, both as sets of what they allow.

use std::{cell::Cell, collections::BTreeSet};

use http::{HeaderMap, StatusCode};
use jit_tools::{
    AuthorizationDetail, Challenge, Policy,
    challenge::{ChallengeForms, Denial},
    escalation::{Decision, decide, decide_up_front},
    policy::Entitlement,
};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{select, subsequence},
};

use crate::{
    check,
    details::{LOCATIONS, named, oracle_covers, pair},
};

const ORIGINS: [&str; 4] = ["https://a.test", "https://b.test", "http://127.0.0.1:4000", "http://a.test"];
const PATHS: [&str; 4] = ["/", "/p", "/p/x", "/px"];
/// Those that no token could be stolen from on the way.
const SECURE: usize = 3;

/// All that a decision depends on, as plain values.
#[derive(Clone, Debug)]
struct Case {
    asked: AuthorizationDetail,
    origin: usize,
    path: &'static str,
    ceiling: Option<Vec<AuthorizationDetail>>,
    trusted: Vec<usize>,
    allowed: Allowed,
}

/// The bounds of a policy; one that is `None` is not set.
#[derive(Clone, Debug)]
struct Allowed {
    origins: Option<Vec<usize>>,
    types: Option<Vec<&'static str>>,
    actions: Option<Vec<&'static str>>,
    identifiers: Option<Vec<&'static str>>,
    locations: Option<Vec<&'static str>>,
    /// What the owner's function refuses.
    refused_type: Option<&'static str>,
}

fn some_of<T: Clone + std::fmt::Debug + 'static>(values: Vec<T>) -> impl Strategy<Value = Option<Vec<T>>> {
    let length = 0..=values.len();
    option::weighted(0.25, prop_oneof![Just(values.clone()), subsequence(values, length)])
}

fn case() -> impl Strategy<Value = Case> {
    let allowed = (
        some_of((0..SECURE).collect()),
        some_of(vec!["a", "b"]),
        some_of(vec!["r", "w", "x", "*"]),
        some_of(vec!["1", "2", "1*", "*"]),
        some_of(LOCATIONS.to_vec()),
        option::weighted(0.2, prop_oneof![Just("a"), Just("b")]),
    )
        .prop_map(|(origins, types, actions, identifiers, locations, refused_type)| Allowed {
            origins,
            types,
            actions,
            identifiers,
            locations,
            refused_type,
        });
    (
        (pair(), pair()),
        (prop_oneof![9 => 0..SECURE, 1 => SECURE..ORIGINS.len()], prop_oneof![3 => Just("/p/x"), 1 => select(&PATHS)]),
        option::weighted(0.8, vec(0..3_usize, 1..=3)),
        vec(0..SECURE, 0..=2),
        allowed,
    )
        .prop_map(|(((held, asked), (other, third)), (origin, path), ceiling, trusted, allowed)| {
            let sources = [held, other, third];
            let ceiling = ceiling.map(|places| places.into_iter().map(|at| sources[at].clone()).collect());
            Case { asked, origin, path, ceiling, trusted, allowed }
        })
}

/// The challenge, by the way that it takes in an answer.
fn challenge(url: &str, detail: &AuthorizationDetail) -> Challenge {
    let body = serde_json::json!({"authorization_details": [detail]}).to_string();
    let denial = Denial { status: StatusCode::FORBIDDEN, headers: &HeaderMap::new(), body: body.as_bytes() };
    Challenge::read(&url.parse().unwrap(), &denial, &ChallengeForms::default()).unwrap().unwrap()
}

fn policy(case: &Case) -> Policy {
    let mut policy = Policy::new();
    for trusted in &case.trusted {
        policy = policy.trust_origin(ORIGINS[*trusted]).unwrap();
    }
    let Allowed { origins, types, actions, identifiers, locations, refused_type } = case.allowed.clone();
    if let Some(origins) = origins {
        // A policy cannot be made that allows no origin at all: it then allows one that is never met.
        policy = policy.allow_origin("https://never.test").unwrap();
        for origin in origins {
            policy = policy.allow_origin(ORIGINS[origin]).unwrap();
        }
    }
    if let Some(types) = types {
        policy = policy.allow_types(types);
    }
    if let Some(actions) = actions {
        policy = policy.allow_actions(actions);
    }
    if let Some(identifiers) = identifiers {
        policy = policy.allow_identifiers(identifiers);
    }
    if let Some(locations) = locations {
        policy = policy.allow_locations(locations);
    }
    match refused_type {
        Some(kind) => policy.refuse_when(move |proposal| (proposal.detail.kind == kind).then(|| "no".to_owned())),
        None => policy,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Ask,
    Refuse,
}

/// What has to come out: asked is only for what every bound allows, each of which is a set.
fn oracle(case: &Case) -> Outcome {
    let asked = &case.asked;
    let Allowed { origins, types, actions, identifiers, locations, refused_type } = &case.allowed;
    let within = |asked: BTreeSet<Option<String>>, allowed: &Option<Vec<&str>>| match allowed {
        None => true,
        Some(allowed) => {
            let allowed: BTreeSet<_> = allowed.iter().map(|one| Some((*one).to_owned())).collect();
            !asked.is_empty() && asked.is_subset(&allowed)
        }
    };
    let identifier_is_among = |allowed: &Vec<&str>| {
        let Some(identifier) = &asked.identifier else { return false };
        let is_meant = |pattern: &&str| match pattern.split_once('*') {
            Some((beginning, _)) => identifier.get(..beginning.len()) == Some(beginning),
            None => identifier == pattern,
        };
        allowed.iter().any(is_meant)
    };
    let may = [
        case.origin < SECURE,
        // Where a permission says where it may be used, that is where it was named, and nowhere else.
        asked.locations.as_ref().is_none_or(|locations| {
            let of_origin = |location: &String| ORIGINS.get(case.origin).is_some_and(|o| location.starts_with(o));
            let url = format!("{}{}", ORIGINS[case.origin], case.path);
            let above = |location: &String| format!("{url}/").starts_with(&format!("{location}/"));
            locations.iter().all(of_origin) && locations.iter().any(above)
        }),
        match &case.ceiling {
            None => case.trusted.contains(&case.origin) && oracle_covers(asked, asked),
            Some(ceiling) => ceiling.iter().any(|allowed| oracle_covers(allowed, asked)),
        },
        origins.as_ref().is_none_or(|origins| origins.contains(&case.origin)),
        within(BTreeSet::from([Some(asked.kind.clone())]), types),
        within(named(asked.actions.as_ref()), actions),
        within(named(asked.locations.as_ref()), locations),
        identifiers.as_ref().is_none_or(identifier_is_among),
        refused_type.is_none_or(|refused| asked.kind != refused),
    ];
    if may.contains(&false) { Outcome::Refuse } else { Outcome::Ask }
}

fn nothing_is_asked_for_that_a_bound_does_not_allow(cases: u32) {
    let asked = Cell::new(0_u32);
    check(cases, &case(), |case| {
        let expected = oracle(&case);
        asked.set(asked.get() + u32::from(expected == Outcome::Ask));
        let entitlement = entitlement(&case);
        let challenge = challenge(&format!("{}{}", ORIGINS[case.origin], case.path), &case.asked);
        let outcome = match decide(&challenge, &entitlement, &policy(&case)) {
            Decision::Escalate => Outcome::Ask,
            Decision::Refuse(_) => Outcome::Refuse,
        };
        prop_assert_eq!(outcome, expected);
        Ok(())
    });
    assert!((cases / 50..cases / 2).contains(&asked.get()), "{} of {cases} are asked for", asked.get());
}

fn what_is_asked_for_up_front_is_what_a_challenge_could_have_asked_for(cases: u32) {
    let asked = Cell::new(0_u32);
    check(cases, &case(), |case| {
        let (origin, policy) = (ORIGINS[case.origin], policy(&case));
        for path in PATHS {
            let entitlement = entitlement(&case);
            let Some(detail) = decide_up_front(&format!("{origin}{path}").parse().unwrap(), &entitlement, &policy)
            else {
                continue;
            };
            asked.set(asked.get() + 1);
            let challenge = challenge(&format!("{origin}{path}"), detail);
            prop_assert_eq!(decide(&challenge, &entitlement, &policy), Decision::Escalate);
            let is_named = match &detail.locations {
                None => case.trusted.contains(&case.origin),
                Some(locations) => locations.iter().any(|location| {
                    let url = format!("{origin}{path}");
                    *location == origin || url == *location || url.starts_with(&format!("{location}/"))
                }),
            };
            prop_assert!(is_named, "{} for {}{}", detail, origin, path);
        }
        Ok(())
    });
    assert!(asked.get() > cases / 50, "{} of {cases} are asked for", asked.get());
}

fn entitlement(case: &Case) -> Entitlement {
    case.ceiling.iter().fold(Entitlement::default(), |entitlement, ceiling| {
        ceiling.iter().cloned().fold(entitlement, Entitlement::may_request)
    })
}

mod tests {
    crate::property! {
        what_is_asked_for_up_front_is_what_a_challenge_could_have_asked_for =>
            long_what_is_asked_for_up_front_is_what_a_challenge_could_have_asked_for;
        nothing_is_asked_for_that_a_bound_does_not_allow => long_nothing_is_asked_for_that_a_bound_does_not_allow;
    }
}
