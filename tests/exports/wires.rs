//! Calls and results in each provider's wire shape, both ways.

use jit_tools::{
    ToolDefinition, ToolOutput,
    export::{Export, ExportOptions, Provider, ToolAnswer, ToolUse},
    tool::{ContentPart, ToolAnnotations, ToolIcon},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema matters")]
struct Between {
    /// Two places.
    places: (String, u8),
    #[serde(default)]
    fast: bool,
}

fn export(provider: Provider) -> Export {
    let tools =
        [ToolDefinition::new::<Between>("maps.route", "Finds a way."), ToolDefinition::new::<Between>("other", "")];
    Export::new(&tools, &ExportOptions::new(provider)).unwrap()
}

/// An answer with two calls as this provider writes it: one in order, one with malformed JSON or of no such tool.
fn answer(provider: Provider, route: &str, arguments: &Value) -> Value {
    let text = arguments.to_string();
    match provider {
        Provider::OpenAiChat | Provider::DeepSeek | Provider::Xai | Provider::Mistral => {
            json!({"choices": [{"message": {
                "role": "assistant", "content": null, "reasoning_content": "Hm.", "tool_calls": [
                    {"id": "abcDEF123", "type": "function", "function": {"name": route, "arguments": text}},
                    {"id": "abcDEF124", "type": "function", "function": {"name": route, "arguments": "{\"places\": ["}},
                ],
            }}]})
        }
        Provider::OpenAiResponses => json!({"output": [
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"},
            {"type": "function_call", "id": "fc_1", "call_id": "abcDEF123", "name": route, "arguments": text},
            {"type": "function_call", "id": "fc_2", "call_id": "abcDEF124", "name": route, "arguments": "{\"places\": ["},
        ]}),
        Provider::Anthropic => json!({"role": "assistant", "stop_reason": "tool_use", "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "sig"},
            {"type": "tool_use", "id": "abcDEF123", "name": route, "input": arguments},
            {"type": "tool_use", "id": "abcDEF124", "name": "nowhere", "input": {}},
        ]}),
        Provider::Gemini | Provider::GeminiOpenApi => json!({"candidates": [{"content": {"role": "model", "parts": [
            {"functionCall": {"name": route, "args": arguments, "id": "abcDEF123"}, "thoughtSignature": "c2ln"},
            {"functionCall": {"name": "nowhere"}},
        ]}}]}),
        Provider::Bedrock => json!({"stopReason": "tool_use", "output": {"message": {"role": "assistant", "content": [
            {"toolUse": {"toolUseId": "abcDEF123", "name": route, "input": arguments}},
            {"toolUse": {"toolUseId": "abcDEF124", "name": "nowhere", "input": {}}},
        ]}}}),
        Provider::Cohere => {
            json!({"finish_reason": "TOOL_CALL", "message": {"role": "assistant", "tool_plan": "Hm.", "tool_calls": [
                {"id": "abcDEF123", "type": "function", "function": {"name": route, "arguments": text}},
                {"id": "abcDEF124", "type": "function", "function": {"name": route, "arguments": "{\"places\": ["}},
            ]}})
        }
        Provider::Ollama => json!({"message": {"role": "assistant", "content": "", "thinking": "Hm.", "tool_calls": [
            {"function": {"name": route, "arguments": arguments}},
            {"function": {"name": "nowhere", "arguments": {}}},
        ]}}),
        _ => {
            json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": route, "arguments": arguments}})
        }
    }
}

#[test]
fn calls_are_read_from_every_providers_answer() {
    let arguments = json!({"places": ["a", 1], "fast": true});
    for provider in Provider::all() {
        let export = export(*provider);
        let wire = export.encode("maps.route", &arguments).unwrap();
        let calls = export.calls(&answer(*provider, export.wire_name("maps.route").unwrap(), &wire)).unwrap();
        assert_eq!((calls[0].name(), calls[0].arguments().unwrap()), ("maps.route", &arguments), "{provider}");
        assert_eq!(serde_json::from_str::<Value>(calls[0].json()).unwrap(), arguments, "{provider}");
        match calls.get(1) {
            // What is malformed reaches the tool, which tells the model.
            Some(call) if call.name() == "maps.route" => {
                assert!(
                    call.arguments().unwrap_err().is_malformed_json() && call.json() == "{\"places\": [",
                    "{provider}"
                );
            }
            Some(call) => assert_eq!((call.name(), call.json()), ("nowhere", "{}"), "{provider}"),
            None => assert!(provider.name().starts_with("mcp"), "{provider}"),
        }
    }
}

#[test]
fn the_models_turn_goes_back_as_it_came() {
    for provider in Provider::all() {
        let export = export(*provider);
        let answer = answer(*provider, export.wire_name("maps.route").unwrap(), &json!({"places": []}));
        let reply = Value::from(export.reply(&answer).unwrap()).to_string();
        for kept in [
            "reasoning_content",
            "encrypted_content",
            "\"signature\":\"sig\"",
            "thoughtSignature",
            "thinking",
            "tool_plan",
        ] {
            let is_there = answer.to_string().contains(kept);
            assert_eq!(reply.contains(kept), is_there, "{provider}: {kept} in {reply}");
        }
    }
}

