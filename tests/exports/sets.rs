//! What holds for a set of tools: names, limits, and a file to hold them against.

use std::{fs, sync::Arc};

use async_trait::async_trait;
use jit_tools::{
    Tool, ToolContext, ToolDefinition, ToolError, ToolOutput, Toolset,
    export::{Export, ExportError, ExportOptions, Provider},
};
use serde_json::{Map, Value, json};

struct Named(ToolDefinition);

#[async_trait]
impl Tool for Named {
    fn definition(&self) -> &ToolDefinition {
        &self.0
    }

    async fn call(&self, _: &ToolContext) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::text("done"))
    }
}

fn tool(name: &str, schema: Value) -> ToolDefinition {
    ToolDefinition::with_schema(name, "Does something.", schema).unwrap()
}

fn object(properties: Map<String, Value>) -> Value {
    json!({"type": "object", "properties": properties})
}

fn texts(count: usize) -> Value {
    object((0..count).map(|index| (format!("p{index}"), json!({"type": "string"}))).collect())
}

fn strict(provider: Provider, tools: &[ToolDefinition]) -> Result<Export, ExportError> {
    Export::new(tools, &ExportOptions::new(provider).strict())
}

#[test]
fn names_fit_every_provider_and_lead_back() {
    let long = "a".repeat(200);
    let names = ["plain", "fs.read", "fs_read", "fs/read", "größe", "2fa", &long, "文書"];
    let tools: Vec<_> = names.iter().map(|name| tool(name, texts(1))).collect();
    for provider in Provider::all() {
        let export = Export::new(&tools, &ExportOptions::new(*provider)).unwrap();
        let mut seen = Vec::new();
        for name in names {
            let wire = export.wire_name(name).unwrap();
            let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_-.:".contains(c);
            assert!(wire.len() <= 128 && !wire.is_empty() && wire.chars().all(is_allowed), "{provider}: {wire}");
            assert!(!seen.contains(&wire), "{provider}: {wire} twice");
            seen.push(wire);
            let turn = export.turn(None, &[jit_tools::export::ToolUse::new("abcDEF123", name, json!({}))]);
            let turn = if *provider == Provider::OpenAiResponses { turn.into() } else { turn[0].clone() };
            assert_eq!(export.calls(&turn).unwrap()[0].name(), name, "{provider}");
        }
        assert_eq!(export.wire_name("plain"), Some("plain"), "a name that fits stays");
        assert_eq!(export.wire_name("fs_read"), Some("fs_read"), "and is not given to another");
    }
}

#[test]
fn names_that_a_model_could_not_tell_apart_are_refused_when_a_set_is_built() {
    let add = |tools: &mut Toolset, name: &str| tools.add(Arc::new(Named(tool(name, texts(1)))));
    let mut tools = Toolset::new();
    for name in ["fs.read", "fs/write", "größe", "文書", "検索", &"a".repeat(200), &"a".repeat(201)] {
        add(&mut tools, name).unwrap();
    }
    for (name, said) in [
        ("", "a tool has no name: give it one"),
        ("fs.read", "there are two tools named `fs.read`: give one of them another name"),
        (
            "fs_read",
            "the tools `fs_read` and `fs.read` are both `fs_read` to providers that take only ASCII letters, digits, \
             `_` and `-` in names: give one of them another name",
        ),
        (
            "fs_write",
            "the tools `fs_write` and `fs/write` are both `fs_write` to providers that take only ASCII letters, \
             digits, `_` and `-` in names: give one of them another name",
        ),
    ] {
        let mut other = Toolset::new();
        let error = match add(&mut tools, name) {
            Err(error) => error,
            Ok(()) => panic!("{name} was added"),
        };
        assert_eq!((error.to_string().as_str(), error.name()), (said, name));
        if !name.is_empty() {
            add(&mut other, "new").unwrap();
            add(&mut other, name).unwrap();
            assert_eq!(tools.merge(other).unwrap_err(), error);
        }
        assert_eq!(tools.len(), 7, "the set is as it was");
    }
    for provider in Provider::all() {
        let export = tools.export(*provider).unwrap();
        for definition in tools.definitions() {
            let name = definition.name();
            let wire = export.wire_name(name).unwrap();
            assert_eq!(export.tool_name(wire), Some(name), "{provider}: {wire}");
        }
    }
}

