//! Argument types that are awkward for one provider or another, each with values that it reads and values that it
//! does not.

// The shapes are what matters here; nothing reads most of the fields.
#![allow(dead_code, clippy::option_option, clippy::zero_sized_map_values)]

mod types;

use std::collections::BTreeMap;

use jit_tools::ToolDefinition;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use self::types::*;

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
        entry::<EncodedNames>(
            "encoded_names",
            [json!({"size": {"limit": 50}, "sizes": {"items": [{"limit": 1}]}})],
            [json!({"size": {"limit": 1}, "sizes": {"items": [1]}})],
        ),
        entry::<EmptyText>(
            "empty_text",
            [json!({"sign": "", "maybe": "-"}), json!({"sign": "-", "maybe": ""}), json!({"sign": "-", "maybe": null})],
            [json!({"sign": "\"\"", "maybe": null}), json!({"sign": null, "maybe": null})],
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