#[test]
fn a_turn_that_is_written_is_read_again() {
    for provider in Provider::all() {
        let export = export(*provider);
        let calls = [
            ToolUse::new("abcDEF123", "maps.route", json!({"places": ["a", 1]})),
            ToolUse::new("abcDEF124", "other", json!({"places": ["b", 2], "fast": false})),
        ];
        let turn = export.turn(Some("Now."), &calls);
        let read: Vec<_> = match provider {
            Provider::OpenAiResponses => export.calls(&turn.into()).unwrap(),
            _ => turn.iter().flat_map(|message| export.calls(message).unwrap()).collect(),
        };
        assert_eq!(read.len(), 2, "{provider}");
        for (read, written) in read.iter().zip(&calls) {
            assert_eq!(read.arguments().unwrap(), written.arguments().unwrap(), "{provider}");
            assert_eq!(read.name(), written.name(), "{provider}");
            assert!(read.id() == written.id() || *provider == Provider::Ollama, "{provider}");
        }
    }
}

#[test]
fn an_error_is_told_in_each_providers_way() {
    let call = ToolUse::new("abcDEF123", "maps.route", json!({}));
    let (fine, failed) = (ToolAnswer::ok(&call, "Left."), ToolAnswer::error(&call, "No way."));
    for provider in Provider::all() {
        let results = Value::from(export(*provider).results(&[fine.clone(), failed.clone()]));
        let (flag, count) = match provider {
            Provider::Anthropic => ("\"is_error\":true", 1),
            Provider::Bedrock => ("\"status\":\"error\"", 1),
            Provider::Gemini | Provider::GeminiOpenApi => ("\"error\":\"No way.\"", 1),
            Provider::Mcp20250618 | Provider::Mcp20251125 | Provider::Mcp20260728 => ("\"isError\":true", 2),
            _ => ("Error: No way.", 2),
        };
        assert_eq!(results.to_string().matches(flag).count(), 1, "{provider}: {results}");
        // Providers that ask for it get the results of parallel calls in one message.
        assert_eq!(results.as_array().unwrap().len(), count, "{provider}: {results}");
    }
}

fn picture() -> ContentPart {
    ContentPart::Image { media_type: "image/png".to_owned(), data: vec![1, 2, 3].into() }
}

fn resource(text: Option<&str>) -> ContentPart {
    let (uri, media_type) = ("docs://maps/route".to_owned(), Some("text/markdown".to_owned()));
    ContentPart::Resource { uri, media_type, text: text.map(str::to_owned) }
}

#[test]
fn images_and_resources_reach_the_providers_that_take_them() {
    let call = ToolUse::new("abcDEF123", "other", json!({}));
    let parts = [ContentPart::Text("A map.".to_owned()), picture(), resource(Some("# Route")), resource(None)];
    let output = ToolOutput::parts(parts);
    let answer = ToolAnswer::ok(&call, output.as_text()).with_parts(output.content());
    let [image_line, link_line] = ["[an image, image/png, 3 bytes]", "[a resource: docs://maps/route]"];
    let text = format!("A map.\n{image_line}\n# Route\n{link_line}");
    for provider in Provider::all() {
        let (pointer, expected) = match provider {
            Provider::Anthropic => (
                "/0/content/0/content",
                json!([
                    {"type": "text", "text": "A map."},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AQID"}},
                    {"type": "text", "text": "# Route"},
                    {"type": "text", "text": link_line},
                ]),
            ),
            Provider::Bedrock => (
                "/0/content/0/toolResult/content",
                json!([
                    {"text": "A map."},
                    {"image": {"format": "png", "source": {"bytes": "AQID"}}},
                    {"text": "# Route"},
                    {"text": link_line},
                ]),
            ),
            Provider::OpenAiResponses => (
                "/0/output",
                json!([
                    {"type": "input_text", "text": "A map."},
                    {"type": "input_image", "image_url": "data:image/png;base64,AQID"},
                    {"type": "input_text", "text": "# Route"},
                    {"type": "input_text", "text": link_line},
                ]),
            ),
            Provider::Gemini | Provider::GeminiOpenApi => (
                "/0/parts/0/functionResponse",
                json!({
                    "id": "abcDEF123", "name": "other", "response": {"output": text},
                    "parts": [{"inlineData": {"mimeType": "image/png", "data": "AQID"}}],
                }),
            ),
            Provider::Mcp20250618 | Provider::Mcp20251125 | Provider::Mcp20260728 => (
                "/0/content",
                json!([
                    {"type": "text", "text": "A map."},
                    {"type": "image", "data": "AQID", "mimeType": "image/png"},
                    {"type": "resource",
                     "resource": {"uri": "docs://maps/route", "text": "# Route", "mimeType": "text/markdown"}},
                    {"type": "resource_link",
                     "uri": "docs://maps/route", "name": "route", "mimeType": "text/markdown"},
                ]),
            ),
            _ => ("/0/content", json!(text)),
        };
        let results = Value::from(export(*provider).results(std::slice::from_ref(&answer)));
        assert_eq!(results.pointer(pointer), Some(&expected), "{provider}");
    }
}