#[test]
fn an_export_of_tools_without_a_set_refuses_a_name_that_is_there_twice() {
    for (names, said) in [
        (["a", "a"], "ollama does not take the tool `a`: another tool has the same name: give it a name of its own"),
        (["a", ""], "ollama does not take the tool ``: it has no name: give it a name of its own"),
    ] {
        let error = Export::new(&names.map(|name| tool(name, texts(1))), &Provider::Ollama.into()).unwrap_err();
        assert_eq!(error.to_string(), said);
    }
}

/// A limit: an export that takes so much of it, what is said of one more, and how much may be taken.
struct Limit {
    most: usize,
    export: fn(usize) -> Result<Export, ExportError>,
    said: &'static str,
}

fn many(count: usize, schema: &Value) -> Vec<ToolDefinition> {
    (0..count).map(|index| tool(&format!("t{index}"), schema.clone())).collect()
}

fn enums(values: usize, length: usize) -> Value {
    let values: Vec<_> = (0..values).map(|index| format!("{index:0length$}")).collect();
    json!({"type": "object", "properties": {"v": {"type": "string", "enum": values}}, "required": ["v"]})
}

/// Each limit of the table.
const LIMITS: [Limit; 11] = [
    Limit {
        most: 5000,
        export: |count| strict(Provider::OpenAiChat, &[tool("wide", texts(count))]),
        said: "openai-chat does not take the tool `wide`: there are more than 5000 properties up to here: split the tool \
               into smaller ones, or take rarely used arguments together as one text",
    },
    Limit {
        most: 10,
        export: |count| {
            let inner = json!({"type": "string"});
            let nested = (0..count).fold(inner, |inner, _| object(Map::from_iter([("a".to_owned(), inner)])));
            strict(Provider::OpenAiResponses, &[tool("deep", nested)])
        },
        said: "openai-responses does not take the tool `deep`: at `/properties/a/properties/a/properties/a/properties/a\
               /properties/a/properties/a/properties/a/properties/a/properties/a/properties/a`, objects are nested more \
               than 10 levels deep: nest the arguments less deeply",
    },
    Limit {
        most: 1000,
        export: |count| strict(Provider::OpenAiChat, &[tool("choosy", enums(count, 4))]),
        said: "openai-chat does not take the tool `choosy`: at `/properties/v`, there are more than 1000 values of enums \
               up to here: take a string, and list the values in its description, or check them in the tool",
    },
    Limit {
        most: 15_000 / 300,
        export: |length| strict(Provider::OpenAiChat, &[tool("choosy", enums(300, length))]),
        said: "openai-chat does not take the tool `choosy`: at `/properties/v`, an enum of more than 250 values has more \
               than 15000 characters: take a string, and list the values in its description, or check them in the tool",
    },
    Limit {
        // The names of a thousand properties.
        most: 120,
        export: |length| {
            let properties = (0..1000).map(|index| (format!("{index:0length$}"), json!({"type": "string"})));
            strict(Provider::OpenAiChat, &[tool("wordy", object(properties.collect()))])
        },
        said: "openai-chat does not take the tool `wordy`: names and constants have more than 120000 characters up to \
               here: split the tool into smaller ones, or take rarely used arguments together as one text",
    },
    Limit {
        most: 128,
        export: |count| Export::new(&many(count, &texts(1)), &Provider::OpenAiChat.into()),
        said: "openai-chat does not take the tool `t128`: there are more than 128 tools: offer fewer tools at once",
    },
    Limit {
        most: 512,
        export: |count| Export::new(&many(count, &texts(1)), &Provider::Gemini.into()),
        said: "gemini does not take the tool `t512`: there are more than 512 tools: offer fewer tools at once",
    },
    Limit {
        most: 20,
        export: |count| strict(Provider::Anthropic, &many(count, &texts(0))),
        said: "anthropic does not take the tool `t20`: there are more than 20 strict tools: export some tools in the \
               plain form with `ExportOptions::relaxed(name)`, or offer fewer at once",
    },
    Limit {
        most: 24,
        export: |count| strict(Provider::Anthropic, &[tool("none", texts(0)), tool("last", texts(count))]),
        said: "anthropic does not take the tool `last`: strict tools have more than 24 optional properties with it: \
               export some tools in the plain form with `ExportOptions::relaxed(name)`, or offer fewer at once",
    },
    Limit {
        most: 16,
        export: |count| strict(Provider::Anthropic, &many(count, &nullable())),
        said: "anthropic does not take the tool `t16`: strict tools have more than 16 properties of a union type with it: \
               export some tools in the plain form with `ExportOptions::relaxed(name)`, or offer fewer at once",
    },
    Limit {
        most: 20,
        export: |count| strict(Provider::Bedrock, &many(count, &texts(0))),
        said: "bedrock does not take the tool `t20`: there are more than 20 strict tools: export some tools in the plain \
               form with `ExportOptions::relaxed(name)`, or offer fewer at once",
    },
];

