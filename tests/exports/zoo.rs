//! Argument types that are awkward for one provider or another, each with values that it reads and values that it
//! does not.

// The shapes are what matters here; nothing reads most of the fields.
#![allow(dead_code, clippy::option_option, clippy::zero_sized_map_values)]

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::{NonZeroI32, NonZeroU8},
    ops::Range,
    time::Duration,
};

use jit_tools::ToolDefinition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// A type of arguments.
pub struct Entry {
    pub name: &'static str,
    pub definition: ToolDefinition,
    /// Values that the type reads; what it writes of them is what they are.
    pub reads: Vec<Value>,
    /// Values that it does not read.
    pub refuses: Vec<Value>,
    /// Reads a value with the type and writes it again.
    pub rewrite: fn(Value) -> Result<Value, serde_json::Error>,
}

fn entry<T: JsonSchema + DeserializeOwned + Serialize>(
    name: &'static str,
    reads: impl IntoIterator<Item = Value>,
    refuses: impl IntoIterator<Item = Value>,
) -> Entry {
    Entry {
        name,
        definition: ToolDefinition::new::<T>(name, format!("Takes {}.", name.replace('_', " "))),
        reads: reads.into_iter().collect(),
        refuses: refuses.into_iter().collect(),
        rewrite: |value| serde_json::to_value(serde_json::from_value::<T>(value)?),
    }
}

