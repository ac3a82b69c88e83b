//! The bytes are the same each time, and on every platform.

use jit_tools::export::Export;

use crate::{forms, zoo};

/// Types that every form takes, with all kinds of rewrites.
const TYPES: [&str; 12] = [
    "integers",
    "formats",
    "defaulted",
    "pair",
    "map_of",
    "any_value",
    "described_variants",
    "external",
    "internal",
    "flatten_map",
    "renamed",
    "root_list",
];

#[test]
fn a_set_has_the_recorded_digest_in_every_form() {
    let entries = zoo::entries();
    let tools: Vec<_> =
        entries.iter().filter(|entry| TYPES.contains(&entry.name)).map(|entry| &entry.definition).collect();
    assert_eq!(tools.len(), TYPES.len());
    let found: String = forms::all()
        .into_iter()
        .map(|(form, options)| format!("{} {form}\n", Export::new(tools.iter().copied(), &options).unwrap().digest()))
        .collect();
    expect_test::expect_file!["../golden/exports/digests.txt"].assert_eq(&found);
}

#[test]
fn the_bytes_are_the_same_each_time() {
    for (form, options) in forms::all() {
        for entry in zoo::entries() {
            let (Ok(one), Ok(two)) = (
                forms::export_one(&entry.definition, &options),
                forms::export_one(&entry.definition.clone(), &options),
            ) else {
                continue;
            };
            assert_eq!(one.to_json(), two.to_json(), "{form} {}", entry.name);
        }
    }
}
