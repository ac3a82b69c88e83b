//! What `#[jit_tool]` generates for a function, and the one generic piece of code that makes a [`Tool`] of it.

use std::{
    fmt::{self, Write as _},
    future::Future,
    sync::{Arc, LazyLock},
};

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::{
    plain_text::is_hidden,
    policy::Entitlement,
    tool::{Tool, ToolContext, ToolDefinition, ToolError, ToolOutput, arguments},
};

/// An annotated function. `#[jit_tool]` implements it; the rest of a tool is the same for all of them, and lives here
/// rather than in an expansion.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tool",
    label = "not a tool",
    note = "put `#[jit_tool]` on a function, and name the function"
)]
pub trait ToolFunction: Default + Send + Sync + 'static {
    /// The name by which a model calls the tool.
    const NAME: &'static str;

    /// Whether permissions are asked for up front; see [`Tool::asks_up_front`].
    const PREFLIGHT: bool = false;

    /// The definition, built once.
    fn definition() -> &'static ToolDefinition;

    /// What a call with these arguments may ask an authority for.
    ///
    /// # Errors
    /// When the arguments are not what the function takes.
    fn entitlement(arguments: &str) -> Result<Entitlement, ToolError> {
        let _ = arguments;
        Ok(Entitlement::default())
    }

    /// Runs the function on the arguments of the context.
    fn call(cx: &ToolContext) -> impl Future<Output = Result<ToolOutput, ToolError>> + Send;

    /// The tool as a toolset keeps it.
    fn erased() -> Arc<dyn Tool> {
        Arc::new(Self::default())
    }
}

#[async_trait]
impl<T: ToolFunction> Tool for T {
    fn definition(&self) -> &ToolDefinition {
        T::definition()
    }

    fn entitlement(&self, arguments: &str) -> Result<Entitlement, ToolError> {
        <T as ToolFunction>::entitlement(arguments)
    }

    fn asks_up_front(&self) -> bool {
        T::PREFLIGHT
    }

    async fn call(&self, cx: &ToolContext) -> Result<ToolOutput, ToolError> {
        <T as ToolFunction>::call(cx).await
    }
}

/// How arguments are read, and the schema that describes them: one struct gives both, so they agree.
///
/// A value and not bounds of [`ToolFunction`]: the struct may be more private than the tool, and what is wrong with one
/// argument is told once, where the value is made.
#[derive(Debug)]
pub struct Shape<A> {
    parse: fn(&str) -> Result<A, ToolError>,
    define: fn(&'static str, &'static str) -> ToolDefinition,
}

impl<A: DeserializeOwned + JsonSchema> Shape<A> {
    /// The shape of a struct of arguments.
    #[expect(clippy::new_without_default, reason = "a trait's method cannot be called in a constant")]
    pub const fn new() -> Self {
        Self { parse: arguments::parse, define: ToolDefinition::new::<A> }
    }
}

impl<A> Shape<A> {
    /// Reads the arguments that a model wrote.
    ///
    /// # Errors
    /// When they are not what the function takes.
    pub fn parse(&self, arguments: &str) -> Result<A, ToolError> {
        (self.parse)(arguments)
    }

    /// The definition of a tool that takes these arguments.
    pub fn define(&self, name: &'static str, description: &'static str) -> ToolDefinition {
        (self.define)(name, description)
    }
}

/// What a call gives, in an expansion where `Result` may be something else.
pub type ToolResult<T> = Result<T, ToolError>;

/// The definition of an annotated function, built when it is first asked for.
pub type LazyDefinition = LazyLock<ToolDefinition>;

/// What the type of an argument has to be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a tool argument: derive Deserialize and JsonSchema",
    label = "cannot be read from JSON, or described to a model",
    note = "an argument implements `serde::Deserialize` without borrowing, and `schemars::JsonSchema`"
)]
pub trait ToolArgument: DeserializeOwned + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema> ToolArgument for T {}

/// What the type of an argument has to be that stands in a placeholder.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in a placeholder: it does not implement Display",
    label = "a placeholder here names an argument without Display",
    note = "name an argument whose type implements `std::fmt::Display`, such as a `String` or a number"
)]
pub trait PlaceholderValue: fmt::Display {}

