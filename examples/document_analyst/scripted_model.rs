//! A model that needs no network: a server on loopback that speaks Chat Completions, and follows three rules.
//!
//! It is no language model, but it works with what it is given: it finds the document's id in what the user wrote,
//! and its summary is the first two sentences of the document that the tool returned.

use axum::{Json, Router, routing::post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Starts the model, and gives its base URL.
pub async fn start() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/v1", listener.local_addr()?);
    let router = Router::new().route("/v1/chat/completions", post(complete));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

async fn complete(Json(request): Json<Value>) -> Json<Value> {
    Json(answer(&request))
}

fn answer(request: &Value) -> Value {
    let messages = request["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let user = messages.iter().find(|message| message["role"] == "user");
    let user = user.and_then(|message| message["content"].as_str()).unwrap_or_default();
    let results: Vec<&str> = messages
        .iter()
        .filter(|message| message["role"] == "tool")
        .filter_map(|message| message["content"].as_str())
        .collect();
    let document = user.split(|c: char| !c.is_alphanumeric() && c != '_').find(|word| word.starts_with("doc_"));

    let (Some(document), offered) = (document, request["tools"].is_array()) else {
        return says("Which document do you mean?");
    };
    if !offered {
        return says("There is no tool that I could use.");
    }
    match results[..] {
        [] => calls("call_1", "fetch_protected_document", json!({ "document_id": document })),
        [.., last] if is_failure(last) => says(last),
        [text] => calls(
            "call_2",
            "summarize_and_save",
            json!({ "document_id": document, "summary": first_two_sentences(text) }),
        ),
        [text, ..] => says(&format!("The summary of {document} is saved: {}", first_two_sentences(text))),
    }
}

/// Whether a result is what a tool says when it has failed. A language model reads that; this one knows how the texts
/// begin.
fn is_failure(result: &str) -> bool {
    ["The permission ", "This tool ", "The API ", "The tool ", "The arguments ", "The task "]
        .iter()
        .any(|beginning| result.starts_with(beginning))
}

fn first_two_sentences(text: &str) -> String {
    let mut ends = text.match_indices(". ").map(|(at, _)| at + 1).chain([text.len()]);
    let end = ends.nth(1).unwrap_or(text.len());
    text[..end].trim().to_owned()
}

fn calls(id: &str, name: &str, arguments: Value) -> Value {
    completion(json!({
        "role": "assistant",
        "content": null,
        "tool_calls": [{
            "id": id,
            "type": "function",
            "function": { "name": name, "arguments": arguments.to_string() },
        }],
    }))
}

fn says(text: &str) -> Value {
    completion(json!({ "role": "assistant", "content": text }))
}

fn completion(message: Value) -> Value {
    json!({
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "model": "scripted",
        "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }],
    })
}
