//! The canonical schemas, and those that every provider is sent, before an independent judge.

use jit_tools::export::Provider;
use serde_json::Value;

use crate::{forms, mutants, zoo};

#[test]
fn a_canonical_schema_allows_exactly_what_its_type_reads() {
    for entry in zoo::entries() {
        let schema = entry.definition.parameters().as_value();
        jsonschema::meta::validate(schema).unwrap_or_else(|error| panic!("{}: {error}", entry.name));
        let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
        for value in &entry.reads {
            assert_eq!((entry.rewrite)(value.clone()).unwrap(), *value, "{} writes it in another way", entry.name);
            assert!(validator.is_valid(value), "{} reads {value}, and its schema does not allow it", entry.name);
        }
        for value in &entry.refuses {
            assert!((entry.rewrite)(value.clone()).is_err(), "{} reads {value}", entry.name);
            assert!(!validator.is_valid(value), "{} does not read {value}, and its schema allows it", entry.name);
        }
    }
}

#[test]
fn every_exported_schema_is_one() {
    for entry in zoo::entries() {
        for (form, options) in forms::all() {
            let Ok(export) = forms::export_one(&entry.definition, &options) else { continue };
            if options.provider() == Provider::GeminiOpenApi {
                // Its types are written in capitals, which is no JSON Schema.
                continue;
            }
            let schema = export.schema(entry.name).unwrap();
            jsonschema::meta::validate(schema).unwrap_or_else(|error| panic!("{form} {}: {error}", entry.name));
        }
    }
}

/// For the judges in other languages: what they are to look at.
pub fn of_types() -> Value {
    let types = zoo::entries().into_iter().map(|entry| {
        let schema = entry.definition.parameters().as_value();
        let (reads, refuses) = mutants::judged(&entry);
        (entry.name.to_owned(), serde_json::json!({ "schema": schema, "reads": reads, "refuses": refuses }))
    });
    Value::Object(types.collect())
}
