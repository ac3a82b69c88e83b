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
        Self { name: name.into(), description: description.into(), parameters }
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
}
