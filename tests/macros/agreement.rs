//! The schema of a tool and what reads its arguments never disagree: for each type of argument, values made of the
//! schema are read, what is written of them is allowed by the schema, and what is made wrong is wrong for both.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    net::Ipv4Addr,
    num::NonZeroU8,
};

use futures_util::FutureExt as _;
use jit_tools::{JitContext, Toolset, jit_tool, tools};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{task::task, values};

/// How many values are made of each schema.
const CASES: u32 = 200;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Point {
    x: i32,
    #[serde(default, rename = "why", alias = "y")]
    y: i32,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Bounded {
    #[schemars(range(min = 1, max = 9))]
    how_many: u8,
    #[schemars(length(min = 1, max = 3))]
    some_words: Vec<String>,
    #[schemars(inner(length(max = 4)))]
    short_words: Option<Vec<String>>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Id(u32);

#[derive(Serialize, Deserialize, JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
enum Color {
    Red,
    #[serde(rename = "light-blue")]
    Blue,
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum Shape {
    Circle { radius: u8 },
    Line(Point),
    Nothing,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Event {
    Moved { to: Point },
    Gone,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "data")]
enum Message {
    Text(String),
    Numbers(Vec<u8>),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum NameOrNumber {
    Number(u16),
    Name(String),
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Tree {
    name: String,
    #[serde(default)]
    children: Vec<Tree>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct List {
    head: bool,
    tail: Option<Box<List>>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Flat {
    name: String,
    #[serde(flatten)]
    point: Point,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Größe {
    #[schemars(range(max = 50))]
    limit: u32,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "List<{T}>")]
struct Listed<T> {
    items: Vec<T>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum Documented {
    /// Here.
    Here,
    /// There.
    There,
}

/// One tool for each type, which writes what it reads.
macro_rules! each_type {
    ($($(#[$on_argument:meta])* $name:ident: $type:ty),* $(,)?) => {{
        $(
            /// Writes what it reads.
            #[jit_tool]
            async fn $name($(#[$on_argument])* value: $type) -> Value {
                json!({ "value": value })
            }
        )*
        tools![$($name),*]
    }};
}

fn all() -> Toolset {
    each_type! {
        yes: bool,
        small: u8,
        signed: i8,
        number: i64,
        unsigned: u32,
        non_zero: NonZeroU8,
        float: f64,
        single: f32,
        letter: char,
        text: String,
        boxed: Box<str>,
        borrowed: &str,
        cow: std::borrow::Cow<'_, str>,
        maybe_borrowed: Option<&str>,
        slice: &[u8],
        maybe: Option<u16>,
        list: Vec<String>,
        maybe_in_list: Vec<Option<bool>>,
        deque: VecDeque<i32>,
        array: [bool; 2],
        tuple: (u8, String),
        set: BTreeSet<Color>,
        map: BTreeMap<String, u8>,
        hash_map: HashMap<String, Vec<bool>>,
        any: Value,
        newtype: Id,
        color: Color,
        nested: Point,
        maybe_nested: Option<Point>,
        bounded: Bounded,
        shape: Shape,
        event: Event,
        message: Message,
        untagged: NameOrNumber,
        tree: Tree,
        linked: List,
        flat: Flat,
        address: Ipv4Addr,
        identifier: uuid::Uuid,
        moment: chrono::DateTime<chrono::Utc>,
        structs: Vec<Bounded>,
        structs_by_number: BTreeMap<u8, Bounded>,
        colors: Vec<Color>,
        number_set: BTreeSet<u8>,
        points: Option<[Point; 2]>,
        #[serde(alias = "other")] #[schemars(range(max = 9))] aliased: u8,
        #[serde(default)] defaulted: u32,
        #[jit_tool(default = 7)] own_default: u8,
        #[schemars(range(min = -3, max = 3))] ranged: i32,
        #[schemars(length(min = 1, max = 2))] sized: String,
        #[schemars(regex(pattern = "^[a-z]+$"))] patterned: String,
        encoded: Größe,
        encoded_list: Listed<Point>,
        documented: Option<Documented>,
    }
}

/// What a tool writes of these arguments, or nothing if it does not read them.
fn written(tools: &Toolset, jit: &JitContext, name: &str, arguments: &Value) -> Option<Value> {
    match tools.call(jit, name, arguments.to_string()).now_or_never().unwrap() {
        Ok(output) => Some(output.structured().unwrap()),
        Err(error) if error.is_invalid_arguments() => None,
        Err(error) => panic!("{name} {arguments}: {error}"),
    }
}

/// The same arguments, with something about them that may be wrong.
fn changed(arguments: Value) -> impl Strategy<Value = Value> {
    let others =
        [json!(null), json!("x"), json!(true), json!([]), json!({}), json!(-1), json!(1000), json!(0.5), json!(2.0)];
    let places: Vec<_> = places(&arguments, String::new());
    (proptest::sample::select(places), proptest::sample::select(others.to_vec()), 0..5_u8).prop_map(
        move |(place, other, how)| {
            let mut changed = arguments.clone();
            match (changed.pointer_mut(&place).unwrap(), how) {
                (Value::Object(members), 0) => {
                    let first = members.keys().next().cloned();
                    first.map(|name| members.remove(&name));
                }
                (Value::Object(members), 1) => {
                    members.insert("no_such_member".to_owned(), other);
                }
                // A struct by position, another name, an enum's variant as a member: serde reads all of these.
                (place @ Value::Object(_), 2) => {
                    *place = place.as_object().unwrap().values().cloned().collect();
                }
                (Value::Object(members), 3) => {
                    for (name, other) in [("why", "y"), ("value", "other")] {
                        if let Some(member) = members.remove(name) {
                            members.insert(other.to_owned(), member);
                        }
                    }
                }
                (place @ Value::String(_), 2) => *place = json!({ place.as_str().unwrap(): null }),
                (Value::Array(items), 2 | 3) => items.extend(items.first().cloned()),
                (place, _) => *place = other,
            }
            changed
        },
    )
}

/// The same arguments, with each integer written as a decimal.
fn with_decimals(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64().unwrap()),
        Value::Array(items) => items.iter().map(with_decimals).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, member)| (name.clone(), with_decimals(member))).collect())
        }
        other => other.clone(),
    }
}

/// Another name of an argument is in no schema, and read all the same: as what it stands for.
fn by_its_name(mut arguments: Value) -> Value {
    if let Some(members) = arguments.as_object_mut()
        && !members.contains_key("value")
        && let Some(member) = members.remove("other")
    {
        members.insert("value".to_owned(), member);
    }
    arguments
}

fn places(value: &Value, path: String) -> Vec<String> {
    let inner: Vec<_> = match value {
        Value::Object(members) => {
            let escaped = |name: &String| name.replace('~', "~0").replace('/', "~1");
            members.iter().map(|(name, member)| (escaped(name), member)).collect()
        }
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
        _ => Vec::new(),
    };
    let mut found: Vec<_> =
        inner.into_iter().flat_map(|(name, inner)| places(inner, format!("{path}/{name}"))).collect();
    found.push(path);
    found
}

#[test]
fn the_schema_and_what_reads_the_arguments_never_disagree() {
    let jit = task().now_or_never().unwrap();
    let tools = all();
    assert!(tools.len() >= 30);
    for definition in tools.definitions() {
        let name = definition.name();
        let schema = definition.parameters().as_value();
        let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
        let arguments = values::of(schema).prop_flat_map(|arguments| (Just(arguments.clone()), changed(arguments)));
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let outcome = runner.run(&arguments, |(arguments, changed)| {
            prop_assert!(validator.is_valid(&arguments), "the schema does not allow what was made of it: {arguments}");
            let written = written(&tools, &jit, name, &arguments);
            let written = written.ok_or_else(|| TestCaseError::fail(format!("{arguments} is not read")))?;
            prop_assert!(validator.is_valid(&written), "the schema does not allow what is written: {written}");
            let as_decimals = self::written(&tools, &jit, name, &with_decimals(&arguments));
            let as_decimals = as_decimals.as_ref().map(with_decimals);
            prop_assert_eq!(as_decimals, Some(with_decimals(&written)), "as decimals: {}", arguments);
            let is_read = self::written(&tools, &jit, name, &changed).is_some();
            let judged = if name == "aliased" { by_its_name(changed.clone()) } else { changed.clone() };
            prop_assert_eq!(is_read, validator.is_valid(&judged), "read, and allowed: {}", changed);
            Ok(())
        });
        if let Err(failure) = outcome {
            panic!("{name}: {failure}\n{schema}");
        }
    }
}
