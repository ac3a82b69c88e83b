//! What a model is shown fits its schema, and what it sends back is what the type reads.

use jit_tools::{ToolDefinition, export::Export};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner},
};
use serde_json::{Value, json};

use crate::{forms, types, values, zoo};

/// Values a type and form, in the ordinary run.
const CASES: u32 = 48;

/// All types in all forms that take them.
fn for_all(mut f: impl FnMut(&zoo::Entry, &str, &Export)) {
    for entry in zoo::entries() {
        for (form, options) in forms::all() {
            if let Ok(export) = forms::export_one(&entry.definition, &options) {
                f(&entry, &form, &export);
            }
        }
    }
}

/// Holds one value against both laws.
fn check(entry: &zoo::Entry, export: &Export, validator: &jsonschema::Validator, value: &Value) -> Result<(), String> {
    let wire = export.encode(entry.name, value).unwrap();
    if let Err(error) = validator.validate(&wire) {
        return Err(format!("{wire} is not what the model is asked for: {error}"));
    }
    let back = export.decode(entry.name, &wire).unwrap();
    // Through the type: an `Option` that is left out, and one that is `null`, are the same there.
    let read = (entry.rewrite)(back.clone()).map_err(|error| format!("{back} is not read: {error}"))?;
    if read != *value {
        return Err(format!("{value} came back as {read}, by way of {wire}"));
    }
    let text = export.decode(entry.name, &json!(wire.to_string())).unwrap();
    if text != back {
        return Err(format!("as text it is {text}, and as an object {back}"));
    }
    Ok(())
}

/// A validator of the exported schema. The older form of Gemini is JSON Schema but for the case of its types, and for
/// `nullable`.
pub fn validator(export: &Export, name: &str) -> jsonschema::Validator {
    let mut schema = export.schema(name).unwrap().clone();
    lower(&mut schema);
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap_or_else(|error| panic!("{schema}: {error}"))
}

fn lower(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(lower);
            if let Some(Value::String(name)) = members.get_mut("type") {
                *name = name.to_lowercase();
            }
            if members.get("nullable") == Some(&json!(true)) {
                members.shift_remove("nullable");
                let inner = std::mem::take(members);
                members.insert("anyOf".to_owned(), json!([inner, { "type": "null" }]));
            }
        }
        Value::Array(members) => members.iter_mut().for_each(lower),
        _ => {}
    }
}

#[test]
fn known_values_fit_and_come_back() {
    for_all(|entry, form, export| {
        let validator = validator(export, entry.name);
        for value in &entry.reads {
            check(entry, export, &validator, value).unwrap_or_else(|error| panic!("{form} {}: {error}", entry.name));
        }
    });
}

fn random_values_fit_and_come_back(cases: u32) {
    for entry in zoo::entries() {
        let exports: Vec<_> = forms::all()
            .into_iter()
            .filter_map(|(form, options)| Some((form, forms::export_one(&entry.definition, &options).ok()?)))
            .map(|(form, export)| (form, validator(&export, entry.name), export))
            .collect();
        let strategy = values::of(entry.definition.parameters().as_value());
        let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
        let result = runner.run(&strategy, |value| {
            // What the type writes is the value; what it does not read is none of its.
            let Ok(value) = (entry.rewrite)(value) else { return Ok(()) };
            for (form, validator, export) in &exports {
                check(&entry, export, validator, &value)
                    .map_err(|error| TestCaseError::fail(format!("{form}: {error}")))?;
            }
            Ok(())
        });
        match result {
            Ok(()) => {}
            Err(TestError::Fail(reason, value)) => panic!("{}: {reason}\nfor {value}", entry.name),
            Err(error) => panic!("{}: {error}", entry.name),
        }
    }
}

#[test]
fn a_few_random_values_of_every_type_fit_and_come_back() {
    random_values_fit_and_come_back(CASES);
}

#[test]
#[ignore = "takes minutes"]
fn many_random_values_of_every_type_fit_and_come_back() {
    random_values_fit_and_come_back(4096);
}

/// Values of types made at random, each type in all forms that take it. What the type would read is what its canonical
/// schema allows.
fn values_of_random_types_come_back(seeds: std::ops::Range<u64>) {
    const VALUES: usize = 4;
    let (mut held, mut left_out) = (0_u64, 0_u64);
    let count = seeds.end - seeds.start;
    for seed in seeds {
        let schema = types::arguments(seed);
        let allows = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let strategy = values::of(&schema);
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed.to_le_bytes(); 4].concat());
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let values: Vec<_> = (0..VALUES).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect();
        let definition = ToolDefinition::with_schema("random", "Takes anything.", schema).unwrap();
        for (form, options) in forms::all() {
            let Ok(export) = forms::export_one(&definition, &options) else { continue };
            let validator = validator(&export, "random");
            for value in &values {
                if !allows.is_valid(value) {
                    left_out += 1;
                    continue;
                }
                let wire = export.encode("random", value).unwrap();
                let back = export.decode("random", &wire).unwrap();
                let schema = definition.parameters().as_value();
                assert_eq!(back, *value, "seed {seed}, {form}, by way of {wire}\nof {schema}");
                if let Err(error) = validator.validate(&wire) {
                    panic!("seed {seed}, {form}: {wire} is not what the model is asked for: {error}\nof {schema}");
                }
                held += 1;
            }
        }
    }
    println!(
        "{count} random types: {held} values came back, {left_out} were left out since their type does not allow them"
    );
    assert!(held > count * 40 && left_out * 4 < held, "{held} {left_out}");
}

#[test]
fn values_of_a_hundred_random_types_fit_and_come_back() {
    values_of_random_types_come_back(0..100);
}

#[test]
#[ignore = "takes minutes; faster with --release"]
fn values_of_a_hundred_thousand_random_types_fit_and_come_back() {
    values_of_random_types_come_back(0..100_000);
}

#[test]
fn a_null_for_what_may_be_left_out_is_left_out() {
    for_all(|entry, form, export| {
        if entry.name == "defaulted" {
            let read = export.decode("defaulted", &json!({"count": null, "word": null, "list": ["a"]})).unwrap();
            assert_eq!(read, json!({"list": ["a"]}), "{form}");
            assert_eq!((entry.rewrite)(read).unwrap(), json!({"count": 3, "word": "", "list": ["a"]}), "{form}");
        }
    });
}

#[test]
fn what_does_not_fit_reaches_the_type_which_says_what_is_wrong() {
    for_all(|entry, form, export| {
        // Elsewhere a value that the type refuses may be the way in which another one is written.
        if !export.is_verbatim(entry.name) {
            return;
        }
        for value in &entry.refuses {
            let read = export.decode(entry.name, value).unwrap();
            assert!((entry.rewrite)(read).is_err(), "{form} {}: {value}", entry.name);
        }
    });
}
