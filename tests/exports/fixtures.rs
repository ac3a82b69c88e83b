//! What the judges in other languages look at: `tests/interop/export/run` has it written, and asks them.

use std::{env, fs, path::PathBuf};

use jit_tools::{
    ToolOutput,
    export::{Export, ToolAnswer, ToolUse},
    tool::ContentPart,
};
use serde_json::{Map, Value, json};

use crate::{canonical, forms, zoo};

#[test]
#[ignore = "writes files for the judges in other languages; run by tests/interop/export/run"]
fn write_the_fixtures() {
    let path = PathBuf::from(env::var_os("INTEROP_FIXTURES").expect("INTEROP_FIXTURES names a file"));
    let forms: Map<String, Value> = forms::all().into_iter().map(|(name, options)| (name, form(&options))).collect();
    let fixtures = json!({ "types": canonical::of_types(), "forms": forms });
    fs::write(path, fixtures.to_string()).unwrap();
}

fn form(options: &jit_tools::export::ExportOptions) -> Value {
    let mut tools = Map::new();
    for entry in zoo::entries() {
        let Ok(export) = forms::export_one(&entry.definition, options) else { continue };
        let wire: Vec<_> = entry.reads.iter().map(|value| export.encode(entry.name, value).unwrap()).collect();
        let tool = json!({
            "tool": export.tools()[0],
            "schema": export.schema(entry.name),
            "strict": export.is_strict(entry.name),
            "request": export.request(),
            "values": wire,
        });
        tools.insert(entry.name.to_owned(), tool);
    }
    let (turn, results) = conversation(options);
    json!({ "provider": options.provider().name(), "tools": tools, "turn": turn, "results": results })
}

/// A turn with a text and three parallel calls, and their results, of which one is an error and one has parts.
fn conversation(options: &jit_tools::export::ExportOptions) -> (Vec<Value>, Vec<Value>) {
    let entries = zoo::entries();
    let known: Vec<_> =
        entries.iter().filter(|entry| ["bool", "pair"].contains(&entry.name)).map(|entry| &entry.definition).collect();
    let export = Export::new(known, options).unwrap();
    let calls = [
        ToolUse::new("toolu_01A-b", "bool", json!({"yes": true})),
        ToolUse::new("call|with/odd.id", "pair", json!({"pair": ["a", 1], "same": [0.5, 1.0]})),
        ToolUse::new("call_3", "bool", json!({"yes": false})),
    ];
    let uri = "docs://maps/route".to_owned();
    let output = ToolOutput::parts([
        ContentPart::Text("A map.".to_owned()),
        ContentPart::Image { media_type: "image/png".to_owned(), data: vec![1, 2, 3].into() },
        ContentPart::Resource { uri: uri.clone(), media_type: None, text: Some("# Route".to_owned()) },
        ContentPart::Resource { uri, media_type: Some("text/markdown".to_owned()), text: None },
    ]);
    let answers = [
        ToolAnswer::structured(&calls[0], &json!({"done": true})),
        ToolAnswer::error(&calls[1], "It is not there."),
        ToolAnswer::ok(&calls[2], output.as_text()).with_parts(output.content()),
    ];
    (export.turn(Some("Looking it up."), &calls), export.results(&answers))
}
