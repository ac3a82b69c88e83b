//! From a function's parameters to the struct that a model's arguments are read into, and the schema of it.

use std::{borrow::Cow, fmt, marker::PhantomData, ops::Deref};

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny},
};

use crate::tool::{
    FromContext, IntoToolOutput, ToolContext, ToolDefinition, ToolError, arguments, definition::root_schema,
};

/// What the schema of a parameter says that is handed in; the property is then left out.
const ABSENT: &str = "x-jit-tools-handed-in";

/// Asks what a parameter's type is: handed in by the call, or an argument.
///
/// An associated item of an inherent `impl` goes before one of a trait, if its bounds hold: so [`Probe::slot`] and
/// [`Probe::give`] are those of the first `impl` for what implements [`FromContext`], and those of [`ProbeArgument`] for
/// all else. That an argument is none is told where the slot is used, in the words of [`ToolArgument`].
#[derive(Debug)]
pub struct Probe<T>(PhantomData<fn() -> T>);

impl<'cx, T: FromContext<'cx>> Probe<T> {
    /// The place of a parameter that is handed in: it takes nothing of what the model writes.
    pub const fn slot() -> Slot<Absent<T>> {
        Slot::new()
    }

    /// The same, of an `async fn`.
    pub const fn sent() -> Slot<Absent<T>> {
        Slot::new()
    }

    /// The parameter's value.
    ///
    /// # Errors
    /// When the call cannot hand it in.
    #[inline]
    pub fn give(cx: &'cx ToolContext, _: Absent<T>) -> Result<T, ToolError> {
        T::from_context(cx)
    }
}

impl<T: IntoToolOutput> Probe<T> {
    /// The schema of what a function gives back, if there is one.
    pub fn output() -> Option<Schema> {
        T::output_schema()
    }
}

/// The other half of [`Probe`].
pub trait ProbeArgument {
    /// What the model writes.
    type Argument;

    /// The place of an argument.
    fn slot() -> Slot<Self::Argument> {
        Slot::new()
    }

    /// The place of an argument of an `async fn`.
    fn sent() -> Slot<Self::Argument>
    where
        Self::Argument: Sent,
    {
        Slot::new()
    }

    /// The argument's value, as it is.
    ///
    /// # Errors
    /// Never; the other half may.
    #[inline]
    fn give(_: &ToolContext, argument: Self::Argument) -> Result<Self::Argument, ToolError> {
        Ok(argument)
    }

    /// The schema of what is no output: that is told where it is given back.
    fn output() -> Option<Schema> {
        None
    }
}

impl<T> ProbeArgument for Probe<T> {
    type Argument = T;
}

/// The type that a member of the arguments is read into.
#[derive(Debug)]
pub struct Slot<T>(PhantomData<fn() -> T>);

impl<T> Slot<T> {
    /// A slot of that type.
    #[expect(clippy::new_without_default, reason = "it is named by an expansion only")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// The same, of an argument of an `async fn`.
    pub const fn sent() -> Self
    where
        T: Sent,
    {
        Self(PhantomData)
    }
}

/// What stands in the struct of arguments for a parameter that is handed in.
#[derive(Debug)]
pub struct Absent<T>(PhantomData<fn() -> T>);

impl<'de, T> Deserialize<'de> for Absent<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Nothing<T>(PhantomData<fn() -> T>);
        impl<'de, T> de::Visitor<'de> for Nothing<T> {
            type Value = Absent<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("nothing, since the tool does not take it from its caller")
            }

            fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
                Ok(Absent(PhantomData))
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                IgnoredAny::deserialize(deserializer)?;
                Err(de::Error::invalid_type(de::Unexpected::Other("a value"), &self))
            }
        }
        // A member that is left out is read as `None`.
        deserializer.deserialize_option(Nothing(PhantomData))
    }
}

impl<T> JsonSchema for Absent<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        ABSENT.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ (ABSENT): true })
    }
}

