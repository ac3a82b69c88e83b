//! A set of tools in a provider's form, and the way back from what its models send.

use hashbrown::HashMap;
use serde_json::Value;

use super::{
    DecodeError, ExportError, ExportOptions, Provider, Relaxed, ToolAnswer, ToolUse,
    dialect::{self, Dialect},
    digest,
    error::{DecodeErrorKind, Refusal},
    limits, names,
    rewrite::{Rewritten, rewrite},
    wire::{self, Form},
};
use crate::tool::ToolDefinition;

/// A set of tools in a provider's form.
///
/// It is all that a client and a loop of your own need: what to send, and how to read what comes back.
///
/// ```
/// use jit_tools::{Toolset, export::{Provider, ToolAnswer}, jit_tool, tools};
/// use serde_json::json;
///
/// /// Says where somebody is.
/// #[jit_tool]
/// async fn locate(name: String, near: Option<(String, u32)>) -> String {
///     format!("{name} is near {near:?}")
/// }
///
/// let tools: Toolset = tools![locate];
/// let export = tools.export(Provider::Anthropic)?;
/// assert_eq!(export.tools()[0]["name"], "locate");
///
/// // What the provider answered.
/// let answer = json!({"role": "assistant", "content": [
///     {"type": "tool_use", "id": "toolu_1", "name": "locate", "input": {"name": "Ada"}},
/// ]});
/// let calls = export.calls(&answer)?;
/// assert_eq!(calls[0].json(), r#"{"name":"Ada"}"#);
/// let messages = export.results(&[ToolAnswer::ok(&calls[0], "In London.")]);
/// assert_eq!(messages[0]["content"][0]["tool_use_id"], "toolu_1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Export {
    options: ExportOptions,
    tools: Vec<Tool>,
    definitions: Vec<Value>,
    by_name: HashMap<String, usize>,
    by_wire_name: HashMap<String, usize>,
    relaxed: Vec<Relaxed>,
}

#[derive(Debug)]
struct Tool {
    name: String,
    wire_name: String,
    is_strict: bool,
    rewritten: Rewritten,
}

