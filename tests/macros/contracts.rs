//! Arguments that are held against the schema before the body runs: whatever a model writes, and serde would read.

#![expect(dead_code, unused_variables, reason = "no body reads what it gets")]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jit_tools::{Toolset, export::Provider, jit_tool, tool::State, tools};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::task::task;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Strict {
    #[schemars(range(max = 50))]
    limit: u32,
}

#[derive(Deserialize, JsonSchema)]
struct Inner {
    #[serde(alias = "max")]
    #[schemars(range(max = 50))]
    limit: u32,
}

#[derive(Deserialize, JsonSchema)]
enum Choice {
    A(Inner),
    #[serde(other)]
    Other,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Tagged {
    A(Inner),
    B(Strict),
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    Inner(Inner),
    Named { name: String },
}

#[derive(Deserialize, JsonSchema)]
enum Color {
    Red,
    Blue,
}

#[derive(Deserialize, JsonSchema)]
struct Nested {
    next: Option<Box<Nested>>,
    #[schemars(range(max = 50))]
    limit: Option<u32>,
}

#[derive(Deserialize, JsonSchema)]
struct Flat {
    #[serde(flatten)]
    inner: Inner,
}

/// Tools whose bodies must never run on what `refused` lists.
macro_rules! never {
    ($($name:ident($($arguments:tt)*);)*) => {{
        $(
            /// Must not run.
            #[jit_tool]
            async fn $name($($arguments)*) -> &'static str {
                "ran"
            }
        )*
        tools![$($name),*]
    }};
}