/// What the type of an argument has to be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a tool argument: derive Deserialize and JsonSchema",
    label = "cannot be read from JSON, or described to a model",
    note = "an argument implements `serde::Deserialize` and `schemars::JsonSchema`; \
            a type parameter is bound by `DeserializeOwned + JsonSchema + Send`",
    note = "what is handed in by the call implements `jit_tools::tool::FromContext`: \
            `State<T>` where `T` is Send, Sync and 'static, and `CallData<T>` where it is also Clone; it takes no attributes"
)]
pub trait ToolArgument<'de>: Deserialize<'de> + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<'de, T: Deserialize<'de> + JsonSchema> ToolArgument<'de> for T {}

/// What the type of an argument of an `async fn` has to be beside: the call that holds it moves between threads.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not Send, and a call of an `async fn` may move between threads",
    label = "cannot be moved to another thread",
    note = "take a type that is `Send`, such as an `Arc` for an `Rc`; or make the tool a plain `fn`"
)]
pub trait Sent: Send {}

#[diagnostic::do_not_recommend]
impl<T: Send> Sent for T {}

/// How arguments are read, and the schema that describes them: one struct gives both, so they agree.
///
/// A value and not bounds of a trait: the struct may be more private than the tool, and what is wrong with one argument
/// is told once, where the value is made.
#[derive(Debug)]
pub struct Shape<'de, A> {
    parse: fn(&'de str) -> Result<A, ToolError>,
    schema: fn() -> Schema,
}

impl<'de, A: Deserialize<'de> + JsonSchema> Shape<'de, A> {
    /// The shape of a struct of arguments.
    #[expect(clippy::new_without_default, reason = "it is named by an expansion only")]
    #[inline]
    pub fn new() -> Self {
        Self { parse: parse::<A>, schema: schema::<A> }
    }
}

impl<'de, A> Shape<'de, A> {
    /// Reads the arguments that a model wrote.
    ///
    /// # Errors
    /// When they are not what the function takes.
    #[inline]
    pub fn parse(&self, arguments: &'de str) -> Result<A, ToolError> {
        (self.parse)(arguments)
    }

    /// Reads the arguments of a call.
    ///
    /// # Errors
    /// When they are not what the function takes.
    #[inline]
    pub fn read(&self, cx: &'de ToolContext) -> Result<A, ToolError> {
        self.parse(cx.arguments()).or_else(|error| cx.reread(error, self.parse))
    }

    /// The definition of a tool that takes these arguments.
    pub fn define(&self, name: &'static str, description: &'static str, output: Option<Schema>) -> ToolDefinition {
        define(self.schema, name, description, output)
    }
}

/// The shape of a struct that an author wrote for all arguments together.
pub fn whole<'de, A: ToolArgument<'de>>(_: Slot<A>) -> Shape<'de, A> {
    Shape { parse: arguments::parse, schema: root_schema::<A> }
}

/// The schema of the struct of an expansion. It is not a part of its own schema, so that little of schemars is needed,
/// of which each tool would have a copy.
fn schema<A: JsonSchema>() -> Schema {
    schema_of(A::schema_name(), A::json_schema)
}

fn schema_of(title: Cow<'static, str>, members: fn(&mut SchemaGenerator) -> Schema) -> Schema {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    let meta_schema = settings.meta_schema.clone();
    let mut generator = settings.into_generator();
    let mut schema = members(&mut generator);
    let object = schema.ensure_object();
    object.insert("title".to_owned(), title.into());
    object.extend(meta_schema.map(|meta_schema| ("$schema".to_owned(), meta_schema.into())));
    let definitions = generator.take_definitions(true);
    if !definitions.is_empty() {
        object.insert("$defs".to_owned(), definitions.into());
    }
    schema
}

fn define(schema: fn() -> Schema, name: &str, description: &str, output: Option<Schema>) -> ToolDefinition {
    let mut definition =
        ToolDefinition::of(name.to_owned(), description.to_owned(), schema()).with_output_schema(output);
    definition.leave_out(|property| property.get(ABSENT).is_some());
    definition.with_contract()
}

