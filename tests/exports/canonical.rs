//! The canonical schemas, and those that every provider is sent, before an independent judge.

use jit_tools::export::{ExportOptions, Provider};
use serde_json::Value;

use crate::{forms, round_trip, zoo};

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

#[test]
fn a_strict_schema_allows_nothing_that_its_type_does_not_read() {
    for entry in zoo::entries() {
        // Anthropic's subset knows no bounds, and DeepSeek's no lengths: the type refuses what they cannot.
        let is_open_ai =
            |(_, options): &(_, ExportOptions)| options.is_strict() && options.provider() == Provider::OpenAiChat;
        for (form, options) in forms::all().into_iter().filter(is_open_ai) {
            let export = forms::export_one(&entry.definition, &options).unwrap();
            if !export.is_strict(entry.name) {
                continue;
            }
            let validator = round_trip::validator(&export, entry.name);
            for value in &entry.refuses {
                let wire = export.encode(entry.name, value).unwrap();
                let read = export.decode(entry.name, &wire).unwrap();
                let is_read = (entry.rewrite)(read).is_ok();
                assert!(
                    is_read || !validator.is_valid(&wire) || is_looser(entry.name),
                    "{form} {}: {wire}",
                    entry.name
                );
            }
        }
    }
}

/// Types with something that the subset does not know (`not`, `minLength`): it is said in the description, and the type
/// refuses the value.
fn is_looser(name: &str) -> bool {
    matches!(name, "non_zeros" | "char")
}

/// For the judges in other languages: what they are to look at.
pub fn of_types() -> Value {
    let types = zoo::entries().into_iter().map(|entry| {
        let schema = entry.definition.parameters().as_value().clone();
        (entry.name.to_owned(), serde_json::json!({ "schema": schema, "reads": entry.reads, "refuses": entry.refuses }))
    });
    Value::Object(types.collect())
}
