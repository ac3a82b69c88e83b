//! xAI: Chat Completions. Tools are strict there whatever is asked for, so that there is no flag for it.
//!
//! <https://docs.x.ai/docs/guides/function-calling>

use super::{openai_chat, wire::Form};

pub(super) const FORM: Form = openai_chat::FORM;
