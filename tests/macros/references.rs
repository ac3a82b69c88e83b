//! Arguments whose schema refers to a definition by a name that is encoded, by an anchor, or to nothing.

#![expect(dead_code, unused_variables, reason = "no body reads what it gets")]

use std::borrow::Cow;

use jit_tools::{
    export::{ExportOptions, Provider},
    jit_tool, tools,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::IgnoredAny};
use serde_json::{Value, json};

use crate::task::task;

#[derive(Deserialize, JsonSchema)]
struct Größe {
    #[schemars(range(max = 50))]
    limit: u32,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "List<{T}>")]
struct List<T> {
    #[schemars(length(max = 2))]
    items: Vec<T>,
    next: Option<Box<Self>>,
}

/// Must not run where the arguments are wrong.
#[jit_tool]
async fn measure(by: Größe, many: List<Größe>) -> &'static str {
    "ran"
}

#[tokio::test]
async fn a_type_whose_name_is_encoded_is_held_to_its_schema() {
    let jit = task().await;
    let tools = tools![measure];
    for (arguments, said) in [
        (json!({ "by": { "limit": 51 }, "many": { "items": [] } }), "`by.limit`: must be at most 50"),
        (json!({ "by": [1], "many": { "items": [] } }), "`by`: must be of the type object"),
        (json!({ "by": { "limit": 1, "max": 99 }, "many": { "items": [] } }), "`by`: unknown field `max`"),
        (
            json!({ "by": { "limit": 1 }, "many": { "items": [], "next": { "items": [{ "limit": 51 }] } } }),
            "`many.next.items[0].limit`: must be at most 50",
        ),
        (json!({ "by": { "limit": 1 }, "many": { "items": [1, 2, 3] } }), "`many.items`: must have at most 2 items"),
    ] {
        let error = tools.call(&jit, "measure", arguments.to_string()).await.unwrap_err();
        assert!(error.is_invalid_arguments() && error.for_model().contains(said), "{arguments}: {error}");
    }
    let arguments = json!({ "by": { "limit": 50 }, "many": { "items": [{ "limit": 1 }] } });
    assert_eq!(tools.call(&jit, "measure", arguments.to_string()).await.unwrap().as_text(), "ran");
}

#[test]
fn a_type_whose_name_is_encoded_has_a_form_for_every_provider() {
    for provider in Provider::all() {
        let options = ExportOptions::new(*provider);
        let options = if provider.has_strict_mode() { vec![options.clone(), options.strict()] } else { vec![options] };
        for options in options {
            let export = match tools![measure].export_with(&options) {
                Ok(export) => export,
                // These have no types that contain themselves, whatever their names are.
                Err(error) if error.to_string().contains("contains itself") => continue,
                Err(error) => panic!("{options:?}: {error}"),
            };
            let schema = export.schema("measure").unwrap();
            each_reference(schema, &mut |reference| {
                // Some readers look for the name as it is written, others decode it first.
                let name = reference.strip_prefix("#/$defs/").unwrap();
                assert!(schema["$defs"].get(name).is_some(), "{reference} in {schema}");
                assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)), "{name}");
            });
        }
    }
}

fn each_reference(schema: &Value, f: &mut dyn FnMut(&str)) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                f(reference);
            }
            members.values().for_each(|member| each_reference(member, f));
        }
        Value::Array(items) => items.iter().for_each(|item| each_reference(item, f)),
        _ => {}
    }
}

/// A type whose schema is written by hand.
macro_rules! by_hand {
    ($($name:ident => $schema:tt;)*) => {$(
        struct $name;

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                IgnoredAny::deserialize(deserializer).map(|_| Self)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

by_hand! {
    Nowhere => { "$ref": "#/$defs/none" };
    Elsewhere => { "$ref": "https://example.com/types.json#/$defs/one" };
    Deep => { "type": "array", "items": { "anyOf": [{ "type": "null" }, { "$ref": "#none" }] } };
    Endless => { "$ref": "#/properties/value" };
    Limit => { "$anchor": "limit", "type": "integer", "maximum": 9 };
    SameLimit => { "$ref": "#limit" };
}

#[tokio::test]
async fn a_reference_that_leads_nowhere_is_the_authors_fault() {
    /// Must not run.
    #[jit_tool]
    async fn nowhere(value: Nowhere) {}
    /// Must not run.
    #[jit_tool]
    async fn elsewhere(value: Elsewhere) {}
    /// Must not run.
    #[jit_tool]
    async fn deep(value: Option<Deep>) {}
    /// Must not run.
    #[jit_tool]
    async fn endless(value: Endless) {}

    let jit = task().await;
    for (tools, said) in [
        (tools![nowhere], "`#/$defs/none` refers to nothing in the schema"),
        (tools![elsewhere], "`https://example.com/types.json#/$defs/one` refers to nothing in the schema"),
        (tools![deep], "`#none` refers to nothing in the schema"),
        (tools![endless], "a type is itself"),
    ] {
        let name = tools.definitions().next().unwrap().name().to_owned();
        let error = tools.call(&jit, &name, r#"{"value":[null]}"#).await.unwrap_err();
        assert!(!error.is_invalid_arguments() && error.to_string().contains(said), "{error}");
        assert_eq!(error.for_model(), "The tool failed.");
        for provider in Provider::all() {
            let error = tools.export(*provider).unwrap_err();
            assert!(error.tool() == Some(&name) && error.to_string().contains(said), "{error}");
        }
    }
}

#[tokio::test]
async fn an_anchor_is_followed() {
    /// Takes two limits.
    #[jit_tool]
    async fn limits(one: Limit, other: SameLimit) -> &'static str {
        "ran"
    }
    let jit = task().await;
    let tools = tools![limits];
    assert_eq!(tools.call(&jit, "limits", r#"{"one":9,"other":9}"#).await.unwrap().as_text(), "ran");
    let error = tools.call(&jit, "limits", r#"{"one":9,"other":10}"#).await.unwrap_err();
    assert!(error.for_model().contains("`other`: must be at most 9"), "{error}");
    for provider in Provider::all() {
        tools.export(*provider).unwrap_or_else(|error| panic!("{provider}: {error}"));
    }
}
