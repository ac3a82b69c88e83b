//! Values that are changed at random: a canonical schema allows exactly those that its type reads, and what a form
//! allows, its type reads.

use std::collections::BTreeSet;

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};

use crate::{forms, random::Random, round_trip, values, zoo};

/// Which of the two is looser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Looser {
    /// The type reads a value that its schema does not allow.
    Type,
    /// The schema allows a value that its type does not read.
    Schema,
}

/// Where a schema and its type differ, and why. All others agree on every value.
///
/// One more difference is in every struct: serde reads it from a list of its fields too. No list is put here where an
/// object or a scalar is.
const DIFFERENCES: [(&str, Looser, &str); 11] = [
    ("integers", Looser::Type, "a range of `#[schemars]` is for the model; serde does not check it"),
    ("floats", Looser::Type, "a range of `#[schemars]` is for the model; serde does not check it"),
    ("texts", Looser::Type, "a length and a pattern of `#[schemars]` are for the model; serde does not check them"),
    ("newtype", Looser::Type, "a length of `#[schemars]` is for the model; serde does not check it"),
    ("bounded_list", Looser::Type, "a length of `#[schemars]` is for the model; serde does not check it"),
    ("formats", Looser::Type, "a format of `#[schemars]` is for the model; the fields are strings"),
    ("set_of", Looser::Type, "a set takes an item that is there already, and drops it"),
    ("flatten_optional", Looser::Type, "a flattened `Option` whose fields do not fit is `None`"),
    ("flatten_enum", Looser::Type, "serde reads the tag of a flattened enum as an index too"),
    ("addresses", Looser::Schema, "the format `ip` is schemars's own; no validator knows it"),
    ("std", Looser::Schema, "schemars does not close `Duration`, `Range` and `Result`, which take no other fields"),
];

