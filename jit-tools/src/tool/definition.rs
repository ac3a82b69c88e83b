//! What a tool is to a model: a name, a description, and a schema of its arguments.

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde::Serialize;

/// What a model, or an export for one, sees of a tool.
///
/// The schema is the canonical one, JSON Schema draft 2020-12 as schemars writes it; what a provider's dialect needs
/// is made of it in [`export`](crate::export).
#[derive(Clone, Debug, Serialize)]
pub struct ToolDefinition {
    name: String,
    description: String,
    parameters: Schema,
    /// What only some of those who show tools to people ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Box<Details>>,
}

#[derive(Clone, Debug, Default, Serialize)]
struct Details {
    title: Option<String>,
    output: Option<Schema>,
    annotations: Option<ToolAnnotations>,
    icons: Vec<ToolIcon>,
}

/// What a tool does to the world, as a hint for those who decide whether it may run without asking.
///
/// <https://modelcontextprotocol.io/specification/2025-11-25/schema#toolannotations>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ToolAnnotations {
    /// It changes nothing.
    pub read_only: Option<bool>,
    /// What it changes may be lost.
    pub destructive: Option<bool>,
    /// Calling it twice has the effect of calling it once.
    pub idempotent: Option<bool>,
    /// It deals with things outside, such as the web.
    pub open_world: Option<bool>,
}

/// An image that stands for a tool.
///
/// <https://modelcontextprotocol.io/specification/2025-11-25/schema#icon>
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ToolIcon {
    /// Where it is: an `https` or `data` URL.
    pub src: String,
    /// Its type, such as `image/png`.
    pub mime_type: Option<String>,
    /// Its sizes, such as `48x48` or `any`.
    pub sizes: Vec<String>,
}

impl ToolDefinition {
    /// A definition whose arguments are read into `A`: the schema is the one that `A` deserializes by.
    ///
    /// ```
    /// use jit_tools::{ToolDefinition, __private::{schemars, serde}};
    ///
    /// #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// # #[serde(crate = "jit_tools::__private::serde")]
    /// # #[schemars(crate = "jit_tools::__private::schemars")]
    /// struct Add { a: i64, b: i64 }
    ///
    /// let add = ToolDefinition::new::<Add>("add", "Adds two numbers.");
    /// assert_eq!(add.parameters().as_value()["required"], serde_json::json!(["a", "b"]));
    /// ```
    pub fn new<A: JsonSchema>(name: impl Into<String>, description: impl Into<String>) -> Self {
        let parameters = SchemaSettings::draft2020_12().for_deserialize().into_generator().into_root_schema_for::<A>();
        Self { name: name.into(), description: description.into(), parameters, details: None }
    }

    /// A definition whose schema is known only at run time, such as that of another server's tool.
    ///
    /// ```
    /// use jit_tools::ToolDefinition;
    /// use serde_json::json;
    ///
    /// let schema = json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]});
    /// let tool = ToolDefinition::with_schema("look_up", "Looks something up.", schema)?;
    /// assert_eq!(tool.parameters().as_value()["required"], json!(["id"]));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it is neither an object nor a boolean, and so no schema.
    pub fn with_schema(
        name: impl Into<String>,
        description: impl Into<String>,
        schema: serde_json::Value,
    ) -> Result<Self, serde_json::Error> {
        let parameters = Schema::try_from(schema)?;
        Ok(Self { name: name.into(), description: description.into(), parameters, details: None })
    }

    /// The name by which a model calls the tool.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the tool does, for the model.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The canonical schema of the arguments.
    pub fn parameters(&self) -> &Schema {
        &self.parameters
    }

    /// Adds a name for people.
    ///
    /// ```
    /// use jit_tools::ToolDefinition;
    /// use jit_tools::tool::ToolAnnotations;
    ///
    /// let ping = ToolDefinition::new::<()>("ping", "Answers.")
    ///     .with_title("Ping")
    ///     .with_output::<String>()
    ///     .with_annotations(ToolAnnotations { read_only: Some(true), ..ToolAnnotations::default() });
    /// assert_eq!(ping.title(), Some("Ping"));
    /// ```
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.details_mut().title = Some(title.into());
        self
    }

    /// Adds the type of what the tool gives back, whose schema is the one that `T` serializes by.
    pub fn with_output<T: JsonSchema>(mut self) -> Self {
        let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
        self.details_mut().output = Some(generator.into_root_schema_for::<T>());
        self
    }

    /// Adds what the tool does to the world.
    pub fn with_annotations(mut self, annotations: ToolAnnotations) -> Self {
        self.details_mut().annotations = Some(annotations);
        self
    }

    /// Adds an image that stands for the tool.
    pub fn with_icon(mut self, icon: ToolIcon) -> Self {
        self.details_mut().icons.push(icon);
        self
    }

    /// The name for people, if there is one.
    pub fn title(&self) -> Option<&str> {
        self.details.as_ref()?.title.as_deref()
    }

    /// The schema of what the tool gives back, if it is known.
    pub fn output(&self) -> Option<&Schema> {
        self.details.as_ref()?.output.as_ref()
    }

    /// What the tool does to the world, if it is known.
    pub fn annotations(&self) -> Option<ToolAnnotations> {
        self.details.as_ref()?.annotations
    }

    /// The images that stand for the tool.
    pub fn icons(&self) -> &[ToolIcon] {
        self.details.as_ref().map_or(&[], |details| &details.icons)
    }

    fn details_mut(&mut self) -> &mut Details {
        self.details.get_or_insert_default()
    }
}
