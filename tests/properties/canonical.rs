//! The canonical form is equal for details that mean the same, and for no others.

use std::{cell::Cell, collections::BTreeSet};

use jit_tools::AuthorizationDetail;
use proptest::prelude::*;

use crate::{
    check,
    details::{meaning, pair},
};

/// What a detail means, in another way than the canonical form has it.
fn meant(detail: &AuthorizationDetail) -> BTreeSet<(String, String)> {
    let json = serde_json::to_value(detail).unwrap();
    let member = |(name, value): (&String, &serde_json::Value)| {
        let is_set = ["actions", "datatypes", "privileges", "locations"].contains(&name.as_str());
        let value = match value.as_array() {
            Some(items) if is_set => format!("set {:?}", items.iter().map(meaning).collect::<BTreeSet<_>>()),
            _ => meaning(value),
        };
        (name.clone(), value)
    };
    json.as_object().unwrap().iter().map(member).collect()
}

fn canonical_forms_are_equal_exactly_for_equal_meaning(cases: u32) {
    let equal = Cell::new(0_u32);
    check(cases, &pair(), |(one, other)| {
        let expected = meant(&one) == meant(&other);
        equal.set(equal.get() + u32::from(expected));
        prop_assert_eq!(one.canonical() == other.canonical(), expected);
        Ok(())
    });
    assert!(equal.get() > cases / 50, "{} of {cases} are equal", equal.get());
}

fn the_canonical_form_is_a_detail_of_the_same_meaning(cases: u32) {
    check(cases, &pair(), |(detail, _)| {
        let canonical = detail.canonical();
        let again: AuthorizationDetail = serde_json::from_str(&canonical).unwrap();
        prop_assert_eq!(meant(&again), meant(&detail));
        prop_assert_eq!(again.canonical(), canonical);
        prop_assert_eq!(again.covers(&detail), detail.covers(&detail));
        Ok(())
    });
}

fn details_of_equal_canonical_form_cover_the_same(cases: u32) {
    check(cases, &(pair(), pair()), |((one, other), (third, _))| {
        if one.canonical() == other.canonical() {
            prop_assert_eq!(one.covers(&third), other.covers(&third));
            prop_assert_eq!(third.covers(&one), third.covers(&other));
        }
        Ok(())
    });
}

mod tests {
    crate::property! {
        canonical_forms_are_equal_exactly_for_equal_meaning => long_canonical_forms_are_equal_exactly_for_equal_meaning;
        the_canonical_form_is_a_detail_of_the_same_meaning => long_the_canonical_form_is_a_detail_of_the_same_meaning;
        details_of_equal_canonical_form_cover_the_same => long_details_of_equal_canonical_form_cover_the_same;
    }
}
