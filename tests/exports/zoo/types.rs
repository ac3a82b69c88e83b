//! The types themselves.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::{NonZeroI32, NonZeroU8},
    ops::Range,
    time::Duration,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A struct of arguments.
macro_rules! arguments {
    ($($(#[$meta:meta])* struct $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        #[derive(Serialize, Deserialize, JsonSchema)]
        $(#[$meta])*
        pub(super) struct $name { $($(#[$field_meta])* $field: $type),* }
    )*};
}

arguments! {
    struct Nothing {}
    struct EncodedNames { size: Größe, sizes: List<Größe> }
    struct EmptyText { sign: Sign, maybe: Option<Sign> }
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
pub(super) struct Wrapper<T> {
    value: T,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Line(Point, Point, String);

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Id(#[schemars(length(min = 3))] String);

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Marker;

#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Color {
    #[default]
    Red,
    Green,
}

/// How loud.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) enum Level {
    /// Nothing at all.
    Off,
    /// Only what is wrong.
    Error,
    All,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) enum Shape {
    Empty,
    Circle(f64),
    Rectangle { width: f64, height: f64 },
    Polygon(Vec<Point>),
    Segment(Point, Point),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Event {
    Started,
    Moved { to: Point, fast: Option<bool> },
    Ended { code: i32 },
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub(super) enum Job {
    /// Draws a point.
    Draw(Point),
    Stop,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
pub(super) enum Message {
    Ping,
    Text(String),
    Move { x: i32 },
    Both(u8, String),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum NameOrNumber {
    Name(String),
    Number(i64),
    Point(Point),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Expression {
    Number(f64),
    Add(Box<Expression>, Box<Expression>),
    Negate { of: Box<Expression> },
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) enum Empties {
    Nothing {},
    Unit,
    Newtype(()),
}

/// A number of a fixed few, as protocols have them.
#[derive(Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
#[derive(Clone)]
pub(super) struct Priority(i64);

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
pub(super) struct Truth;

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

/// A type whose name is encoded in references.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Größe {
    #[schemars(range(max = 50))]
    limit: u8,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "List<{T}>")]
pub(super) struct List<T> {
    items: Vec<T>,
}

/// An enum with a value that is no text.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) enum Sign {
    #[serde(rename = "")]
    None,
    #[serde(rename = "-")]
    Minus,
}
