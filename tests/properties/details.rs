//! Details to compare, and what each means as a set of atomic permissions.

use std::collections::BTreeSet;

use jit_tools::AuthorizationDetail;
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Value, json};

/// Every location that there is, but for `*`.
pub const LOCATIONS: [&str; 2] = ["https://a.test", "https://b.test/p"];

/// A detail out of so few values that two of them often have to do with each other.
pub fn detail() -> impl Strategy<Value = AuthorizationDetail> {
    let set = |values: &'static [&'static str]| {
        let member = prop_oneof![30 => select(values), 1 => Just("*")];
        option::weighted(0.7, vec(member, 0..=3))
    };
    (
        prop_oneof![10 => Just("a"), 10 => Just("b"), 1 => Just("A"), 1 => Just("*")],
        (set(&["r", "w", "x"]), set(&["p", "q"]), set(&["u", "v"]), set(&LOCATIONS)),
        option::of(prop_oneof![20 => select(&["1", "2", "é", "e\u{301}"]), 1 => select(&["*", "1*"])]),
        vec((select(&["m", "n", "*"]), extension()), 0..=2),
    )
        .prop_map(|(kind, (actions, datatypes, privileges, locations), identifier, extensions)| {
            let owned = |set: Option<Vec<&str>>| set.map(|set| set.into_iter().map(str::to_owned).collect());
            let mut detail = AuthorizationDetail::new(kind);
            detail.actions = owned(actions);
            detail.datatypes = owned(datatypes);
            detail.privileges = owned(privileges);
            detail.locations = owned(locations);
            detail.identifier = identifier.map(str::to_owned);
            detail.extensions = extensions.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            detail
        })
}

fn extension() -> impl Strategy<Value = Value> {
    let values = [
        json!(null),
        json!(true),
        json!(1),
        json!(1.0),
        json!("1"),
        json!("*"),
        json!([]),
        json!([1, 2]),
        json!([2, 1]),
        json!({}),
        json!({"a": 1, "b": {"c": [1], "d": 2}}),
        json!({"b": {"d": 2, "c": [1]}, "a": 1}),
        json!({"a": 1, "b": {"c": [1], "d": 3}}),
    ];
    select(values.to_vec())
}

/// Two details, of which the second is often a part of the first.
pub fn pair() -> impl Strategy<Value = (AuthorizationDetail, AuthorizationDetail)> {
    (detail(), detail(), vec(prop::bool::weighted(0.93), 7), any::<[u8; 4]>()).prop_map(
        |(first, other, keeps, parts)| {
            let mut second = other;
            let keep = |at: usize| keeps[at];
            let part = |set: &Option<Vec<String>>, at: usize| {
                // One in four is kept whole, and in another order.
                let chosen = if parts[at].is_multiple_of(4) { 0xff } else { parts[at] };
                let chosen = |place: usize| chosen >> place & 1 == 1;
                set.as_ref().map(|set| {
                    set.iter()
                        .enumerate()
                        .rev()
                        .filter(|(place, _)| chosen(*place))
                        .map(|(_, one)| one.clone())
                        .collect()
                })
            };
            if keep(0) {
                second.kind.clone_from(&first.kind);
            }
            if keep(1) {
                second.identifier.clone_from(&first.identifier);
            }
            if keep(2) {
                second.actions = part(&first.actions, 0);
            }
            if keep(3) {
                second.datatypes = part(&first.datatypes, 1);
            }
            if keep(4) {
                second.privileges = part(&first.privileges, 2);
            }
            if keep(5) && (first.locations.is_some() || keep(6)) {
                second.locations = part(&first.locations, 3);
            }
            if keep(6) {
                second.extensions =
                    first.extensions.iter().rev().map(|(name, value)| (name.clone(), value.clone())).collect();
            }
            (first, second)
        },
    )
}

/// One thing that may be done: to what, how, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Atom {
    what: (String, Named, String),
    how: [Named; 3],
    location: Named,
}

/// A value, or that none was named.
type Named = Option<String>;

/// Everything that the holder of a detail may do. `None` where it has a wildcard, which means nothing that is known.
pub fn held(detail: &AuthorizationDetail) -> Option<BTreeSet<Atom>> {
    let everywhere = || LOCATIONS.iter().map(|one| Some((*one).to_owned())).chain([None]).collect();
    let locations = detail.locations.as_ref().map_or_else(everywhere, |some| named(Some(some)));
    atoms(detail, &locations)
}

/// Everything that a detail asks for.
pub fn needed(detail: &AuthorizationDetail) -> Option<BTreeSet<Atom>> {
    atoms(detail, &named(detail.locations.as_ref()))
}

/// Whether a holder may do all that is asked for, and anything is.
pub fn oracle_covers(holder: &AuthorizationDetail, need: &AuthorizationDetail) -> bool {
    match (held(holder), needed(need)) {
        (Some(held), Some(needed)) => !needed.is_empty() && needed.is_subset(&held),
        _ => false,
    }
}

fn atoms(detail: &AuthorizationDetail, locations: &BTreeSet<Named>) -> Option<BTreeSet<Atom>> {
    let members: BTreeSet<_> =
        detail.extensions.iter().map(|(name, value)| format!("{name:?}={}", meaning(value))).collect();
    let what = (detail.kind.clone(), detail.identifier.clone(), format!("{members:?}"));
    let [actions, datatypes, privileges] =
        [&detail.actions, &detail.datatypes, &detail.privileges].map(|set| named(set.as_ref()));
    let mut found = BTreeSet::new();
    let has_star = |text: &Named| text.as_deref().is_some_and(|text| text.find('*').is_some());
    let mut wild = has_star(&Some(detail.kind.clone())) || has_star(&detail.identifier);
    for set in [&actions, &datatypes, &privileges, locations] {
        wild |= set.iter().any(has_star);
    }
    for action in &actions {
        for datatype in &datatypes {
            for privilege in &privileges {
                for location in locations {
                    let how = [action, datatype, privilege].map(Clone::clone);
                    found.insert(Atom { what: what.clone(), how, location: location.clone() });
                }
            }
        }
    }
    (!wild).then_some(found)
}

/// A set; one that is absent names nothing, once.
pub fn named(set: Option<&Vec<String>>) -> BTreeSet<Named> {
    set.map_or_else(|| BTreeSet::from([None]), |set| set.iter().cloned().map(Some).collect())
}

/// A text that is equal for JSON values that are equal.
pub fn meaning(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("bool {value}"),
        Value::Number(number) if number.is_f64() => format!("float {number}"),
        Value::Number(number) => format!("whole {number}"),
        Value::String(text) => format!("text {text:?}"),
        Value::Array(items) => format!("array {:?}", items.iter().map(meaning).collect::<Vec<_>>()),
        Value::Object(members) => {
            let members: BTreeSet<_> = members.iter().map(|(name, value)| (name, meaning(value))).collect();
            format!("object {members:?}")
        }
    }
}
