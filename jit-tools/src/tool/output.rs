//! What a tool gives back to the model.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde::Serialize;
use serde_json::Value;

use crate::{
    tool::{ContentPart, ToolError, content},
    transport::BoxError,
};

/// What a call gives back: a text that the model reads, and for who can show them, parts of other kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolOutput {
    text: String,
    kind: Kind,
}

/// What the text was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Json,
    Parts(Box<[ContentPart]>),
}

impl ToolOutput {
    /// An output of plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: Kind::Text }
    }

    /// An output of several parts. Where only text is taken, a model reads their texts, one a line, and a line for each
    /// part that has none.
    ///
    /// ```
    /// use jit_tools::{ToolOutput, tool::ContentPart};
    ///
    /// let image = ContentPart::Image { media_type: "image/png".to_owned(), data: vec![0; 3].into() };
    /// let output = ToolOutput::parts([ContentPart::Text("A map.".to_owned()), image]);
    /// assert_eq!(output.as_text(), "A map.\n[an image, image/png, 3 bytes]");
    /// ```
    pub fn parts(parts: impl IntoIterator<Item = ContentPart>) -> Self {
        let parts: Box<[_]> = parts.into_iter().collect();
        Self { text: content::as_text(&parts), kind: Kind::Parts(parts) }
    }

    /// The text as the model reads it.
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// The text as the model reads it, taken out.
    pub fn into_text(self) -> String {
        self.text
    }

    /// The parts of an output that was made of [parts](Self::parts); none of one that is a text.
    pub fn content(&self) -> &[ContentPart] {
        match &self.kind {
            Kind::Parts(parts) => parts,
            Kind::Text | Kind::Json => &[],
        }
    }

    /// The value of an output that was made of one ([`Json`], [`Value`]), read from its text.
    pub fn structured(&self) -> Option<Value> {
        if self.kind == Kind::Json { serde_json::from_str(&self.text).ok() } else { None }
    }

    fn json(value: &impl Serialize) -> Result<Self, ToolError> {
        Ok(Self { text: serde_json::to_string(value)?, kind: Kind::Json })
    }
}

/// A value that a tool returns as JSON. Its schema becomes the tool's output schema.
///
/// ```
/// use jit_tools::{IntoToolOutput, Json};
///
/// let output = Json(vec![1, 2]).into_tool_output().map_err(|e| e.to_string())?;
/// assert_eq!(output.as_text(), "[1,2]");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// What a function with `#[jit_tool]` may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what a tool returns",
    label = "not an output for a model",
    note = "return a String, a number, a bool, a serde_json::Value, `Json<T>` with `T: Serialize + JsonSchema`, a ContentPart \
            or a Vec of them, `()`, or a Result of one of these"
)]
pub trait IntoToolOutput {
    /// Turns the value into what the model reads, or into the error that it is told of.
    fn into_tool_output(self) -> Result<ToolOutput, ToolError>;

    /// The schema of what [`ToolOutput::structured`] gives, where there is one.
    fn output_schema() -> Option<Schema>
    where
        Self: Sized,
    {
        None
    }
}

/// What the error of a tool may be: each type that turns into a `Box<dyn Error + Send + Sync>`.
///
/// These are [`ToolError`], every `std::error::Error` that is `Send`, `Sync` and `'static`, `anyhow::Error` and the box
/// itself. The model reads what a [`ToolError`] inside says; for all others it reads that the tool failed. That holds for
/// a text (`String`, `&str`) as well, since it may be another error's: [`ToolError::new`] makes an error of a text that
/// the model reads.
///
/// ```
/// use jit_tools::{jit_tool, tools};
///
/// /// Counts the lines of a file.
/// #[jit_tool]
/// async fn count_lines(path: String) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
///     Ok(std::fs::read_to_string(path)?.lines().count())
/// }
/// # let _ = tools![count_lines];
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a tool",
    label = "not an error that a tool may return",
    note = "return a ToolError, an error that implements std::error::Error, Send and Sync, an anyhow::Error, or a \
            `Box<dyn Error + Send + Sync>`",
    note = "`ToolError::new(text)` makes one of a text, which the model is then told"
)]
pub trait IntoToolError {
    /// Turns the error into one that knows what the model is told.
    fn into_tool_error(self) -> ToolError;
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> IntoToolError for E {
    fn into_tool_error(self) -> ToolError {
        ToolError::other(self)
    }
}

impl IntoToolOutput for ToolOutput {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        Ok(self)
    }
}

impl IntoToolOutput for String {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::text(self))
    }
}

impl IntoToolOutput for &str {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::text(self))
    }
}

impl IntoToolOutput for Cow<'_, str> {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::text(self))
    }
}

/// Nothing to tell: the model reads `done`, since some providers refuse an empty result.
impl IntoToolOutput for () {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::text("done"))
    }
}

impl IntoToolOutput for ContentPart {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::parts([self]))
    }
}

impl IntoToolOutput for Vec<ContentPart> {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::parts(self))
    }
}

impl IntoToolOutput for Value {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        ToolOutput::json(&self)
    }
}

/// What [`Json`] may hold to be the output of a tool.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be given back as `Json`: derive Serialize and JsonSchema",
    label = "cannot be written as JSON, or described to a model",
    note = "what stands in `Json` implements `serde::Serialize` and `schemars::JsonSchema`"
)]
pub trait JsonOutput: Serialize + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + JsonSchema> JsonOutput for T {}

impl<T: JsonOutput> IntoToolOutput for Json<T> {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        ToolOutput::json(&self.0)
    }

    fn output_schema() -> Option<Schema> {
        Some(SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>())
    }
}

impl<T: IntoToolOutput, E: IntoToolError> IntoToolOutput for Result<T, E> {
    fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
        self.map_err(IntoToolError::into_tool_error)?.into_tool_output()
    }

    fn output_schema() -> Option<Schema> {
        T::output_schema()
    }
}

macro_rules! displayed {
    ($($type:ty)*) => {$(
        impl IntoToolOutput for $type {
            fn into_tool_output(self) -> Result<ToolOutput, ToolError> {
                Ok(ToolOutput::text(self.to_string()))
            }
        }
    )*};
}

displayed! { bool char f32 f64 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }
