//! Tools in the form that each provider takes, and the way back from what its models send.
//!
//! [`Toolset::export`](crate::Toolset::export) gives an [`Export`]: what to send, and how to read the answer.
//!
//! # What becomes of a schema
//!
//! The canonical schema of a tool's arguments is JSON Schema 2020-12 as schemars writes it. What a provider does not
//! take is rewritten, by the same rules for all:
//!
//! | in Rust | where it is not taken |
//! |---|---|
//! | a type used in several places (`$ref`) | written out, or kept in `$defs` under a name of ASCII letters, digits, `_`, `-` and `.`; a description beside it is merged into it |
//! | a type that contains itself | kept in `$defs`; strict modes without it: the tool is not strict; else an error. At Gemini the properties through which it does are optional |
//! | an enum with data, `flatten` | each variant is written out whole, as a branch of `anyOf` |
//! | an enum of unit variants with docs | one `enum`, with what is said of each in the description |
//! | an optional argument (strict `OpenAI`, `DeepSeek`) | required, and may be `null`; **read back**: such a `null` is left out, unless the type takes `null` |
//! | a tuple | of one type: a list of fixed length; else an object with `item_0`, `item_1`, …; **read back** as an array |
//! | a map | a list of objects with `key` and `value`; **read back** as an object |
//! | `flatten` of a map | such a list in the property `additional_properties`; **read back** beside the others |
//! | `serde_json::Value` | in strict modes the tool is not strict; at xAI and in Gemini's older form a string with JSON, **read back** |
//! | a constant that is no string, `()`, an empty struct | where only strings are taken, the text of its JSON; **read back** |
//! | a constant that is the empty text (Gemini) | `""`, the text of its JSON; **read back** |
//! | arguments that are no struct | the one property `arguments` of an object; **read back** without it |
//! | a property's name with other characters | a name that is allowed; **read back** |
//! | formats, lengths, bounds, patterns, defaults | a sentence in the description, or nothing where a model learns nothing from it (`uint8`) |
//!
//! What is read back is read back by [`Export::calls`] and [`Export::decode`]. Numbers beyond 64 bits keep all their
//! digits only where nothing is read back in the tool's arguments.
//!
//! # What is not done here
//!
//! An answer that comes in pieces (streaming) is not put together: the providers' clients and their SSE formats do that
//! in ways of their own, and [`Export::calls`] takes the whole.
//!
//! # What becomes of a result
//!
//! A text, and a value where the provider takes one (MCP). Of the parts that a tool gives back
//! ([`ToolAnswer::with_parts`]), images go to Anthropic, Bedrock, `OpenAI` Responses and Gemini (from Gemini 3 on) in the
//! types that their models read (PNG, JPEG, WebP, and GIF but for Gemini), and MCP gets every part as it is. All others
//! get texts: what a resource says, and a line for what has none.
//!
//! To add a provider, write its file with a `Form` (in `wire.rs`), its entry in `dialect/table.rs`, and its name in
//! [`Provider`].

mod anthropic;
mod bedrock;
mod call;
mod codec;
mod cohere;
mod deepseek;
mod dialect;
mod digest;
mod error;
mod exported;
mod gemini;
mod golden;
mod limits;
mod mcp;
mod mistral;
mod names;
mod ollama;
mod openai_chat;
mod openai_responses;
mod options;
mod provider;
mod relaxed;
mod rewrite;
mod schema;
mod wire;
mod xai;

pub(crate) use self::names::common as common_name;
#[cfg(feature = "genai")]
pub(crate) use self::wire::told;
pub(crate) use self::wire::unwrapped;
pub use self::{
    call::{ToolAnswer, ToolUse},
    error::{DecodeError, ExportError},
    exported::Export,
    golden::GoldenError,
    options::ExportOptions,
    provider::{Provider, UnknownProvider},
    relaxed::Relaxed,
};
