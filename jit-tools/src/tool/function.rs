//! What `#[jit_tool]` generates for a function, and the one generic piece of code that makes a [`Tool`] of it.

use std::{fmt, future::Future};

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::{
    policy::Entitlement,
    tool::{Tool, ToolContext, ToolDefinition, ToolError, ToolOutput, arguments},
};

/// An annotated function. `#[jit_tool]` implements it; the rest of a tool is the same for all of them, and lives here
/// rather than in an expansion.
pub trait ToolFunction: Send + Sync + 'static {
    /// The function's arguments, without the context.
    type Arguments: DeserializeOwned + JsonSchema + Send;

    /// The name by which a model calls the tool.
    const NAME: &'static str;

    /// The definition, built once.
    fn definition() -> &'static ToolDefinition;

    /// What a call with these arguments may ask an authority for.
    fn entitlement(arguments: &Self::Arguments) -> Entitlement {
        let _ = arguments;
        Entitlement::default()
    }

    /// Runs the function.
    fn call(cx: &ToolContext, arguments: Self::Arguments)
    -> impl Future<Output = Result<ToolOutput, ToolError>> + Send;
}

#[async_trait]
impl<T: ToolFunction> Tool for T {
    fn definition(&self) -> &ToolDefinition {
        T::definition()
    }

    fn entitlement(&self, arguments: &str) -> Result<Entitlement, ToolError> {
        Ok(<T as ToolFunction>::entitlement(&arguments::parse(arguments)?))
    }

    async fn call(&self, cx: &ToolContext) -> Result<ToolOutput, ToolError> {
        <T as ToolFunction>::call(cx, arguments::parse(cx.arguments())?).await
    }
}

/// A piece of a template such as `"Fetching document {document_id} for user query"`.
#[derive(Clone, Copy)]
pub enum Piece<'a> {
    /// What the author wrote.
    Text(&'static str),
    /// The value of an argument, which comes from the model.
    Argument(&'a dyn fmt::Display),
}

/// A placeholder's value as it is, for what is compared byte for byte.
pub fn render_exact(pieces: &[Piece<'_>]) -> String {
    use fmt::Write as _;

    let mut text = String::new();
    for piece in pieces {
        // Writing to a String fails only where a Display of the user's says so; the text then ends there, and what
        // is compared byte for byte does not match.
        let _ = match piece {
            Piece::Text(piece) => text.write_str(piece),
            Piece::Argument(value) => write!(text, "{value}"),
        };
    }
    text
}

/// How much of one argument's value a justification repeats, in characters.
const VALUE_IN_JUSTIFICATION: usize = 120;

impl fmt::Debug for Piece<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(text).finish(),
            Self::Argument(_) => f.write_str("Argument(..)"),
        }
    }
}

/// A justification: the author's words, with the arguments' values capped and without control characters, since a
/// model wrote them and a person reads them.
pub fn render_justification(pieces: &[Piece<'_>]) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(piece) => text.push_str(piece),
            Piece::Argument(_) => {
                let value = render_exact(std::slice::from_ref(piece));
                text.extend(value.chars().filter(|c| !c.is_control()).take(VALUE_IN_JUSTIFICATION));
                if value.chars().count() > VALUE_IN_JUSTIFICATION {
                    text.push('…');
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_justification_repeats_an_argument_capped_and_without_control_characters() {
        let hostile = format!("doc\n\u{1b}[2J{}", "x".repeat(500));
        let text = render_justification(&[Piece::Text("Fetching "), Piece::Argument(&hostile), Piece::Text(".")]);
        assert!(text.starts_with("Fetching doc[2Jxxx") && text.ends_with("x…."), "{text}");
        assert!(text.chars().count() < 140 && !text.chars().any(char::is_control));
    }

    #[test]
    fn an_exact_template_keeps_every_byte() {
        assert_eq!(render_exact(&[Piece::Text("doc/"), Piece::Argument(&"a\nb")]), "doc/a\nb");
    }
}
