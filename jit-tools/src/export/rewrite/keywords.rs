//! Keywords and formats that a provider does not know: what they say moves into the description.

use serde_json::{Value, json};

use crate::export::{
    dialect::{Dialect, Formats, Keywords, Objects, Types},
    schema::{MARK, Object, describe, each},
};

/// The keywords that make up the structure, which other rewrites have brought into the dialect's form.
const STRUCTURE: [&str; 15] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "items",
    "prefixItems",
    "anyOf",
    "oneOf",
    "enum",
    "const",
    "$ref",
    "$defs",
    "description",
    "nullable",
];

/// Formats that say how a number is stored. A model learns nothing from them that the bounds do not say.
const STORAGE: [&str; 15] = [
    "int8", "int16", "int32", "int64", "int128", "int", "uint8", "uint16", "uint32", "uint64", "uint128", "uint",
    "float", "double", "unknown",
];

pub(super) fn rewrite(schema: &mut Value, dialect: &Dialect) {
    each(schema, &mut |schema| {
        let moved: Vec<String> = schema
            .iter()
            .filter(|(keyword, value)| !is_known(keyword, value, dialect))
            .map(|(keyword, _)| keyword.clone())
            .collect();
        for keyword in moved {
            let Some(value) = schema.shift_remove(&keyword) else { continue };
            if let Some(sentence) = sentence(&keyword, &value) {
                describe(schema, &sentence);
            }
        }
        if dialect.types == Types::Upper {
            write_upper(schema);
        }
    });
}

fn is_known(keyword: &str, value: &Value, dialect: &Dialect) -> bool {
    if keyword == "additionalProperties" {
        return dialect.objects != Objects::Unclosable;
    }
    if STRUCTURE.contains(&keyword) || keyword == MARK {
        return true;
    }
    if keyword == "format" {
        return match dialect.formats {
            Formats::All => true,
            Formats::Only(formats) => value.as_str().is_some_and(|own| formats.contains(&own)),
        };
    }
    let is_small = || match dialect.largest_min_items {
        Some(largest) if keyword == "minItems" => value.as_u64().is_some_and(|own| own <= largest),
        _ => true,
    };
    match dialect.keywords {
        Keywords::All => true,
        Keywords::Only(keywords) => keywords.contains(&keyword) && is_small(),
    }
}

/// What a keyword says, for a model.
fn sentence(keyword: &str, value: &Value) -> Option<String> {
    let is_one = *value == json!(1);
    Some(match keyword {
        "format" if STORAGE.iter().any(|format| value == format) => return None,
        "format" => format!("Format: {}.", value.as_str()?),
        "minimum" => format!("At least {value}."),
        "maximum" => format!("At most {value}."),
        "exclusiveMinimum" => format!("More than {value}."),
        "exclusiveMaximum" => format!("Less than {value}."),
        "multipleOf" => format!("A multiple of {value}."),
        "minLength" => format!("At least {value} character{}.", if is_one { "" } else { "s" }),
        "maxLength" => format!("At most {value} character{}.", if is_one { "" } else { "s" }),
        "minItems" => format!("At least {value} item{}.", if is_one { "" } else { "s" }),
        "maxItems" => format!("At most {value} item{}.", if is_one { "" } else { "s" }),
        "minProperties" => format!("At least {value} entr{}.", if is_one { "y" } else { "ies" }),
        "maxProperties" => format!("At most {value} entr{}.", if is_one { "y" } else { "ies" }),
        "pattern" => format!("Matches the regular expression `{}`.", value.as_str()?),
        "uniqueItems" if *value == json!(true) => "No item twice.".to_owned(),
        "default" if !value.is_null() => format!("Default: {value}."),
        "examples" => format!("Examples: {}.", listed(value)?),
        "deprecated" if *value == json!(true) => "Deprecated.".to_owned(),
        "not" => format!("Not {}.", value.get("const").or_else(|| value.get("enum")?.get(0))?),
        _ => return None,
    })
}

fn listed(values: &Value) -> Option<String> {
    Some(values.as_array()?.iter().map(Value::to_string).collect::<Vec<_>>().join(", "))
}

fn write_upper(schema: &mut Object) {
    if let Some(Value::String(name)) = schema.get_mut("type") {
        *name = name.to_ascii_uppercase();
    }
}