fn never() -> Toolset {
    never! {
        strict(inner: Strict);
        open(inner: Inner);
        optional(o: Option<Inner>);
        tuple(t: (Inner, u8));
        choice(a: Choice);
        tagged(a: Tagged);
        untagged(a: Untagged);
        whole(#[jit_tool(args)] a: Inner);
        flat(#[jit_tool(args)] a: Flat);
        aliased(
            #[serde(alias = "max", alias = "most")] #[schemars(range(max = 50))] limit: u32,
            #[schemars(range(max = 50))] after: Option<u32>
        );
        color(c: Color, #[schemars(range(max = 50))] n: u8);
        duration(d: Duration, #[schemars(range(max = 50))] n: u8);
        numbered(m: BTreeMap<u8, Inner>);
        nested(n: Nested);
        set(s: BTreeSet<u8>);
        ignored(#[jit_tool(args)] a: Inner);
    }
}

#[tokio::test]
async fn what_serde_reads_and_the_schema_refuses_is_refused() {
    let jit = task().await;
    let tools = never();
    let deep = (0..111).fold(json!({ "limit": 200 }), |next, _| json!({ "next": next }));
    let deeper = format!(r#"{{"limit":1,"x":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    for (name, arguments, said) in [
        ("strict", json!({ "inner": [200] }), "`inner`: must be of the type object"),
        ("open", json!({ "inner": [200] }), "`inner`: must be of the type object"),
        ("open", json!({ "inner": { "max": 200 } }), "`inner`: unknown field `max`, expected `limit`"),
        ("open", json!({ "inner": { "limit": 200 } }), "`inner.limit`: must be at most 50"),
        ("open", json!({ "inner": { "limit": 1, "else": 2 } }), "`inner`: unknown field `else`, expected `limit`"),
        ("optional", json!({ "o": [200] }), "`o`: must be of the type object."),
        ("tuple", json!({ "t": [[200], 1] }), "`t[0]`: must be of the type object"),
        ("choice", json!({ "a": { "A": [200] } }), "`a.A`: must be of the type object"),
        ("choice", json!({ "a": "Anything" }), "`a`"),
        ("tagged", json!({ "a": ["A", 200] }), "`a`: must be of the type object"),
        ("untagged", json!({ "a": { "limit": 200, "name": "x" } }), "`a.limit`: must be at most 50"),
        ("untagged", json!({ "a": { "max": 200, "name": "x" } }), "`a`: unknown field `max`"),
        ("whole", json!({ "max": 200 }), "unknown field `max`, expected `limit`"),
        ("flat", json!({ "max": 200 }), "unknown field `max`, expected `limit`"),
        ("aliased", json!({ "max": 4_000_000 }), "`max`: must be at most 50"),
        ("aliased", json!({ "most": 1, "after": 51 }), "`after`: must be at most 50"),
        ("aliased", json!({ "maximum": 1 }), "unknown field `maximum`, expected `limit`, `after`"),
        ("color", json!({ "c": { "Red": null }, "n": 200 }), "`c`: must be of the type string"),
        ("color", json!({ "c": "Red", "n": 200 }), "`n`: must be at most 50"),
        ("color", json!({ "c": "red", "n": 1 }), r#"`c`: must be one of "Red", "Blue""#),
        ("duration", json!({ "d": [1, 2], "n": 200 }), "`d`: must be of the type object"),
        ("numbered", json!({ "m": { "1": { "limit": 200 } } }), "`m.1.limit`: must be at most 50"),
        ("numbered", json!({ "m": { "1": [200] } }), "`m.1`: must be of the type object"),
        ("nested", json!({ "n": deep }), "limit`: must be at most 50"),
        ("set", json!({ "s": [1, 1] }), "`s[1]`: is there already"),
    ] {
        let error = tools.call(&jit, name, arguments.to_string()).await.unwrap_err();
        assert!(error.is_invalid_arguments() && error.for_model().contains(said), "{name} {arguments}: {error}");
    }
    // What is skipped when it is read into its type may hide nothing either.
    let error = tools.call(&jit, "ignored", deeper).await.unwrap_err();
    assert!(error.is_invalid_arguments(), "{error}");
}

#[tokio::test]
async fn what_the_schema_allows_runs() {
    let jit = task().await;
    let tools = never();
    for (name, arguments) in [
        ("strict", json!({ "inner": { "limit": 50 } })),
        ("optional", json!({})),
        ("optional", json!({ "o": null })),
        ("tuple", json!({ "t": [{ "limit": 1 }, 1] })),
        ("choice", json!({ "a": { "A": { "limit": 1 } } })),
        ("choice", json!({ "a": "Other" })),
        ("tagged", json!({ "a": { "kind": "A", "limit": 1 } })),
        ("tagged", json!({ "a": { "kind": "B", "limit": 1 } })),
        ("untagged", json!({ "a": { "limit": 50 } })),
        ("untagged", json!({ "a": { "name": "x" } })),
        ("whole", json!({ "limit": 1 })),
        ("flat", json!({ "limit": 1 })),
        ("aliased", json!({ "max": 50 })),
        ("aliased", json!({ "limit": 50, "after": null })),
        ("color", json!({ "c": "Red", "n": 50 })),
        ("duration", json!({ "d": { "secs": 1, "nanos": 2 }, "n": 1 })),
        ("numbered", json!({ "m": { "1": { "limit": 1 } } })),
        ("nested", json!({ "n": (0..100).fold(json!({}), |next, _| json!({ "next": next })) })),
        ("set", json!({ "s": [1, 2] })),
    ] {
        let output = tools.call(&jit, name, arguments.to_string()).await;
        assert_eq!(output.unwrap_or_else(|error| panic!("{name} {arguments}: {error}")).as_text(), "ran");
    }
}

/// Sends what belongs to somebody.
#[jit_tool(justification = "{id}", may_request(type = "document", identifier = "{id}"))]
async fn fetch(
    #[serde(alias = "doc")]
    #[schemars(regex(pattern = "^[a-z0-9_]+$"))]
    id: String,
) -> String {
    id
}

#[tokio::test]
async fn another_name_of_an_argument_does_not_pass_by_its_pattern() {
    let jit = task().await;
    let tools = tools![fetch];
    assert_eq!(tools.call(&jit, "fetch", r#"{"doc":"doc_1"}"#).await.unwrap().as_text(), "doc_1");
    let error = tools.call(&jit, "fetch", r#"{"doc":"../secret"}"#).await.unwrap_err();
    assert!(error.is_invalid_arguments() && error.for_model().contains("`doc`: must match"), "{error}");
    let parameters = tools.get("fetch").unwrap().definition().parameters().as_value();
    assert_eq!(parameters["properties"]["id"], json!({ "type": "string", "pattern": "^[a-z0-9_]+$" }));
}

#[derive(Deserialize, JsonSchema)]
struct Numbers {
    #[schemars(range(min = 0.0))]
    least: f64,
    #[schemars(extend("multipleOf" = 0.1))]
    tenths: f64,
    single: f32,
    large: u128,
    signed: i128,
    by_number: BTreeMap<i16, f32>,
    any: Value,
    when: chrono::DateTime<chrono::Utc>,
    id: uuid::Uuid,
}

#[tokio::test]
async fn well_formed_values_of_awkward_types_are_no_false_alarm() {
    /// Takes them.
    #[jit_tool]
    async fn take(numbers: Numbers) -> f64 {
        numbers.least
    }
    let jit = task().await;
    let arguments = r#"{"numbers":{"least":-0.0,"tenths":0.3,"single":0.1,
        "large":340282366920938463463374607431768211455,"signed":-170141183460469231731687303715884105728,
        "by_number":{"-7":1},"any":{"x":[1]},"when":"2026-01-02T03:04:05Z","id":"67e55044-10b1-426f-9247-bb680e5fe0c8"}}"#;
    assert_eq!(tools![take].call(&jit, "take", arguments).await.unwrap().as_text(), "-0");
}

/// Never runs.
#[jit_tool]
async fn letters(#[schemars(regex(pattern = r"^\p{L}+$"))] name: String) -> String {
    name
}

// The macro does not see behind an alias.
type Number = u32;
type Bytes = Vec<u8>;

/// Never runs.
#[jit_tool]
async fn number(#[jit_tool(args)] x: Number) -> u32 {
    x
}

/// Never runs.
#[jit_tool]
async fn bytes(#[jit_tool(args)] x: Bytes) -> usize {
    x.len()
}

#[tokio::test]
async fn a_tool_that_can_never_be_called_is_the_authors_fault_and_not_the_models() {
    let jit = task().await;
    for (tools, arguments, said) in [
        (tools![letters], r#"{"name":"Ada"}"#, r"`^\p{L}+$`"),
        (tools![number], "5", "no JSON object"),
        (tools![bytes], "[1]", "no JSON object"),
    ] {
        let name = tools.definitions().next().unwrap().name().to_owned();
        let error = tools.call(&jit, &name, arguments).await.unwrap_err();
        assert!(!error.is_invalid_arguments() && error.to_string().contains(said), "{error}");
        assert_eq!(error.for_model(), "The tool failed.");
        // Whoever lists the tools learns of it before any model does.
        let error = tools.export(Provider::OpenAiChat).unwrap_err();
        assert!(error.tool() == Some(&name) && error.to_string().contains(said), "{error}");
    }
}

#[tokio::test]
async fn a_model_is_not_told_the_names_of_what_is_handed_in() {
    /// Says something.
    #[jit_tool]
    async fn say(state: State<u8>, text: String, #[serde(default)] times: u8) -> String {
        format!("{text} {times} {}", *state)
    }
    /// Says the state.
    #[jit_tool]
    async fn tell(state: Option<State<u8>>) -> String {
        format!("{:?}", state.map(|state| *state))
    }
    let jit = task().await;
    let tools = tools![say, tell].with_state(State::new(7_u8));
    let error = tools.call(&jit, "say", r#"{"x":1,"text":"a"}"#).await.unwrap_err().for_model();
    assert!(error.contains("unknown field `x`, expected `text`, `times`") && !error.contains("state"), "{error}");
    let error = tools.call(&jit, "tell", r#"{"x":1}"#).await.unwrap_err().for_model();
    assert!(error.contains("unknown field `x`.") && !error.contains("state"), "{error}");
    assert_eq!(tools.call(&jit, "tell", "").await.unwrap().as_text(), "Some(7)");
    assert_eq!(tools![tell].call(&jit, "tell", "").await.unwrap().as_text(), "None");
}

#[derive(Deserialize, JsonSchema)]
struct Named<'a> {
    name: &'a str,
}

#[tokio::test]
async fn a_text_that_cannot_be_borrowed_is_the_authors_fault() {
    /// Greets.
    #[jit_tool]
    async fn greet(who: Named<'_>) -> String {
        who.name.to_owned()
    }
    let jit = task().await;
    let tools = tools![greet];
    assert_eq!(tools.call(&jit, "greet", r#"{"who":{"name":"Ada"}}"#).await.unwrap().as_text(), "Ada");
    let error = tools.call(&jit, "greet", r#"{"who":{"name":"A\nda"}}"#).await.unwrap_err();
    assert!(error.to_string().contains("`Cow<str>` with `#[serde(borrow)]`"), "{error}");
    assert_eq!(error.for_model(), "The tool failed.");
    // A model cannot make it look so.
    let error = tools.call(&jit, "greet", r#"{"who":{"name":[", expected a borrowed string"]}}"#).await.unwrap_err();
    assert!(error.is_invalid_arguments(), "{error}");
}