/// A struct of arguments.
macro_rules! arguments {
    ($($(#[$meta:meta])* struct $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        #[derive(Serialize, Deserialize, JsonSchema)]
        $(#[$meta])*
        struct $name { $($(#[$field_meta])* $field: $type),* }
    )*};
}

arguments! {
    struct Nothing {}
    #[serde(deny_unknown_fields)]
    struct Integers {
        /// A small one.
        small: u8,
        signed: i32,
        big: u64,
        /// Never zero.
        #[schemars(range(min = 1, max = 9))]
        bounded: i64,
    }
    struct Floats { single: f32, double: f64, #[schemars(range(min = 0.0, max = 1.0))] share: f64 }
    struct NonZeros { signed: NonZeroI32, unsigned: NonZeroU8 }
    struct Char { letter: char }
    struct Bool { yes: bool }
    struct Texts {
        #[schemars(length(min = 1, max = 8))]
        short: String,
        #[schemars(regex(pattern = r"^[a-z]+$"))]
        lower: String,
    }
    struct Formats {
        #[schemars(url)]
        uri: String,
        #[schemars(email)]
        email: String,
        #[schemars(extend("format" = "date-time"))]
        at: String,
        #[schemars(extend("format" = "partial-date-time"))]
        local: String,
        #[schemars(extend("format" = "uuid"))]
        id: String,
    }
    struct Addresses { any: IpAddr, four: Ipv4Addr, six: Ipv6Addr }
    struct OptionalScalar { word: Option<String>, count: Option<u16> }
    struct Skipped { #[serde(default, skip_serializing_if = "Option::is_none")] word: Option<String> }
    struct Defaulted {
        /// How many.
        #[serde(default = "three")]
        count: u32,
        #[serde(default)]
        word: String,
        #[serde(default)]
        list: Vec<String>,
    }
    struct OptionalStruct { /// Where from.
        from: Option<Point>, to: Point }
    struct OptionalEnum { color: Option<Color>, #[serde(default)] fallback: Color }
    struct NestedOption { value: Option<Option<i32>> }
    struct Lists { words: Vec<String>, points: Vec<Point>, deque: VecDeque<bool> }
    struct BoundedList { #[schemars(length(min = 1, max = 3))] words: Vec<String> }
    struct FixedArray { three: [u8; 3], none: [u8; 0] }
    struct Pair { pair: (String, i64), same: (f64, f64) }
    struct NestedTuple { nested: ((bool, String), Vec<(u8, String)>) }
    struct TupleStruct { line: Line }
    struct Newtype { id: Id }
    struct SetOf { words: BTreeSet<String> }
    struct MapOf { counts: BTreeMap<String, u32>, points: HashMap<String, Point> }
    struct IntegerKeys { by_id: BTreeMap<u32, String>, signed: BTreeMap<i64, bool> }
    struct EnumKeys { by_color: BTreeMap<Color, u8> }
    struct MapOfMaps { deep: BTreeMap<String, BTreeMap<String, (u8, String)>> }
    struct OptionalMap { labels: Option<BTreeMap<String, String>>, #[serde(default)] more: BTreeMap<String, bool> }
    struct AnyValue { /// Whatever it is.
        value: Value, optional: Option<Value> }
    struct AnyObject { object: serde_json::Map<String, Value> }
    struct Unit { unit: (), marker: Marker }
    struct OptionalUnit { marker: Option<Marker>, #[serde(default)] twice: Option<Option<Color>> }
    struct UnitVariants { color: Color }
    struct DescribedVariants { level: Level }
    struct External { shape: Shape }
    struct Internal { event: Event }
    struct InternalNewtype { job: Job }
    struct Adjacent { message: Message }
    struct Untagged { id: NameOrNumber }
    struct FlattenStruct { name: String, #[serde(flatten)] point: Point }
    struct FlattenEnum { name: String, #[serde(flatten)] event: Event }
    struct FlattenAdjacent { #[serde(flatten)] message: Message, urgent: Option<bool> }
    struct FlattenOptional { name: String, #[serde(flatten)] point: Option<Point> }
    struct FlattenMap { name: String, #[serde(flatten)] rest: BTreeMap<String, u32> }
    struct FlattenAny { name: String, #[serde(flatten)] rest: BTreeMap<String, Value> }
    struct Recursive { tree: Tree }
    struct RecursiveOptional { node: LinkedNode }
    struct RecursiveRoot { name: String, #[serde(default)] children: Vec<RecursiveRoot> }
    struct RecursiveEnum { expression: Expression }
    struct SharedTwice { /// Start.
        start: Point, /// End.
        end: Point, all: Vec<Point> }
    struct Renamed {
        #[serde(rename = "@type")]
        kind: String,
        #[serde(rename = "größe")]
        size: Option<u8>,
        #[serde(rename = "title")]
        title: String,
        #[serde(rename = "$ref")]
        reference: Option<String>,
    }
    struct Std { timeout: Duration, range: Range<u8>, result: Result<u8, String> }
    struct Examples {
        #[schemars(example = &"Ada", extend("deprecated" = true))]
        name: String,
    }
    struct EmptyVariants { choice: Empties }
    struct NumberTagged { priority: Priority, flag: Truth }
    struct Wide128 { big: u128, signed: i128 }
    struct DeepOption { items: Vec<Option<Point>>, map: BTreeMap<String, Option<u8>> }
    #[serde(deny_unknown_fields)]
    struct Closed { point: ClosedPoint }
    struct ClosedPoint { x: i32 }
    struct GenericPair { left: Wrapper<i32>, right: Wrapper<String> }
    struct Boxed { value: Box<Point>, text: std::borrow::Cow<'static, str> }
}

arguments! {
    #[derive(Debug, PartialEq)]
    struct Point { x: i32, /// Up is positive.
        y: i32 }
    struct Tree { value: i32, children: Vec<Tree> }
    struct LinkedNode { value: i32, /// The one after it.
        next: Option<Box<LinkedNode>> }
}

fn three() -> u32 {
    3
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Wrapper<T> {
    value: T,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Line(Point, Point, String);

#[derive(Serialize, Deserialize, JsonSchema)]
struct Id(#[schemars(length(min = 3))] String);

#[derive(Serialize, Deserialize, JsonSchema)]
struct Marker;

#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Color {
    #[default]
    Red,
    Green,
}

/// How loud.
#[derive(Serialize, Deserialize, JsonSchema)]
enum Level {
    /// Nothing at all.
    Off,
    /// Only what is wrong.
    Error,
    All,
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum Shape {
    Empty,
    Circle(f64),
    Rectangle { width: f64, height: f64 },
    Polygon(Vec<Point>),
    Segment(Point, Point),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Event {
    Started,
    Moved { to: Point, fast: Option<bool> },
    Ended { code: i32 },
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
enum Job {
    /// Draws a point.
    Draw(Point),
    Stop,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
enum Message {
    Ping,
    Text(String),
    Move { x: i32 },
    Both(u8, String),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum NameOrNumber {
    Name(String),
    Number(i64),
    Point(Point),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Expression {
    Number(f64),
    Add(Box<Expression>, Box<Expression>),
    Negate { of: Box<Expression> },
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum Empties {
    Nothing {},
    Unit,
    Newtype(()),
}

/// A number of a fixed few, as protocols have them.
#[derive(Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
#[derive(Clone)]
struct Priority(i64);

impl TryFrom<i64> for Priority {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        if [1, 2, 5].contains(&number) { Ok(Self(number)) } else { Err(format!("{number} is no priority")) }
    }
}

impl From<Priority> for i64 {
    fn from(priority: Priority) -> Self {
        priority.0
    }
}

impl JsonSchema for Priority {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Priority".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "integer", "enum": [1, 2, 5]})
    }
}

/// Always true.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
struct Truth;

impl TryFrom<bool> for Truth {
    type Error = String;

    fn try_from(value: bool) -> Result<Self, String> {
        if value { Ok(Self) } else { Err("it is true".to_owned()) }
    }
}

impl From<Truth> for bool {
    fn from(_: Truth) -> Self {
        true
    }
}

impl JsonSchema for Truth {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Truth".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"const": true})
    }
}

/// All of them.
#[allow(clippy::too_many_lines, reason = "a table")]
pub fn entries() -> Vec<Entry> {
    let point = || json!({"x": 1, "y": -2});
    vec![
        entry::<Nothing>("nothing", [json!({})], [json!([1])]),
        entry::<Integers>(
            "integers",
            [json!({"small": 255, "signed": -7, "big": 18_446_744_073_709_551_615_u64, "bounded": 9})],
            [
                json!({"small": 256, "signed": 0, "big": 0, "bounded": 1}),
                json!({"small": 1, "signed": 0, "big": -1, "bounded": 1}),
                json!({"small": 1, "signed": 0, "big": 1}),
                json!({"small": 1, "signed": "0", "big": 1, "bounded": 1}),
                json!({"small": 1, "signed": 0, "big": 1, "bounded": 1, "other": 1}),
            ],
        ),
        entry::<Floats>(
            "floats",
            [json!({"single": 0.5, "double": -1e300, "share": 0.25})],
            [json!({"single": "0.5", "double": 1.0, "share": 0.0})],
        ),
        entry::<NonZeros>(
            "non_zeros",
            [json!({"signed": -1, "unsigned": 1})],
            [json!({"signed": 0, "unsigned": 1}), json!({"signed": 1, "unsigned": 0})],
        ),
        entry::<Char>("char", [json!({"letter": "é"})], [json!({"letter": ""}), json!({"letter": "ab"})]),
        entry::<Bool>("bool", [json!({"yes": true})], [json!({"yes": 1}), json!({"yes": null}), json!({})]),
        entry::<Texts>("texts", [json!({"short": "a", "lower": "abc"})], [json!({"short": 1, "lower": "abc"})]),
        entry::<Formats>(
            "formats",
            [json!({
                "uri": "https://example.com/", "email": "ada@example.com", "at": "2026-11-24T10:00:00Z",
                "local": "2026-11-24T10:00:00", "id": "67e55044-10b1-426f-9247-bb680e5fe0c8",
            })],
            [json!({"uri": null, "email": "ada@example.com", "at": "", "local": "", "id": ""})],
        ),
        entry::<Addresses>(
            "addresses",
            [
                json!({"any": "127.0.0.1", "four": "10.0.0.1", "six": "::1"}),
                json!({"any": "::1", "four": "10.0.0.1", "six": "::1"}),
            ],
            [
                json!({"any": "127.0.0.1", "four": "::1", "six": "::1"}),
                json!({"any": "127.0.0.1", "four": "10.0.0.1", "six": "10.0.0.1"}),
            ],
        ),
        entry::<OptionalScalar>(
            "optional_scalar",
            [json!({"word": null, "count": null}), json!({"word": "a", "count": 3})],
            [json!({"word": 5}), json!({"count": -1})],
        ),
        entry::<Skipped>("skipped", [json!({}), json!({"word": "a"})], [json!({"word": 1})]),
        entry::<Defaulted>(
            "defaulted",
            [json!({"count": 3, "word": "", "list": []}), json!({"count": 5, "word": "a", "list": ["b"]})],
            [json!({"count": null}), json!({"list": null})],
        ),
        entry::<OptionalStruct>(
            "optional_struct",
            [json!({"from": null, "to": point()}), json!({"from": point(), "to": point()})],
            [json!({"to": null}), json!({"from": {}, "to": point()})],
        ),
        entry::<OptionalEnum>(
            "optional_enum",
            [json!({"color": null, "fallback": "red"}), json!({"color": "green", "fallback": "green"})],
            [json!({"color": "blue"}), json!({"fallback": null})],
        ),
        entry::<NestedOption>("nested_option", [json!({"value": null}), json!({"value": 4})], [json!({"value": "4"})]),
        entry::<Lists>(
            "lists",
            [
                json!({"words": [], "points": [], "deque": []}),
                json!({"words": ["a", "b"], "points": [point()], "deque": [true]}),
            ],
            [json!({"words": "a", "points": [], "deque": []}), json!({"words": [], "points": [{}], "deque": []})],
        ),
        entry::<BoundedList>("bounded_list", [json!({"words": ["a"]})], [json!({"words": {}})]),
        entry::<FixedArray>(
            "fixed_array",
            [json!({"three": [1, 2, 3], "none": []})],
            [json!({"three": [1, 2], "none": []}), json!({"three": [1, 2, 3, 4], "none": []})],
        ),
        entry::<Pair>(
            "pair",
            [json!({"pair": ["a", 1], "same": [0.5, -0.5]})],
            [
                json!({"pair": ["a"], "same": [0.5, 1.0]}),
                json!({"pair": ["a", "b"], "same": [0.5, 1.0]}),
                json!({"pair": ["a", 1, 2], "same": [0.5, 1.0]}),
            ],
        ),
        entry::<NestedTuple>(
            "nested_tuple",
            [json!({"nested": [[true, "a"], [[1, "b"], [2, "c"]]]})],
            [json!({"nested": [[true, "a"], [[1]]]})],
        ),
        entry::<TupleStruct>(
            "tuple_struct",
            [json!({"line": [point(), point(), "red"]})],
            [json!({"line": [point(), point()]})],
        ),
        entry::<Newtype>("newtype", [json!({"id": "abc"})], [json!({"id": ["abc"]})]),
        entry::<SetOf>("set_of", [json!({"words": ["a", "b"]})], [json!({"words": "a"})]),
        entry::<MapOf>(
            "map_of",
            [json!({"counts": {}, "points": {}}), json!({"counts": {"a": 1, "b": 2}, "points": {"p": point()}})],
            [json!({"counts": {"a": "1"}, "points": {}}), json!({"counts": [], "points": {}})],
        ),
        entry::<IntegerKeys>(
            "integer_keys",
            [json!({"by_id": {"1": "a", "20": "b"}, "signed": {"-3": true}})],
            [json!({"by_id": {"a": "a"}, "signed": {}}), json!({"by_id": {"-1": "a"}, "signed": {}})],
        ),
        entry::<EnumKeys>(
            "enum_keys",
            [json!({"by_color": {}}), json!({"by_color": {"red": 1, "green": 2}})],
            [json!({"by_color": {"blue": 1}}), json!({"by_color": {"red": null}})],
        ),
        entry::<MapOfMaps>(
            "map_of_maps",
            [json!({"deep": {"a": {"b": [1, "c"]}, "d": {}}})],
            [json!({"deep": {"a": 1}})],
        ),
        entry::<OptionalMap>(
            "optional_map",
            [json!({"labels": null, "more": {}}), json!({"labels": {"a": "b"}, "more": {"c": true}})],
            [json!({"labels": {"a": 1}}), json!({"more": null})],
        ),
        entry::<AnyValue>(
            "any_value",
            [
                json!({"value": {"a": [1, null, "b"]}, "optional": null}),
                json!({"value": "text", "optional": [1]}),
                json!({"value": null, "optional": {"a": 1}}),
            ],
            [json!([5, 6, 7])],
        ),
        entry::<AnyObject>(
            "any_object",
            [json!({"object": {}}), json!({"object": {"a": [1, {"b": null}]}})],
            [json!({"object": []}), json!({})],
        ),
        entry::<Unit>("unit", [json!({"unit": null, "marker": null})], [json!({"unit": 1, "marker": null})]),
        entry::<OptionalUnit>(
            "optional_unit",
            [json!({"marker": null, "twice": null}), json!({"marker": null, "twice": "red"})],
            [json!({"marker": 1, "twice": null}), json!({"marker": null, "twice": "blue"})],
        ),
        entry::<UnitVariants>(
            "unit_variants",
            [json!({"color": "red"})],
            [json!({"color": "blue"}), json!({"color": 0})],
        ),
        entry::<DescribedVariants>(
            "described_variants",
            [json!({"level": "Off"}), json!({"level": "All"})],
            [json!({"level": "off"})],
        ),
        entry::<External>(
            "external",
            [
                json!({"shape": "Empty"}),
                json!({"shape": {"Circle": 1.5}}),
                json!({"shape": {"Rectangle": {"width": 1.0, "height": 2.5}}}),
                json!({"shape": {"Polygon": [point()]}}),
                json!({"shape": {"Segment": [point(), point()]}}),
            ],
            [
                json!({"shape": "Circle"}),
                json!({"shape": {"Circle": 1.5, "Polygon": []}}),
                json!({"shape": {"Oval": 1}}),
            ],
        ),
        entry::<Internal>(
            "internal",
            [
                json!({"event": {"kind": "started"}}),
                json!({"event": {"kind": "moved", "to": point(), "fast": null}}),
                json!({"event": {"kind": "ended", "code": 3}}),
            ],
            [json!({"event": {"kind": "moved"}}), json!({"event": {"code": 3}}), json!({"event": {"kind": "other"}})],
        ),
        entry::<InternalNewtype>(
            "internal_newtype",
            [json!({"job": {"type": "Draw", "x": 1, "y": 2}}), json!({"job": {"type": "Stop"}})],
            [json!({"job": {"type": "Draw", "x": 1}})],
        ),
        entry::<Adjacent>(
            "adjacent",
            [
                json!({"message": {"t": "Ping"}}),
                json!({"message": {"t": "Text", "c": "a"}}),
                json!({"message": {"t": "Move", "c": {"x": 1}}}),
                json!({"message": {"t": "Both", "c": [1, "b"]}}),
            ],
            [json!({"message": {"t": "Text"}}), json!({"message": {"t": "Text", "c": 5}})],
        ),
        entry::<Untagged>(
            "untagged",
            [json!({"id": "a"}), json!({"id": 5}), json!({"id": point()})],
            [json!({"id": true}), json!({"id": 1.5})],
        ),
        entry::<FlattenStruct>(
            "flatten_struct",
            [json!({"name": "a", "x": 1, "y": 2})],
            [json!({"name": "a", "x": 1})],
        ),
        entry::<FlattenEnum>(
            "flatten_enum",
            [
                json!({"name": "a", "kind": "started"}),
                json!({"name": "a", "kind": "moved", "to": point(), "fast": true}),
                json!({"name": "a", "kind": "ended", "code": 1}),
            ],
            [json!({"name": "a"}), json!({"name": "a", "kind": "ended"}), json!({"kind": "started"})],
        ),
        entry::<FlattenAdjacent>(
            "flatten_adjacent",
            [json!({"t": "Ping", "urgent": null}), json!({"t": "Text", "c": "a", "urgent": true})],
            [json!({"t": "Text"}), json!({"urgent": true})],
        ),
        entry::<FlattenOptional>(
            "flatten_optional",
            [json!({"name": "a"}), json!({"name": "a", "x": 1, "y": 2})],
            [json!({"x": 1, "y": 2})],
        ),
        entry::<FlattenMap>(
            "flatten_map",
            [json!({"name": "a"}), json!({"name": "a", "b": 1, "c": 2})],
            [json!({"name": "a", "b": "c"})],
        ),
        entry::<FlattenAny>(
            "flatten_any",
            [json!({"name": "a"}), json!({"name": "a", "b": [1], "c": null})],
            [json!({"b": 1})],
        ),
        entry::<Recursive>(
            "recursive",
            [
                json!({"tree": {"value": 1, "children": []}}),
                json!({"tree": {"value": 1, "children": [{"value": 2, "children": [{"value": 3, "children": []}]}]}}),
            ],
            [json!({"tree": {"value": 1}}), json!({"tree": {"value": 1, "children": [{}]}})],
        ),
        entry::<RecursiveOptional>(
            "recursive_optional",
            [
                json!({"node": {"value": 1, "next": null}}),
                json!({"node": {"value": 1, "next": {"value": 2, "next": null}}}),
            ],
            [json!({"node": {"value": 1, "next": 2}})],
        ),
        entry::<RecursiveRoot>(
            "recursive_root",
            [json!({"name": "a", "children": []}), json!({"name": "a", "children": [{"name": "b", "children": []}]})],
            [json!({"name": "a", "children": [{}]})],
        ),
        entry::<RecursiveEnum>(
            "recursive_enum",
            [
                json!({"expression": {"number": 1.5}}),
                json!({"expression": {"add": [{"number": 1.5}, {"negate": {"of": {"number": 2.5}}}]}}),
            ],
            [json!({"expression": {"add": [{"number": 1.5}]}})],
        ),
        entry::<SharedTwice>(
            "shared_twice",
            [json!({"start": point(), "end": point(), "all": [point()]})],
            [json!({"start": point(), "end": {}, "all": []})],
        ),
        entry::<Renamed>(
            "renamed",
            [
                json!({"@type": "a", "größe": 3, "title": "b", "$ref": "c"}),
                json!({"@type": "a", "größe": null, "title": "b", "$ref": null}),
            ],
            [json!({"kind": "a", "title": "b"})],
        ),
        entry::<Std>(
            "std",
            [
                json!({"timeout": {"secs": 1, "nanos": 5}, "range": {"start": 1, "end": 2}, "result": {"Ok": 1}}),
                json!({"timeout": {"secs": 1, "nanos": 5}, "range": {"start": 1, "end": 2}, "result": {"Err": "a"}}),
            ],
            [json!({"timeout": 1, "range": {"start": 1, "end": 2}, "result": {"Ok": 1}})],
        ),
        entry::<Examples>("examples", [json!({"name": "Ada"})], [json!({"name": 1})]),
        entry::<EmptyVariants>(
            "empty_variants",
            [json!({"choice": {"Nothing": {}}}), json!({"choice": "Unit"}), json!({"choice": {"Newtype": null}})],
            [json!({"choice": "Nothing"})],
        ),
        entry::<NumberTagged>(
            "number_tagged",
            [json!({"priority": 5, "flag": true})],
            [json!({"priority": 3, "flag": true}), json!({"priority": 5, "flag": false})],
        ),
        entry::<Wide128>("wide_128", [json!({"big": 5, "signed": -5})], [json!({"big": -5, "signed": 5})]),
        entry::<DeepOption>(
            "deep_option",
            [json!({"items": [null, point()], "map": {"a": null, "b": 1}})],
            [json!({"items": [1], "map": {}})],
        ),
        entry::<Closed>("closed", [json!({"point": {"x": 1}})], [json!({"point": {"x": 1}, "more": 1})]),
        entry::<GenericPair>(
            "generic_pair",
            [json!({"left": {"value": 1}, "right": {"value": "a"}})],
            [json!({"left": {"value": "a"}, "right": {"value": "a"}})],
        ),
        entry::<Boxed>("boxed", [json!({"value": point(), "text": "a"})], [json!({"value": 1, "text": "a"})]),
        entry::<Event>(
            "root_internal",
            [json!({"kind": "started"}), json!({"kind": "ended", "code": 1})],
            [json!({"kind": "ended"}), json!({})],
        ),
        entry::<Shape>("root_external", [json!("Empty"), json!({"Circle": 0.5})], [json!("Circle")]),
        entry::<NameOrNumber>("root_untagged", [json!("a"), json!(5)], [json!(true)]),
        entry::<Vec<(u8, String)>>("root_list", [json!([[1, "a"]]), json!([])], [json!({})]),
        entry::<BTreeMap<String, u32>>("root_map", [json!({"a": 1}), json!({})], [json!({"a": "b"})]),
        entry::<()>("root_unit", [json!(null)], [json!({})]),
        entry::<Value>("root_any", [json!({"a": 1}), json!([1]), json!(null)], []),
        entry::<Expression>(
            "root_recursive_enum",
            [json!({"number": 0.5}), json!({"negate": {"of": {"number": 0.5}}})],
            [json!({"negate": {}})],
        ),
    ]
}
