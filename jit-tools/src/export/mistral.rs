//! Mistral: Chat Completions, with ids of nine letters and digits.
//!
//! <https://docs.mistral.ai/capabilities/function_calling>

use serde_json::{Value, json};

use super::{
    digest, openai_chat,
    wire::{Form, WrittenResult},
};

pub(super) const FORM: Form = Form { results, id: nine_characters, ..openai_chat::FORM };

/// An id of nine letters and digits; one that comes from elsewhere is told by its digest, so that the call and its
/// result still belong together.
fn nine_characters(id: &str) -> String {
    if id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return id.to_owned();
    }
    digest::hex(id.as_bytes()).chars().take(9).collect()
}

fn results(results: &[WrittenResult<'_>]) -> Vec<Value> {
    results
        .iter()
        .map(|result| {
            json!({
                "role": "tool",
                "tool_call_id": result.id,
                "name": result.name,
                "content": result.flagged_text(),
            })
        })
        .collect()
}
