//! `covers` against sets of atomic permissions.

use std::cell::Cell;

use jit_tools::{AuthorizationDetail, authorization_details::Comparisons};
use proptest::prelude::*;

use crate::{
    check,
    details::{detail, oracle_covers, pair},
};

fn covers_is_inclusion_of_atomic_permissions(cases: u32) {
    let covered = Cell::new(0_u32);
    check(cases, &pair(), |(held, need)| {
        let expected = oracle_covers(&held, &need);
        covered.set(covered.get() + u32::from(expected));
        prop_assert_eq!(held.covers(&need), expected);
        prop_assert_eq!(Comparisons::new().covers(&held, &need), expected);
        Ok(())
    });
    // Both outcomes were met often enough to mean something.
    assert!((cases / 20..cases - cases / 20).contains(&covered.get()), "{} of {cases} cover", covered.get());
}

fn covers_is_transitive(cases: u32) {
    let met = Cell::new(0_u32);
    check(cases, &(pair(), pair()), |((first, second), (_, third))| {
        // A third that has to do with the second.
        let mut third = third;
        third.kind.clone_from(&second.kind);
        third.identifier.clone_from(&second.identifier);
        third.extensions.clone_from(&second.extensions);
        third.locations.clone_from(&second.locations);
        if first.covers(&second) && second.covers(&third) {
            met.set(met.get() + 1);
            prop_assert!(first.covers(&third));
        }
        Ok(())
    });
    assert!(met.get() > cases / 1000, "{} chains of {cases}", met.get());
}

fn no_registration_covers_what_must_never_be_covered(cases: u32) {
    let always = |_: &AuthorizationDetail, _: &AuthorizationDetail| true;
    let replaced = ["a", "b", "A", "*"].into_iter().fold(Comparisons::new(), |all, kind| all.register(kind, always));
    let narrowed = ["a", "b", "A", "*"].into_iter().fold(Comparisons::new(), |all, kind| all.narrow(kind, always));
    check(cases, &pair(), |(held, need)| {
        let is_out = |detail: &AuthorizationDetail| {
            let json = serde_json::to_value(detail).unwrap();
            let named = ["actions", "datatypes", "privileges", "locations"].map(|set| json[set].as_array().cloned());
            let star = |one: &serde_json::Value| one.as_str().is_some_and(|one| one.contains('*'));
            let wild = named.iter().flatten().flatten().chain([&json["type"], &json["identifier"]]).any(star);
            wild || json["actions"] == serde_json::json!([])
        };
        let never = held.kind != need.kind || is_out(&held) || is_out(&need);
        prop_assert_eq!(replaced.covers(&held, &need), !never);
        prop_assert_eq!(narrowed.covers(&held, &need), held.covers(&need));
        Ok(())
    });
}

fn a_detail_covers_itself_unless_it_means_nothing(cases: u32) {
    check(cases, &detail(), |detail| {
        prop_assert_eq!(detail.covers(&detail), oracle_covers(&detail, &detail));
        Ok(())
    });
}

mod tests {
    crate::property! {
        covers_is_inclusion_of_atomic_permissions => long_covers_is_inclusion_of_atomic_permissions;
        covers_is_transitive => long_covers_is_transitive;
        no_registration_covers_what_must_never_be_covered => long_no_registration_covers_what_must_never_be_covered;
        a_detail_covers_itself_unless_it_means_nothing => long_a_detail_covers_itself_unless_it_means_nothing;
    }
}