/// A value with one thing changed somewhere in it.
fn change(value: &mut Value, random: &mut Random) {
    let inside = match value {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    // Deeper, mostly.
    if inside > 0 && random.below(4) > 0 {
        let index = random.below(inside);
        let inner = match value {
            Value::Array(items) => items.get_mut(index),
            Value::Object(members) => members.values_mut().nth(index),
            _ => None,
        };
        return change(inner.unwrap(), random);
    }
    match value {
        Value::Object(members) if random.below(3) > 0 => {
            let first = members.keys().next().cloned();
            match (random.below(3), first) {
                (0, _) => drop(members.insert("other".to_owned(), json!(1))),
                (1, Some(name)) => drop(members.shift_remove(&name)),
                (_, _) if inside > 0 => {
                    let name = members.keys().nth(random.below(inside)).cloned().unwrap();
                    members.shift_remove(&name);
                }
                _ => {}
            }
        }
        Value::Array(items) if random.below(3) > 0 => match random.below(3) {
            0 => drop(items.pop()),
            1 => items.push(items.first().cloned().unwrap_or(Value::Null)),
            _ => items.push(json!("more")),
        },
        other => {
            let kinds = [
                json!(null),
                json!(true),
                json!(false),
                json!(0),
                json!(-1),
                json!(1),
                json!(256),
                json!(1.5),
                json!(""),
                json!("a"),
                json!("red"),
                json!("7"),
                json!({}),
                json!({"a": 1}),
                json!([]),
                json!([1]),
            ];
            // Lists come last.
            let count = kinds.len() - if other.is_array() { 0 } else { 2 };
            *other = kinds[random.below(count)].clone();
        }
    }
}

/// Values of a schema, some as they are, and others with one or two changes.
fn mutants(schema: &Value, count: usize) -> impl Iterator<Item = Value> {
    let strategy = values::of(schema);
    let config = Config { max_local_rejects: u32::MAX, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    let mut random = Random::new(7);
    (0..count).map(move |_| {
        let mut value = strategy.new_tree(&mut runner).unwrap().current();
        for _ in 0..random.below(3) {
            change(&mut value, &mut random);
        }
        value
    })
}

fn schemas_allow_exactly_what_their_types_read(count: usize) {
    let mut seen = BTreeSet::new();
    let (mut read, mut refused) = (0, 0);
    for entry in zoo::entries() {
        let schema = entry.definition.parameters().as_value();
        let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
        for value in mutants(schema, count) {
            let looser = match ((entry.rewrite)(value.clone()), validator.is_valid(&value)) {
                (Ok(_), true) => {
                    read += 1;
                    continue;
                }
                (Err(_), false) => {
                    refused += 1;
                    continue;
                }
                (Ok(_), false) => Looser::Type,
                (Err(_), true) => Looser::Schema,
            };
            let is_known = DIFFERENCES.iter().any(|(name, known, _)| *name == entry.name && *known == looser);
            assert!(is_known, "{}: the {looser:?} is looser for {value}", entry.name);
            seen.insert((entry.name, looser));
        }
    }
    println!("{read} values are allowed and read, {refused} are neither");
    assert!(read > refused / 4 && refused > read / 4, "{read} {refused}");
    let listed: BTreeSet<_> = DIFFERENCES.iter().map(|(name, looser, _)| (*name, *looser)).collect();
    assert_eq!(seen, listed, "a difference that no value shows is none");
}

#[test]
fn canonical_schemas_allow_exactly_what_their_types_read() {
    schemas_allow_exactly_what_their_types_read(600);
}

#[test]
#[ignore = "takes minutes; faster with --release"]
fn canonical_schemas_allow_exactly_what_their_types_read_of_millions() {
    schemas_allow_exactly_what_their_types_read(100_000);
}

/// Why a form may allow what its type does not read, if it may.
fn excuse(entry: &zoo::Entry, form: &str, schema: &Value) -> Option<&'static str> {
    const IN_WORDS: [&str; 6] = ["At least ", "At most ", "Not 0.", "Keys match ", "Matches ", "Format: "];
    let text = schema.to_string();
    if DIFFERENCES.iter().any(|(own, looser, _)| *own == entry.name && *looser == Looser::Schema) {
        return Some("the canonical schema does");
    }
    if IN_WORDS.iter().any(|words| text.contains(words)) {
        return Some("what the form has no keyword for is said in words");
    }
    if ["gemini-openapi", "ollama"].contains(&form) {
        return Some("the form cannot say that an object has no other properties");
    }
    let others = entry.definition.parameters().as_value().get("additionalProperties");
    if others.is_some_and(|others| *others != json!(true)) && schema.get("additionalProperties").is_none() {
        return Some("the form cannot say what other properties the arguments have");
    }
    if form == "gemini" && entry.name.contains("recursive") {
        return Some("what contains itself is optional there");
    }
    None
}

fn what_a_form_allows_is_read(count: usize) {
    let (mut exact, mut excused, mut allowed) = (0, 0, 0);
    for entry in zoo::entries() {
        for (form, options) in forms::all() {
            let Ok(export) = forms::export_one(&entry.definition, &options) else { continue };
            if excuse(&entry, &form, export.schema(entry.name).unwrap()).is_some() {
                excused += 1;
                continue;
            }
            exact += 1;
            let validator = round_trip::validator(&export, entry.name);
            let mut random = Random::new(11);
            for value in mutants(entry.definition.parameters().as_value(), count) {
                let mut wire = export.encode(entry.name, &value).unwrap();
                for _ in 0..random.below(3) {
                    change(&mut wire, &mut random);
                }
                if validator.is_valid(&wire) {
                    allowed += 1;
                    let read = export.decode(entry.name, &wire).unwrap();
                    let read = (entry.rewrite)(read);
                    assert!(read.is_ok(), "{form} {}: {wire}: {}", entry.name, read.unwrap_err());
                }
            }
        }
    }
    println!(
        "{exact} types in a form are exact, {excused} are not; {allowed} values that the exact ones allow are read"
    );
    assert!(exact > excused * 2 && allowed > exact, "{exact} {excused} {allowed}");
}

#[test]
fn what_a_form_allows_its_type_reads() {
    what_a_form_allows_is_read(10);
}

#[test]
#[ignore = "takes minutes; faster with --release"]
fn what_a_form_allows_its_type_reads_of_millions() {
    what_a_form_allows_is_read(4096);
}

/// For the judges in other languages: values that a type reads, and others that it does not.
pub fn judged(entry: &zoo::Entry) -> (Vec<Value>, Vec<Value>) {
    let differs = |side| DIFFERENCES.iter().any(|(name, looser, _)| *name == entry.name && *looser == side);
    let (mut reads, mut refuses) = (entry.reads.clone(), entry.refuses.clone());
    for value in mutants(entry.definition.parameters().as_value(), 200) {
        match (entry.rewrite)(value.clone()) {
            Ok(_) if !differs(Looser::Type) => reads.push(value),
            Err(_) if !differs(Looser::Schema) => refuses.push(value),
            _ => {}
        }
    }
    (reads, refuses)
}
