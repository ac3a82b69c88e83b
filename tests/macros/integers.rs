//! Integers that a model wrote as decimals, which its schema allows: they run, wherever they stand.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::{NonZeroI64, NonZeroU8},
};

use jit_tools::{ToolContext, Toolset, jit_tool, tools};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::task::task;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Id(u32);

#[derive(Serialize, Deserialize, JsonSchema)]
struct Page {
    number: u16,
    #[schemars(range(min = 1, max = 9))]
    size: Option<i64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum Outer {
    Page { number: u8 },
    Pair(i8, f64),
    Only(u64),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Inner {
    A { count: u8 },
    B { share: f64 },
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "data")]
enum Beside {
    A(Vec<i32>),
    B(String),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    Number(i64),
    Page { number: i64 },
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Flat {
    name: String,
    #[serde(flatten)]
    page: Page,
    #[serde(flatten)]
    kind: Inner,
}

/// One tool for each type, which writes what it reads.
macro_rules! each_type {
    ($($(#[$on_argument:meta])* $name:ident: $type:ty),* $(,)?) => {{
        $(
            /// Writes what it reads.
            #[jit_tool]
            async fn $name($(#[$on_argument])* value: $type) -> Value {
                serde_json::from_str(&serde_json::to_string(&value).unwrap()).unwrap()
            }
        )*
        tools![$($name),*]
    }};
}

fn all() -> Toolset {
    each_type! {
        plain: i64,
        small: u8,
        large: u64,
        non_zero: NonZeroU8,
        non_zero_signed: NonZeroI64,
        newtype: Id,
        maybe: Option<u16>,
        list: Vec<i32>,
        array: [u8; 2],
        tuple: (u8, f64, String),
        map: BTreeMap<String, u8>,
        set: BTreeSet<u8>,
        nested: Page,
        maybe_nested: Option<Page>,
        outer: Outer,
        inner: Inner,
        beside: Beside,
        untagged: Untagged,
        flat: Flat,
        #[schemars(range(max = 9))] ranged: u8,
        #[serde(alias = "other")] aliased: u8,
        #[serde(alias = "other")] #[schemars(range(max = 9))] aliased_and_ranged: u8,
        #[serde(default)] defaulted: u8,
        #[jit_tool(default = 7)] own_default: u8,
        float: f64,
        any: Value,
    }
}

#[tokio::test]
async fn an_integer_that_is_written_as_a_decimal_is_read_wherever_it_stands() {
    let jit = task().await;
    let tools = all();
    for (name, value, read) in [
        ("plain", "30.0", "30"),
        ("plain", "3e1", "30"),
        ("plain", "-0", "0"),
        ("small", "2.55E2", "255"),
        ("plain", "9007199254740993.0", "9007199254740993"),
        ("plain", "-9223372036854775808.0", "-9223372036854775808"),
        ("large", "18446744073709551615.0", "18446744073709551615"),
        ("non_zero", "1.0", "1"),
        ("non_zero_signed", "-1.0", "-1"),
        ("newtype", "7.0", "7"),
        ("maybe", "7.0", "7"),
        ("list", "[1, 2.0, -3.00]", "[1,2,-3]"),
        ("array", "[1.0, 2.0]", "[1,2]"),
        ("tuple", r#"[1.0, 2.0, "3.0"]"#, r#"[1,2.0,"3.0"]"#),
        ("map", r#"{"1.0": 1.0}"#, r#"{"1.0":1}"#),
        ("set", "[1.0, 2]", "[1,2]"),
        ("nested", r#"{"number": 1.0, "size": 9.0}"#, r#"{"number":1,"size":9}"#),
        ("maybe_nested", r#"{"number": 1.0, "size": null}"#, r#"{"number":1,"size":null}"#),
        ("outer", r#"{"Page": {"number": 1.0}}"#, r#"{"Page":{"number":1}}"#),
        ("outer", r#"{"Pair": [1.0, 2.0]}"#, r#"{"Pair":[1,2.0]}"#),
        ("outer", r#"{"Only": 1.0}"#, r#"{"Only":1}"#),
        ("inner", r#"{"kind": "A", "count": 1.0}"#, r#"{"kind":"A","count":1}"#),
        ("inner", r#"{"kind": "B", "share": 1.0}"#, r#"{"kind":"B","share":1.0}"#),
        ("beside", r#"{"kind": "A", "data": [1.0]}"#, r#"{"kind":"A","data":[1]}"#),
        ("untagged", "1.0", "1"),
        ("untagged", r#"{"number": 1.0}"#, r#"{"number":1}"#),
        (
            "flat",
            r#"{"name": "a", "number": 1.0, "size": 2.0, "kind": "A", "count": 3.0}"#,
            r#"{"name":"a","number":1,"size":2,"kind":"A","count":3}"#,
        ),
        ("ranged", "9.0", "9"),
        ("aliased", "9.0", "9"),
        ("defaulted", "9.0", "9"),
        ("own_default", "9.0", "9"),
        ("float", "9.0", "9.0"),
        ("any", "[9.0]", "[9.0]"),
    ] {
        let output = tools.call(&jit, name, format!(r#"{{"value": {value}}}"#)).await;
        let output = output.unwrap_or_else(|error| panic!("{name} {value}: {error}")).structured().unwrap();
        assert_eq!(output, serde_json::from_str::<Value>(read).unwrap(), "{name} {value}");
    }
    for name in ["aliased", "aliased_and_ranged"] {
        assert_eq!(tools.call(&jit, name, r#"{"other":3.0}"#).await.unwrap().as_text(), "3");
    }
}

#[tokio::test]
async fn what_is_no_integer_or_beyond_the_type_is_refused_still() {
    let jit = task().await;
    let tools = all();
    for (name, value) in [
        ("plain", "30.5"),
        ("plain", "9223372036854775808.0"),
        ("plain", "1e400"),
        ("plain", r#""30.0""#),
        ("small", "256.0"),
        ("small", "-1.0"),
        ("non_zero", "0.0"),
        ("ranged", "10.0"),
        ("set", "[1, 1.0]"),
        ("nested", r#"{"number": 1.0, "size": 10.0}"#),
        ("aliased", "true"),
    ] {
        let error = tools.call(&jit, name, format!(r#"{{"value": {value}}}"#)).await.unwrap_err();
        assert!(error.is_invalid_arguments(), "{name} {value}: {error}");
    }
    let error = tools.call(&jit, "aliased_and_ranged", r#"{"other":10.0}"#).await.unwrap_err();
    assert!(error.for_model().contains("`other`: must be at most 9"), "{error}");
}

/// Takes large ones.
#[jit_tool]
async fn large(
    #[schemars(range(max = 9_007_199_254_740_992_u64))] value: u64,
    signed: Option<i128>,
    #[schemars(range(max = 18_446_744_073_709_551_615_u64))] unsigned: Option<u128>,
) -> String {
    format!("{value} {signed:?} {unsigned:?}")
}

#[tokio::test]
async fn a_large_integer_is_held_to_its_range_as_it_is_read() {
    let jit = task().await;
    let tools = tools![large];
    let arguments = r#"{"value":9007199254740992.0,"signed":-170141183460469231731687303715884105728.0}"#;
    assert_eq!(
        tools.call(&jit, "large", arguments).await.unwrap().as_text(),
        "9007199254740992 Some(-170141183460469231731687303715884105728) None"
    );
    for (arguments, said) in [
        // As a decimal, it is the same as the one that is allowed.
        (r#"{"value":9007199254740993.0}"#, "`value`: must be at most 9007199254740992"),
        (r#"{"value":1,"unsigned":18446744073709551616}"#, "`unsigned`: must be at most 18446744073709551615"),
        (r#"{"value":1,"unsigned":18446744073709551616.0}"#, "`unsigned`: must be at most 18446744073709551615"),
    ] {
        let error = tools.call(&jit, "large", arguments).await.unwrap_err();
        assert!(error.is_invalid_arguments() && error.for_model().contains(said), "{arguments}: {error}");
    }
}

#[tokio::test]
async fn a_struct_of_all_arguments_is_read_so_too_and_the_call_shows_what_was_read() {
    /// Reads a page.
    #[jit_tool]
    async fn read(cx: &ToolContext, #[jit_tool(args)] page: Page) -> String {
        format!("{} {}", page.number, cx.arguments())
    }
    let jit = task().await;
    let tools = tools![read];
    let output = tools.call(&jit, "read", json!({ "number": 3.0, "size": 2 }).to_string()).await.unwrap();
    assert_eq!(output.as_text(), r#"3 {"number":3,"size":2}"#);
    let output = tools.call(&jit, "read", r#"{"number":3}"#).await.unwrap();
    assert_eq!(output.as_text(), r#"3 {"number":3}"#);
}
