use serde_json::json;

use super::*;

fn text(schema: &Value, value: &Value) -> String {
    violation(schema, value).map(|wrong| format!("{}: {}", wrong.path, wrong.text)).unwrap_or_default()
}

#[test]
fn each_violation_is_told_at_its_place() {
    let schema = json!({
        "type": "object",
        "properties": {
            "size": { "type": "integer", "minimum": 1, "maximum": 9 },
            "ratio": { "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1.5 },
            "even": { "type": "integer", "multipleOf": 2 },
            "code": { "anyOf": [{ "type": "string", "minLength": 2, "maxLength": 3, "pattern": "^ä" }, { "type": "null" }] },
            "list": { "type": "array", "maxItems": 2, "items": { "$ref": "#/$defs/small" } },
            "set": { "type": "array", "uniqueItems": true },
            "map": { "type": "object", "minProperties": 1, "additionalProperties": { "$ref": "#/$defs/small" } },
            "numbered": { "patternProperties": { r"^\d+$": { "$ref": "#/$defs/small" } }, "additionalProperties": false },
            "kind": { "enum": ["a", "b"] },
            "event": { "oneOf": [
                { "properties": { "tag": { "const": "gone" } }, "required": ["tag"] },
                { "properties": { "tag": { "const": "moved" } }, "required": ["tag", "to"] },
            ] },
            "shape": { "oneOf": [
                { "type": "object", "properties": { "circle": { "type": "integer" } }, "required": ["circle"] },
                { "type": "object", "properties": { "line": { "type": "integer" } }, "required": ["line"] },
            ] },
        },
        "$defs": { "small": { "type": "integer", "maximum": 3 } },
    });
    for (value, said) in [
        (json!({ "size": 0 }), "size: must be at least 1"),
        (json!({ "size": 10 }), "size: must be at most 9"),
        (json!({ "ratio": 0 }), "ratio: must be more than 0"),
        (json!({ "ratio": 1.5 }), "ratio: must be less than 1.5"),
        (json!({ "even": 3 }), "even: must be a multiple of 2"),
        (json!({ "code": "ä" }), "code: must have at least 2 characters"),
        (json!({ "code": "äöüß" }), "code: must have at most 3 characters"),
        (json!({ "code": "xy" }), "code: must match the pattern ^ä"),
        (json!({ "code": [] }), "code: must be of the type string"),
        (json!({ "list": [1, 2, 3] }), "list: must have at most 2 items"),
        (json!({ "list": [1, 9] }), "list[1]: must be at most 3"),
        (json!({ "set": [1, 2, 1] }), "set[2]: is there already: leave out what is there twice"),
        (json!({ "map": {} }), "map: must have at least 1 members"),
        (json!({ "map": { "a": 4 } }), "map.a: must be at most 3"),
        (json!({ "numbered": { "7": 4 } }), "numbered.7: must be at most 3"),
        (json!({ "numbered": { "a": 1 } }), "numbered: unknown field `a`"),
        (json!({ "kind": "c" }), "kind: must be one of \"a\", \"b\""),
        (json!({ "event": { "tag": "moved" } }), "event: missing field `to`"),
        (json!({ "event": { "tag": "x" } }), "event.tag: must be \"gone\" or must be \"moved\""),
        (json!({ "shape": { "line": "x" } }), "shape.line: must be of the type integer"),
    ] {
        assert_eq!(text(&schema, &value), said, "{value}");
    }
    let good = json!({ "size": 9, "ratio": 1, "even": 4, "code": null, "list": [3], "map": { "a": 3 } });
    assert_eq!(violation(&schema, &good), None);
}

#[test]
fn numbers_are_compared_as_numbers() {
    for (schema, value, is_good) in [
        (json!({ "minimum": 0.0 }), json!(-0.0), true),
        (json!({ "minimum": 9_007_199_254_740_993_i64 }), json!(9_007_199_254_740_992_i64), false),
        (json!({ "multipleOf": 0.1 }), json!(0.3), true),
        (json!({ "multipleOf": 0.1 }), json!(0.35), false),
        (json!({ "multipleOf": 0.1 }), json!(10_000_000_000.05), false),
        (json!({ "multipleOf": 3 }), json!(9_007_199_254_740_993_i64), true),
        (json!({ "type": "integer", "minimum": 0 }), json!(3.402_823_669_209_385e38), true),
        (json!({ "const": 1.0 }), json!(1), true),
    ] {
        assert_eq!(violation(&schema, &value).is_none(), is_good, "{schema} {value}");
    }
}

#[test]
fn a_member_is_unknown_only_where_no_schema_around_speaks_of_it() {
    let schema = json!({
        "properties": { "name": { "maxLength": 3 } },
        "oneOf": [{ "properties": { "a": { "maximum": 5 } }, "required": ["a"] }, { "$ref": "#/$defs/b" }],
        "$defs": { "b": { "properties": { "b": true }, "required": ["b"] } },
    });
    let patterns = Patterns::of(&schema);
    let closed = Checker { root: &schema, patterns: &patterns, is_input: true };
    for (value, is_good) in [
        (json!({ "name": "x", "a": 5 }), true),
        (json!({ "name": "x", "b": 5 }), true),
        (json!({ "name": "x", "b": 5, "c": 1 }), false),
        // What one choice bounds cannot be written beside another.
        (json!({ "name": "x", "b": 5, "a": 9 }), false),
    ] {
        assert_eq!(closed.violation(&value).is_none(), is_good, "{value}");
        assert_eq!(violation(&schema, &value), None);
    }
}

#[test]
fn a_schema_that_refers_to_itself_comes_to_an_end() {
    assert_eq!(text(&json!({ "$ref": "#" }), &json!(1)), ": has a schema that refers to itself");
    let schema = json!({ "properties": { "in": { "$ref": "#" }, "size": { "maximum": 3 } } });
    let deep = (0..120).fold(json!({ "size": 4 }), |inner, _| json!({ "in": inner }));
    assert!(text(&schema, &deep).ends_with(".size: must be at most 3"));
}

#[test]
fn a_reference_is_followed_by_its_name_or_the_value_is_refused() {
    let definitions = json!({ "Größe": { "maximum": 3 }, "List<{T}>": { "required": ["a"] } });
    for (reference, value, said) in [
        ("#/$defs/Gr%C3%B6%C3%9Fe", json!(4), ": must be at most 3"),
        ("#/$defs/List%3C%7BT%7D%3E", json!({}), ": missing field `a`"),
        ("#/$defs/Gr%C3%B6%C3%9Fe", json!(3), ""),
        ("#/$defs/none", json!(1), r##": has a schema in which "#/$defs/none" refers to nothing"##),
        ("none", json!(1), r#": has a schema in which "none" refers to nothing"#),
    ] {
        assert_eq!(text(&json!({ "$ref": reference, "$defs": definitions }), &value), said);
    }
}

#[test]
fn a_choice_says_what_is_wrong_with_the_value_and_not_that_it_is_not_null() {
    let documented = json!({ "oneOf": [
        { "const": "red", "description": "Like blood." },
        { "type": "string", "enum": ["green", "blue"] },
    ] });
    let schema = |inner: &Value| {
        json!({ "anyOf": [inner, { "$ref": "#/$defs/nothing" }], "$defs": {
        "nothing": { "type": "null" },
        "inner": { "properties": { "size": { "maximum": 3 } }, "required": ["size"], "additionalProperties": false },
        "documented": documented,
    } })
    };
    let point = json!({ "$ref": "#/$defs/inner" });
    for (inner, value, said) in [
        (&documented, json!("pink"), r#": must be one of "red", "green", "blue""#),
        (&json!({ "$ref": "#/$defs/documented" }), json!(1), r#": must be one of "red", "green", "blue""#),
        (&point, json!({ "size": 1, "x": 2 }), ": unknown field `x`, expected `size`"),
        (&point, json!({ "size": 4 }), "size: must be at most 3"),
        (&json!({ "type": "object" }), json!("x"), ": must be of the type object"),
        (&json!({ "enum": [null] }), json!("x"), ": must be of the type null"),
        (&json!({ "const": null }), json!(null), ""),
        // A text is an unknown color rather than no number.
        (
            &json!({ "anyOf": [documented, { "type": "integer" }] }),
            json!("pink"),
            r#": must be one of "red", "green", "blue""#,
        ),
        (
            &json!({ "anyOf": [point, { "type": "integer" }] }),
            json!({ "x": 1 }),
            ": unknown field `x`, expected `size`",
        ),
    ] {
        assert_eq!(text(&schema(inner), &value), said, "{inner} {value}");
    }
}