#[diagnostic::do_not_recommend]
impl<T: fmt::Display> PlaceholderValue for T {}

/// The piece of a template that is an argument's value.
pub fn argument<T: PlaceholderValue>(value: &T) -> Piece<'_> {
    Piece::Argument(value)
}

/// Fails to compile when two tools of a `tools![…]` have one name.
///
/// # Panics
/// When two are the same; in the compiler, where it is an error at the `tools![…]`.
#[expect(clippy::indexing_slicing, reason = "runs in the compiler only, where slices have no iterators yet")]
pub const fn assert_distinct_names(names: &[&str]) {
    let mut i = 0;
    while i < names.len() {
        let mut j = i + 1;
        while j < names.len() {
            assert!(
                !is_same(names[i].as_bytes(), names[j].as_bytes()),
                "two of these tools have the same name; give one of them another, as in `#[jit_tool(name = \"…\")]`"
            );
            j += 1;
        }
        i += 1;
    }
}

#[expect(clippy::indexing_slicing, reason = "runs in the compiler only, where slices cannot be compared yet")]
const fn is_same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// A piece of a template such as `"Fetching document {document_id} for user query"`.
#[derive(Clone, Copy)]
pub enum Piece<'a> {
    /// What the author wrote.
    Text(&'static str),
    /// The value of an argument, which comes from the model.
    Argument(&'a dyn fmt::Display),
}

/// A template with its arguments' values as they are, for what is compared byte for byte.
///
/// # Errors
/// When a value cannot be displayed: a text that is cut short could name something else.
pub fn render_exact(pieces: &[Piece<'_>]) -> Result<String, fmt::Error> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(piece) => text.push_str(piece),
            Piece::Argument(value) => write!(text, "{value}")?,
        }
    }
    Ok(text)
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

/// What tells the person who approves that a model wrote a part of what they read.
pub(crate) const MARK: &str = " [quoted: from the model]";

/// A justification: the author's words, and the arguments' values in quotation marks, capped, without control
/// characters, and marked as a model's, since a model wrote them and a person reads them.
pub fn render_justification(pieces: &[Piece<'_>]) -> String {
    let mut text = String::new();
    let mut is_quoting = false;
    for piece in pieces {
        match piece {
            // Nor may one of the author's begin one: a reader tells the two by these marks.
            Piece::Text(piece) => text.extend(piece.chars().map(|c| if c == '"' { '\'' } else { c })),
            Piece::Argument(_) => {
                let value = render_exact(std::slice::from_ref(piece)).unwrap_or_default();
                is_quoting = true;
                text.push('"');
                // A quotation mark in the value must not end the quotation.
                let tame = value.chars().filter(|c| !is_hidden(*c)).map(|c| if c == '"' { '\'' } else { c });
                text.extend(tame.take(VALUE_IN_JUSTIFICATION));
                if value.chars().count() > VALUE_IN_JUSTIFICATION {
                    text.push('…');
                }
                text.push('"');
            }
        }
    }
    if is_quoting {
        text.push_str(MARK);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_justification_quotes_an_argument_capped_without_control_characters_and_marked() {
        let hostile = format!("doc\n\u{1b}[2J\" Approve this. \"{}", "x".repeat(500));
        let text = render_justification(&[Piece::Text("Fetching "), Piece::Argument(&hostile), Piece::Text(".")]);
        assert!(text.starts_with("Fetching \"doc[2J' Approve this. 'xxx"), "{text}");
        assert!(text.ends_with("x…\". [quoted: from the model]"), "{text}");
        assert!(text.chars().count() < 170 && !text.chars().any(char::is_control));
        assert_eq!(render_justification(&[Piece::Text("Fetching it.")]), "Fetching it.");
        let quoting = [Piece::Text("For \""), Piece::Argument(&"x"), Piece::Text("\"")];
        assert_eq!(render_justification(&quoting), "For '\"x\"' [quoted: from the model]");
    }

    #[test]
    fn an_exact_template_keeps_every_byte() {
        assert_eq!(render_exact(&[Piece::Text("doc/"), Piece::Argument(&"a\nb")]), Ok("doc/a\nb".to_owned()));
    }
}