#[inline]
fn parse<'de, A: Deserialize<'de> + JsonSchema>(arguments: &'de str) -> Result<A, ToolError> {
    arguments::parse_members(arguments).map_err(|error| reworded(error, schema::<A>))
}

/// The error as its reader can act on it: the author, where the type cannot hold what a model may write; and without the
/// names of what is handed in, where a model wrote a name that there is not.
#[cold]
fn reworded(error: ToolError, schema: fn() -> Schema) -> ToolError {
    let Some(text) = error.get_ref().filter(|_| error.is_invalid_arguments()).map(ToString::to_string) else {
        return error;
    };
    if text.rsplit(", expected ").next().is_some_and(|expected| expected.starts_with("a borrowed ")) {
        return ToolError::missing(
            "an argument borrows a `&str` inside another type, which cannot hold a text with escapes: write `String`, \
             or `Cow<str>` with `#[serde(borrow)]`"
                .to_owned(),
        );
    }
    let Some((unknown, expected)) =
        text.rsplit_once(", expected ").filter(|(text, _)| text.starts_with("unknown field `"))
    else {
        return error;
    };
    let schema = schema();
    let Some(properties) = schema.get("properties").and_then(serde_json::Value::as_object) else {
        return error;
    };
    // A struct within the arguments has other members.
    let is_of_the_arguments = properties.keys().all(|name| expected.contains(&format!("`{name}`")));
    if !is_of_the_arguments || properties.values().all(|property| property.get(ABSENT).is_none()) {
        return error;
    }
    let arguments = properties.iter().filter(|(_, property)| property.get(ABSENT).is_none());
    let names: Vec<_> = arguments.map(|(name, _)| format!("`{name}`")).collect();
    let expected = if names.is_empty() { String::new() } else { format!(", expected {}", names.join(", ")) };
    ToolError::invalid_arguments(None, de::Error::custom(format_args!("{unknown}{expected}")))
}

/// A text that is borrowed from the JSON where that has it as it is, and owned where it has escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text<'a>(Cow<'a, str>);

impl<'a> Text<'a> {
    /// The text, borrowed or not.
    pub fn into_cow(self) -> Cow<'a, str> {
        self.0
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(text.into())
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl JsonSchema for Text<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        str::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        str::json_schema(generator)
    }
}

/// An argument with a default of its own: nothing where the model left it out.
#[derive(Clone, Debug)]
pub struct Defaulted<T>(Option<T>);

impl<T> Defaulted<T> {
    /// Puts the default where the model left the argument out.
    pub fn fill(&mut self, default: impl FnOnce() -> T) -> &T {
        self.0.get_or_insert_with(default)
    }

    /// The argument, or its default.
    pub fn or(self, default: impl FnOnce() -> T) -> T {
        self.0.unwrap_or_else(default)
    }
}

impl<T> Default for Defaulted<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: fmt::Display> fmt::Display for Defaulted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |value| value.fmt(f))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Defaulted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // `null` is no way to leave an argument out, unless its own type takes it.
        T::deserialize(deserializer).map(|value| Self(Some(value)))
    }
}

impl<T: JsonSchema> JsonSchema for Defaulted<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_borrowed_unless_the_json_has_escapes() {
        let text: Text<'_> = serde_json::from_str(r#""plain""#).unwrap();
        assert!(matches!(text.into_cow(), Cow::Borrowed("plain")));
        let text: Text<'_> = serde_json::from_str(r#""a\nb""#).unwrap();
        assert_eq!(&*text, "a\nb");
        assert!(matches!(text.into_cow(), Cow::Owned(_)));
    }

    #[test]
    fn what_is_handed_in_is_not_taken_from_the_caller() {
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "it is read only")]
        struct Arguments {
            cx: Absent<u8>,
        }
        assert!(serde_json::from_str::<Arguments>("{}").is_ok());
        assert!(serde_json::from_str::<Arguments>(r#"{"cx":1}"#).is_err());
    }
}