impl Export {
    /// Exports tools; [`Toolset::export`](crate::Toolset::export) does it once and shares the result.
    pub fn new<'a>(
        definitions: impl IntoIterator<Item = &'a ToolDefinition>,
        options: &ExportOptions,
    ) -> Result<Self, ExportError> {
        let provider = options.provider();
        let error = |tool: Option<&str>, refusal| ExportError { provider, tool: tool.map(str::to_owned), refusal };
        let plain = dialect::plain(provider);
        let strict = dialect::strict(provider);
        if options.is_strict() && strict.is_none() {
            return Err(error(None, no_strict_mode()));
        }
        let definitions: Vec<_> = definitions.into_iter().collect();
        let wire_names =
            names::of_tools(&definitions, &plain.tool_names).map_err(|(tool, refusal)| error(Some(tool), refusal))?;
        let form = wire::form(provider);
        let mut export = Self {
            options: options.clone(),
            tools: Vec::with_capacity(definitions.len()),
            definitions: Vec::with_capacity(definitions.len()),
            by_name: HashMap::new(),
            by_wire_name: HashMap::new(),
            relaxed: Vec::new(),
        };
        let mut shares = Vec::new();
        for (index, (definition, wire_name)) in definitions.iter().zip(wire_names).enumerate() {
            let name = definition.name();
            let fault = |refusal| error(Some(name), refusal);
            if let Some(never) = definition.fault() {
                let (reason, remedy) = (never.reason.clone(), never.remedy);
                return Err(fault(Refusal { path: String::new(), reason, remedy }));
            }
            let mut strictly = None;
            if let Some(dialect) = strict.filter(|_| options.is_strict_for(definition)) {
                match rewrite_strictly(definition, dialect) {
                    Ok(rewritten) => {
                        let share = limits::check(&rewritten.schema, dialect).map_err(fault)?;
                        strictly = Some((dialect, share, rewritten));
                    }
                    Err(refusal) => export.relaxed.push(Relaxed { tool: name.to_owned(), refusal }),
                }
            }
            let (rewritten, share) = if let Some((dialect, share, rewritten)) = strictly {
                (rewritten, Some((dialect, share)))
            } else {
                let rewritten = rewrite(definition.parameters().as_value(), plain).map_err(fault)?;
                limits::check(&rewritten.schema, plain).map_err(fault)?;
                (rewritten, None)
            };
            let is_strict = share.is_some();
            shares.push((name, share));
            export.definitions.push((form.tool)(&wire::Declared {
                name: &wire_name,
                definition,
                schema: &rewritten.schema,
                is_strict,
            }));
            export.by_name.insert(name.to_owned(), index);
            export.by_wire_name.insert(wire_name.clone(), index);
            export.tools.push(Tool { name: name.to_owned(), wire_name, is_strict, rewritten });
        }
        limits::check_all(shares.into_iter(), plain).map_err(|(tool, refusal)| error(Some(&tool), refusal))?;
        Ok(export)
    }

    /// How the tools were exported.
    pub fn options(&self) -> &ExportOptions {
        &self.options
    }

    /// Whose form it is.
    pub fn provider(&self) -> Provider {
        self.options.provider()
    }

    /// The tools, in the order of the set.
    pub fn tools(&self) -> &[Value] {
        &self.definitions
    }

    /// The members of a request that hold the tools, such as `{"tools": […]}`.
    pub fn request(&self) -> Value {
        (self.form().request)(&self.definitions)
    }

    /// The schema of a tool's arguments as the provider gets it.
    pub fn schema(&self, tool: &str) -> Option<&Value> {
        self.tool(tool).map(|tool| &tool.rewritten.schema)
    }

    /// Whether a tool is strict: the provider then holds the model to the schema.
    pub fn is_strict(&self, tool: &str) -> bool {
        self.tool(tool).is_some_and(|tool| tool.is_strict)
    }

    /// The tools that were to be strict, and are not since their schema has no strict form.
    pub fn relaxed(&self) -> &[Relaxed] {
        &self.relaxed
    }

    /// The name by which the provider knows a tool; another one only where its own is not allowed there.
    pub fn wire_name(&self, tool: &str) -> Option<&str> {
        self.tool(tool).map(|tool| tool.wire_name.as_str())
    }

    /// The tool that the provider knows by a name: the way back from [`wire_name`](Self::wire_name).
    pub fn tool_name(&self, wire_name: &str) -> Option<&str> {
        self.by_wire_name(wire_name).map(|tool| tool.name.as_str())
    }

    /// The tools as JSON: the same bytes on every run and platform, so that a provider's cache of prompts holds.
    pub fn to_json(&self) -> String {
        Value::Array(self.definitions.clone()).to_string()
    }

    /// A digest of what the model sees: SHA-256 of [`to_json`](Self::to_json), in hexadecimal.
    pub fn digest(&self) -> String {
        digest::hex(self.to_json().as_bytes())
    }

    /// The tools as a file that is kept beside the code, so that a change of what the model sees is seen in review.
    ///
    /// ```no_run
    /// # use jit_tools::{Toolset, export::Provider};
    /// #[test]
    /// fn what_the_model_sees_is_reviewed() -> Result<(), Box<dyn std::error::Error>> {
    ///     # let tools = Toolset::new();
    ///     tools.export(Provider::OpenAiChat)?.assert_golden("tests/golden/tools.json")?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// When the file says something else, with the first line that differs. With `UPDATE_GOLDEN=1` in the environment,
    /// it is written instead.
    pub fn assert_golden(&self, path: impl AsRef<std::path::Path>) -> Result<(), super::GoldenError> {
        super::golden::compare(&self.definitions, path.as_ref())
    }

    /// A tool's arguments as its type reads them, of what the model wrote: JSON, or a string that holds it.
    ///
    /// What does not fit the schema is passed on as it is, so that the tool tells the model what is wrong.
    pub fn decode(&self, tool: &str, arguments: &Value) -> Result<Value, DecodeError> {
        let tool = self.tool(tool).ok_or_else(|| DecodeErrorKind::UnknownTool(tool.to_owned()))?;
        wire::read_arguments(arguments).map(|value| tool.rewritten.codec.decode(value))
    }

    /// A tool's arguments as the model would write them, of what its type writes. It is what
    /// [`decode`](Self::decode) turns back.
    pub fn encode(&self, tool: &str, arguments: &Value) -> Result<Value, DecodeError> {
        let tool = self.tool(tool).ok_or_else(|| DecodeErrorKind::UnknownTool(tool.to_owned()))?;
        Ok(tool.rewritten.codec.encode(arguments.clone()))
    }

    /// Whether a tool's arguments are the same in both forms, so that their text may be passed on as it is.
    pub fn is_verbatim(&self, tool: &str) -> bool {
        self.tool(tool).is_some_and(|tool| tool.rewritten.codec.is_plain())
    }

    /// The calls in a provider's answer, in its order. It is the whole answer: one that was streamed is put together
    /// first, as the provider's client does.
    ///
    /// Arguments that are not JSON, and names that are not in the set, are no errors here: they stay in the call, whose
    /// [`ToolUse::json`] and [`ToolUse::name`] let [`Toolset::call`](crate::Toolset::call) tell the model.
    pub fn calls(&self, answer: &Value) -> Result<Vec<ToolUse>, DecodeError> {
        let calls = (self.form().calls)(answer)
            .map_err(|missing| DecodeErrorKind::Answer { provider: self.provider(), missing })?;
        Ok(calls.into_iter().enumerate().map(|(index, call)| self.read(index, call)).collect())
    }

    fn read(&self, index: usize, call: wire::RawCall) -> ToolUse {
        let tool = self.by_wire_name(&call.name);
        let text = match &call.arguments {
            Value::String(text) => wire::unwrapped(text).unwrap_or_else(|| text.clone()),
            Value::Null => "{}".to_owned(),
            object => object.to_string(),
        };
        let arguments = wire::read_arguments(&call.arguments).map(|value| match tool {
            Some(tool) => tool.rewritten.codec.decode(value),
            None => value,
        });
        let json = match (&arguments, tool) {
            // As the model wrote it: what is read twice is rounded twice.
            (Ok(_), Some(tool)) if tool.rewritten.codec.is_plain() => text,
            (Ok(value), _) => value.to_string(),
            (Err(_), _) => text,
        };
        let has_id = call.id.is_some();
        ToolUse {
            id: call.id.unwrap_or_else(|| format!("call_{index}")),
            has_id,
            name: tool.map_or(call.name, |tool| tool.name.clone()),
            arguments,
            json,
            signature: call.signature,
        }
    }

    /// The model's turn as it goes back into the conversation, exactly as it came: with its reasoning, thought
    /// signatures and ids, some of which providers ask for.
    pub fn reply(&self, answer: &Value) -> Result<Vec<Value>, DecodeError> {
        let missing = |missing| DecodeErrorKind::Answer { provider: self.provider(), missing };
        Ok((self.form().reply)(answer).map_err(missing)?)
    }

    /// A model's turn in this provider's form, for a conversation that was kept in another one: its text, and its calls
    /// with their arguments encoded.
    pub fn turn(&self, text: Option<&str>, calls: &[ToolUse]) -> Vec<Value> {
        let calls: Vec<_> = calls.iter().map(|call| self.write(call)).collect();
        (self.form().turn)(text, &calls)
    }

    fn write<'a>(&'a self, call: &'a ToolUse) -> wire::WrittenCall<'a> {
        let tool = self.tool(&call.name);
        let arguments = match (&call.arguments, tool) {
            (Ok(value), Some(tool)) => tool.rewritten.codec.encode(value.clone()),
            (Ok(value), None) => value.clone(),
            // What is no JSON goes back as a JSON string, so that the conversation stays valid JSON.
            (Err(_), _) => Value::String(call.json.clone()),
        };
        wire::WrittenCall {
            id: (self.form().id)(&call.id),
            has_id: call.has_id,
            name: tool.map_or(call.name.as_str(), |tool| &tool.wire_name),
            arguments,
            signature: call.signature.as_ref(),
        }
    }

    /// The messages that tell the model what its calls gave; all calls of a turn belong into one list.
    pub fn results(&self, answers: &[ToolAnswer]) -> Vec<Value> {
        let results: Vec<_> = answers
            .iter()
            .map(|answer| wire::WrittenResult {
                id: (self.form().id)(&answer.id),
                has_id: answer.has_id,
                name: self.wire_name(&answer.name).unwrap_or(&answer.name),
                text: wire::told(&answer.text, answer.is_error),
                structured: answer.structured.as_ref(),
                // Some providers take only texts in an error.
                parts: if answer.is_error { &[] } else { &answer.parts },
                is_error: answer.is_error,
            })
            .collect();
        (self.form().results)(&results)
    }

    fn tool(&self, name: &str) -> Option<&Tool> {
        self.by_name.get(name).and_then(|index| self.tools.get(*index))
    }

    fn by_wire_name(&self, name: &str) -> Option<&Tool> {
        self.by_wire_name.get(name).and_then(|index| self.tools.get(*index))
    }

    fn form(&self) -> &'static Form {
        wire::form(self.provider())
    }
}

fn no_strict_mode() -> Refusal {
    let has = Provider::all().iter().filter(|provider| provider.has_strict_mode()).map(|provider| provider.name());
    let reason = format!("has no strict mode (those that have one are {})", has.collect::<Vec<_>>().join(", "));
    Refusal::new(&super::schema::Path::default(), reason, "leave out `ExportOptions::strict`")
}

/// A schema in a strict dialect. A tool without arguments has none where objects need properties.
fn rewrite_strictly(definition: &ToolDefinition, dialect: &Dialect) -> Result<Rewritten, Refusal> {
    let rewritten = rewrite(definition.parameters().as_value(), dialect)?;
    let is_empty = rewritten.schema.as_object().is_none_or(|root| super::schema::properties(root).is_none());
    if is_empty && !dialect.has_empty_objects {
        let reason = "an object without properties is not taken in strict mode";
        return Err(Refusal::new(&super::schema::Path::default(), reason, "give the tool an argument"));
    }
    Ok(rewritten)
}