#[test]
fn an_image_that_no_model_reads_is_told_in_words() {
    let call = ToolUse::new("abcDEF123", "other", json!({}));
    let drawing = ContentPart::Image { media_type: "image/svg+xml".to_owned(), data: vec![1].into() };
    let answer = ToolAnswer::ok(&call, "A drawing.").with_parts(&[drawing]);
    for (provider, pointer) in [
        (Provider::Anthropic, "/0/content/0/content/0/text"),
        (Provider::Bedrock, "/0/content/0/toolResult/content/0/text"),
        (Provider::OpenAiResponses, "/0/output/0/text"),
    ] {
        let results = Value::from(export(provider).results(std::slice::from_ref(&answer)));
        assert_eq!(results.pointer(pointer), Some(&json!("[an image, image/svg+xml, 1 bytes]")), "{provider}");
    }
}

#[test]
fn no_provider_gets_an_empty_result() {
    let call = ToolUse::new("abcDEF123", "other", json!({}));
    let nothing = ContentPart::Text(String::new());
    for provider in Provider::all() {
        let export = export(*provider);
        for answer in
            [ToolAnswer::ok(&call, ""), ToolAnswer::ok(&call, " \n").with_parts(std::slice::from_ref(&nothing))]
        {
            let results = Value::from(export.results(&[answer])).to_string();
            assert!(results.contains("\"done\""), "{provider}: {results}");
        }
        let results = Value::from(export.results(&[ToolAnswer::error(&call, "")])).to_string();
        assert!(results.contains("failed"), "{provider}: {results}");
    }
}

#[test]
fn ids_fit_the_provider_that_they_are_sent_to() {
    let call = ToolUse::new("call|with/odd.id", "other", json!({}));
    for (provider, pointer) in [
        (Provider::Mistral, "/0/tool_call_id"),
        (Provider::Anthropic, "/0/content/0/tool_use_id"),
        (Provider::Bedrock, "/0/content/0/toolResult/toolUseId"),
    ] {
        let export = export(provider);
        let results = Value::from(export.results(&[ToolAnswer::ok(&call, "")]));
        let id = results.pointer(pointer).unwrap().as_str().unwrap();
        assert!(id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{provider}: {id}");
        assert!(id.len() == 9 || provider != Provider::Mistral, "{id}");
        assert!(
            Value::from(export.turn(None, std::slice::from_ref(&call))).to_string().contains(id),
            "{provider}: {id}"
        );
    }
}

#[test]
fn gemini_calls_without_an_id_are_answered_without_one() {
    let export = export(Provider::Gemini);
    let calls = export
        .calls(&json!({"parts": [{"functionCall": {"name": "other", "args": {}}, "thoughtSignature": "c2ln"}]}))
        .unwrap();
    assert_eq!((calls[0].id(), calls[0].thought_signature()), ("call_0", Some(&json!("c2ln"))));
    assert_eq!(
        export.results(&[ToolAnswer::ok(&calls[0], "done")]),
        [json!({"role": "user", "parts": [{"functionResponse": {"name": "other", "response": {"output": "done"}}}]})]
    );
    assert_eq!(export.turn(None, &calls)[0]["parts"][0]["thoughtSignature"], "c2ln");
}

#[test]
fn what_is_no_answer_is_told_as_such() {
    for provider in Provider::all() {
        let error = export(*provider).calls(&json!({"error": "overloaded"})).unwrap_err();
        assert!(error.is_foreign_answer() && error.to_string().contains(provider.name()), "{provider}: {error}");
    }
}

#[test]
fn mcp_shows_all_that_is_known_of_a_tool() {
    let icon = ToolIcon {
        src: "https://example.com/route.png".to_owned(),
        mime_type: Some("image/png".to_owned()),
        sizes: vec!["48x48".to_owned()],
    };
    let tool = ToolDefinition::new::<Between>("route", "Finds a way.")
        .with_title("Route")
        .with_output::<Vec<String>>()
        .with_annotations(ToolAnnotations { read_only: Some(true), ..ToolAnnotations::default() })
        .with_icon(icon);
    let shown = |provider| Export::new([&tool], &ExportOptions::new(provider)).unwrap().tools()[0].clone();
    let (june, november, july) =
        (shown(Provider::Mcp20250618), shown(Provider::Mcp20251125), shown(Provider::Mcp20260728));
    for tool in [&june, &november, &july] {
        assert_eq!((&tool["title"], &tool["annotations"]), (&json!("Route"), &json!({"readOnlyHint": true})));
    }
    assert!(june.get("icons").is_none() && november["icons"][0]["sizes"] == json!(["48x48"]));
    // An output that is no object came with the last of them.
    assert!(november.get("outputSchema").is_none() && july["outputSchema"]["type"] == "array");
    // A provider whose form has no place for it gets nothing of it.
    assert!(shown(Provider::OpenAiChat)["function"].get("title").is_none());
}