fn nullable() -> Value {
    json!({"type": "object", "properties": {"a": {"type": ["string", "null"]}}, "required": ["a"]})
}

#[test]
fn limits_are_told_with_the_tool_the_place_and_what_to_do() {
    for Limit { most, export, said } in LIMITS {
        export(most).unwrap_or_else(|error| panic!("{most} are too much: {error}"));
        assert_eq!(export(most + 1).unwrap_err().to_string(), said);
    }
}

#[test]
fn a_tool_that_is_relaxed_takes_nothing_of_the_limits_of_strict_ones() {
    let relaxed = ExportOptions::new(Provider::Anthropic).strict().relaxed("t20");
    let export = Export::new(&many(21, &texts(0)), &relaxed).unwrap();
    assert!(export.is_strict("t19") && !export.is_strict("t20"));
}

#[test]
fn a_tool_that_cannot_be_strict_is_not_and_the_export_says_so() {
    let any = tool("any", json!({"type": "object", "properties": {"value": true}, "required": ["value"]}));
    let export = strict(Provider::OpenAiChat, &[any, tool("one", texts(1))]).unwrap();
    assert!(export.is_strict("one") && !export.is_strict("any"));
    let relaxed = export.relaxed();
    assert_eq!((relaxed.len(), relaxed[0].tool(), relaxed[0].path()), (1, "any", "/properties/value"));
    assert_eq!(relaxed[0].reason(), "any value is allowed");
    assert!(export.tools()[0]["function"].get("strict").is_none() && export.tools()[1]["function"]["strict"] == true);
}

#[test]
fn an_export_is_computed_once_and_shared_until_the_set_changes() {
    let mut tools = Toolset::new();
    tools.add(Arc::new(Named(tool("one", texts(1))))).unwrap();
    let first = tools.export(Provider::OpenAiChat).unwrap();
    let copy = tools.clone();
    assert!(Arc::ptr_eq(&first, &tools.export(Provider::OpenAiChat).unwrap()));
    assert!(Arc::ptr_eq(&first, &copy.export(Provider::OpenAiChat).unwrap()));
    assert!(!Arc::ptr_eq(&first, &tools.export_with(&ExportOptions::new(Provider::OpenAiChat).strict()).unwrap()));
    tools.add(Arc::new(Named(tool("two", texts(1))))).unwrap();
    assert_eq!(tools.export(Provider::OpenAiChat).unwrap().tools().len(), 2);
    assert_eq!(copy.export(Provider::OpenAiChat).unwrap().tools().len(), 1, "a copy has the tools that it had");
}

#[test]
fn a_change_of_what_the_model_sees_is_told_with_its_first_line() {
    let path = std::env::temp_dir().join(format!("jit-tools-golden-{}.json", std::process::id()));
    let before = Export::new([&tool("one", texts(1))], &Provider::OpenAiChat.into()).unwrap();
    fs::write(&path, format!("{:#}\n", Value::from(before.tools().to_vec()))).unwrap();
    before.assert_golden(&path).unwrap();
    let after = Export::new([&tool("one", texts(2))], &Provider::OpenAiChat.into()).unwrap();
    let error = after.assert_golden(&path).unwrap_err().to_string();
    assert!(error.contains("line 12 of ") && error.contains("UPDATE_GOLDEN=1"), "{error}");
    fs::remove_file(&path).unwrap();
    assert!(after.assert_golden(&path).is_err(), "a file that is not there is a change");
}
