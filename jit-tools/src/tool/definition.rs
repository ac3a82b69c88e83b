//! What a tool is to a model: a name, a description, and a schema of its arguments.

use std::{sync::Arc, time::Duration};

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Map, Value};

use super::contract::{self, ALIASES, Contract, Fault};
use crate::http_url::{BaseUrl, UrlError};

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
    /// How calls are run, which is no model's matter.
    #[serde(skip)]
    rules: CallRules,
    /// Where the requests of calls stay, or what is wrong with the URL that the author wrote.
    #[serde(skip)]
    base_url: Option<Box<Result<BaseUrl, UrlError>>>,
    /// What the arguments are held against, if their types alone do not say all of it.
    #[serde(skip)]
    contract: Option<Arc<Contract>>,
    /// The schema with other names of arguments, where there are some and no contract knows them.
    #[serde(skip)]
    aliased: Option<Arc<Value>>,
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

/// How the calls of a tool are run.
///
/// ```
/// use jit_tools::ToolDefinition;
///
/// let ping = ToolDefinition::new::<()>("ping", "Answers.").with_rules(|rules| rules.needs_approval = true);
/// assert!(ping.rules().needs_approval);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallRules {
    /// Whether the permission is asked for before the body runs, and not only after an API said no.
    pub preflight: bool,
    /// What is done again once a permission was obtained.
    pub retry: Retry,
    /// How long a call may take, without the time in which it waits for a permission.
    pub timeout: Option<Duration>,
    /// The longest life of a token that serves a call, from its issue to its end: one that is asked for, and one that is
    /// held already. The policy may say less. At most 15 minutes.
    pub ttl: Option<Duration>,
    /// Whether a call waits for a person who has to approve; as the task says otherwise.
    pub approval: Option<ApprovalMode>,
    /// Whether somebody has to approve each call before it is run.
    pub needs_approval: bool,
    /// Whether the tool is exported in a provider's strict mode; as the export says otherwise.
    pub strict: Option<bool>,
}

/// What is done again once a permission was obtained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Retry {
    /// A request of [`ToolContext::http`](crate::ToolContext::http) is sent again in place, and the body runs again
    /// after a challenge that it returned.
    #[default]
    Either,
    /// Only a request is sent again; the body never runs a second time.
    Request,
    /// Only the body runs again, also after a challenge that a request of `http` met.
    Body,
    /// Nothing: no permission is asked for at all.
    Never,
}

/// What a call does while a permission waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovalMode {
    /// It waits.
    Wait,
    /// It fails at once, with the pending request as a value to go on with.
    Suspend,
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

/// The canonical schema of what is read into `A`.
pub(crate) fn root_schema<A: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_deserialize().into_generator().into_root_schema_for::<A>()
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
        Self::of(name.into(), description.into(), root_schema::<A>())
    }

    pub(crate) fn of(name: String, description: String, parameters: Schema) -> Self {
        let (details, rules) = (None, CallRules::default());
        Self { name, description, parameters, details, rules, base_url: None, contract: None, aliased: None }
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
        schema: Value,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self::of(name.into(), description.into(), Schema::try_from(schema)?))
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

    /// Keeps the requests of calls to this URL and what is below it. A request to anywhere else is an error, and is not
    /// sent; where this is no URL, so is each request.
    ///
    /// ```
    /// use jit_tools::ToolDefinition;
    ///
    /// let ping = ToolDefinition::new::<()>("ping", "Answers.").with_base_url("https://api.acme.com/v1/");
    /// let base_url = ping.base_url().expect("it was set").as_ref().map(ToString::to_string);
    /// assert_eq!(base_url.as_deref(), Ok("https://api.acme.com/v1/"));
    /// ```
    pub fn with_base_url(mut self, url: impl TryInto<BaseUrl, Error: Into<UrlError>>) -> Self {
        self.base_url = Some(Box::new(url.try_into().map_err(Into::into)));
        self
    }

    /// Returns the URL below which the requests of calls stay, or what is wrong with it; `None` if there is none.
    pub fn base_url(&self) -> Option<&Result<BaseUrl, UrlError>> {
        self.base_url.as_deref()
    }

    /// Sets how calls are run.
    pub fn with_rules(mut self, set: impl FnOnce(&mut CallRules)) -> Self {
        set(&mut self.rules);
        self
    }

    /// How calls are run.
    pub fn rules(&self) -> &CallRules {
        &self.rules
    }

    /// Has the arguments held against the schema before a call is run, where their types let more pass.
    pub(crate) fn with_contract(mut self) -> Self {
        self.contract = Contract::of(self.parameters.as_value()).map(Arc::new);
        let before = self.parameters.as_value().clone();
        let mut has_aliases = false;
        // No model writes them by choice.
        for property in self.properties_mut().into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
            has_aliases |= property.shift_remove(ALIASES).is_some();
        }
        self.aliased = (has_aliases && self.contract.is_none()).then(|| Arc::new(before));
        self
    }

    /// Whether a call needs more than to be run: an approval, a check, or a limit of time.
    pub(crate) fn is_guarded(&self) -> bool {
        self.contract.is_some() || self.rules.needs_approval || self.rules.timeout.is_some()
    }

    /// What the arguments are held against before a call is run.
    pub(crate) fn contract(&self) -> Option<&Contract> {
        self.contract.as_deref()
    }

    /// The arguments of a call with each integer written as one, where a model wrote it as `30.0`; `None` where there is
    /// nothing to change.
    #[cold]
    pub(crate) fn with_integers(&self, json: &str) -> Option<String> {
        match (&self.contract, &self.aliased) {
            (Some(contract), _) => contract.with_integers(json),
            (None, Some(schema)) => contract::with_integers(schema, json),
            (None, None) => contract::with_integers(self.parameters.as_value(), json),
        }
    }

    /// Why no call can be run, if the author made a mistake that the compiler does not see.
    pub(crate) fn fault(&self) -> Option<&Fault> {
        self.contract.as_ref()?.fault()
    }

    /// Adds the schema of what the tool gives back, if it is known.
    pub(crate) fn with_output_schema(mut self, output: Option<Schema>) -> Self {
        if output.is_some() {
            self.details_mut().output = output;
        }
        self
    }

    /// Takes the properties of the arguments out that `is_absent` says are none.
    pub(crate) fn leave_out(&mut self, is_absent: impl Fn(&Value) -> bool) {
        let Some(properties) = self.properties_mut() else { return };
        let mut absent = Vec::new();
        properties.retain(|name, property| {
            let leave_out = is_absent(property);
            if leave_out {
                absent.push(name.clone());
            }
            !leave_out
        });
        let Some(schema) = self.parameters.as_object_mut() else { return };
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.retain(|name| !absent.iter().any(|absent| name == absent));
            if required.is_empty() {
                schema.remove("required");
            }
        }
    }

    fn properties_mut(&mut self) -> Option<&mut Map<String, Value>> {
        self.parameters.as_object_mut()?.get_mut("properties")?.as_object_mut()
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
