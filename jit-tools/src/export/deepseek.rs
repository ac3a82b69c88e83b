//! `DeepSeek`: Chat Completions. Strict tools need the beta address, `https://api.deepseek.com/beta`.
//!
//! <https://api-docs.deepseek.com/guides/tool_calls>

use super::{openai_chat, wire::Form};

pub(super) const FORM: Form = openai_chat::FORM;
