//! What holds for a set of tools: names, limits, the same bytes each time, and a file to hold them against.

use std::{fs, sync::Arc};

use async_trait::async_trait;
use jit_tools::{
    Tool, ToolContext, ToolDefinition, ToolError, ToolOutput, Toolset,
    export::{Export, ExportError, ExportOptions, Provider},
};
use serde_json::{Map, Value, json};

use crate::{forms, zoo};

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

#[test]
fn limits_are_told_with_the_tool_the_place_and_what_to_do() {
    let nested = (0..11).fold(json!({"type": "string"}), |inner, _| object(Map::from_iter([("a".to_owned(), inner)])));
    let many: Vec<_> = (0..1001).map(|index| format!("v{index}")).collect();
    let optional: Vec<_> = (0..5).map(|index| tool(&format!("t{index}"), texts(5))).collect();
    let twenty_one: Vec<_> = (0..21).map(|index| tool(&format!("t{index}"), texts(0))).collect();
    for (error, said) in [
        (
            strict(Provider::OpenAiChat, &[tool("wide", texts(5001))]),
            "openai-chat does not take the tool `wide`: there are more than 5000 properties up to here: split the tool",
        ),
        (
            strict(Provider::OpenAiResponses, &[tool("deep", nested)]),
            "openai-responses does not take the tool `deep`: at `/properties/a/properties/a/properties/a/properties/a\
             /properties/a/properties/a/properties/a/properties/a/properties/a/properties/a`, objects are nested more \
             than 10 levels deep: nest the arguments less deeply",
        ),
        (
            strict(
                Provider::OpenAiChat,
                &[tool("choosy", json!({"type": "object", "properties": {"v": {"type": "string", "enum": many}}}))],
            ),
            "openai-chat does not take the tool `choosy`: at `/properties/v`, there are more than 1000 values of enums",
        ),
        (
            strict(Provider::Anthropic, &optional),
            "anthropic does not take the tool `t4`: strict tools have more than 24 optional properties with it: export \
             some tools in the plain form with `ExportOptions::relaxed(name)`",
        ),
        (
            strict(Provider::Anthropic, &twenty_one),
            "anthropic does not take the tool `t20`: there are more than 20 strict tools: ",
        ),
        (
            Export::new(
                &(0..129).map(|index| tool(&format!("t{index}"), texts(1))).collect::<Vec<_>>(),
                &Provider::OpenAiChat.into(),
            ),
            "openai-chat does not take the tool `t128`: there are more than 128 tools: offer fewer tools at once",
        ),
    ] {
        let error = error.unwrap_err();
        assert!(error.to_string().starts_with(said), "{error}\ninstead of\n{said}");
    }
    let relaxed = ExportOptions::new(Provider::Anthropic).strict().relaxed("t20");
    let export = Export::new(&twenty_one, &relaxed).unwrap();
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
fn the_bytes_are_the_same_each_time() {
    for (form, options) in forms::all() {
        for entry in zoo::entries() {
            let (Ok(one), Ok(two)) = (
                forms::export_one(&entry.definition, &options),
                forms::export_one(&entry.definition.clone(), &options),
            ) else {
                continue;
            };
            assert_eq!(one.to_json(), two.to_json(), "{form} {}", entry.name);
        }
    }
    let tools = [tool("one", texts(2)), tool("two", texts(1))];
    let digest = Export::new(&tools, &Provider::OpenAiChat.into()).unwrap().digest();
    // Known, so that another platform is held against this one.
    expect_test::expect!["85992f2bfe75198dd2b21d211d78e34f787ea356c00a7bde02155756c05daa12"].assert_eq(&digest);
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
