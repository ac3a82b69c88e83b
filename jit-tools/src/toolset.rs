//! A set of tools, and the dispatch of calls to them by name.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use hashbrown::HashMap;

use crate::{
    export::{Export, ExportError, ExportOptions, Provider, common_name},
    session::JitContext,
    tool::{
        CallOptions, State, Tool, ToolContext, ToolDefinition, ToolError, ToolOutput, TypeMap,
        function::{Listed, ToolRef},
    },
};

/// Tools by name. [`tools!`](crate::tools) makes one of annotated functions.
///
/// ```
/// use jit_tools::{Toolset, export::Provider, jit_tool, tools};
///
/// /// Adds two numbers.
/// #[jit_tool]
/// async fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// let tools: Toolset = tools![add];
/// let exported = tools.export(Provider::OpenAiChat)?;
/// assert_eq!(exported.tools()[0]["function"]["name"], "add");
/// # Ok::<(), jit_tools::export::ExportError>(())
/// ```
#[derive(Clone, Default)]
pub struct Toolset {
    tools: Vec<Entry>,
    by_name: HashMap<String, usize>,
    exports: Exports,
}

/// A tool, and what its calls share.
#[derive(Clone)]
struct Entry {
    tool: ToolRef,
    /// Whether a call needs more than to be run.
    is_guarded: bool,
    state: Option<Arc<TypeMap>>,
}

/// The exports that were asked for, shared by all copies of a set.
#[derive(Clone, Default)]
struct Exports(Arc<Mutex<Vec<Arc<Export>>>>);

/// A tool whose name a model could not tell from another's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct ToolNameError(#[from] NameFault);

impl From<ToolNameError> for ToolError {
    fn from(error: ToolNameError) -> Self {
        Self::other(error)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum NameFault {
    #[error("a tool has no name: give it one")]
    Missing,
    #[error("there are two tools named `{0}`: give one of them another name")]
    Taken(String),
    #[error(
        "the tools `{name}` and `{other}` are both `{common}` to providers that take only ASCII letters, digits, `_` \
         and `-` in names: give one of them another name"
    )]
    Alike { name: String, other: String, common: String },
}

impl ToolNameError {
    /// The name of the tool that was not added.
    pub fn name(&self) -> &str {
        match &self.0 {
            NameFault::Missing => "",
            NameFault::Taken(name) | NameFault::Alike { name, .. } => name,
        }
    }
}

impl Toolset {
    /// A set without tools.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tool.
    ///
    /// A name that some provider does not take, such as `fs.read`, is written in another way there, and read back:
    /// [`Export::wire_name`] says how.
    ///
    /// ```
    /// use jit_tools::{Toolset, jit_tool, tools};
    ///
    /// /// Adds two numbers.
    /// #[jit_tool]
    /// async fn add(a: i64, b: i64) -> i64 {
    ///     a + b
    /// }
    ///
    /// let mut tools: Toolset = tools![add];
    /// let error = tools.merge(tools![add]).unwrap_err();
    /// assert_eq!(error.to_string(), "there are two tools named `add`: give one of them another name");
    /// ```
    ///
    /// # Errors
    /// When it has no name, or one that is another tool's, here or as some provider is told it. The set is then as it
    /// was.
    pub fn add(&mut self, tool: Arc<dyn Tool>) -> Result<(), ToolNameError> {
        self.add_ref(ToolRef::Shared(tool))
    }

    fn add_ref(&mut self, tool: ToolRef) -> Result<(), ToolNameError> {
        let is_guarded = tool.definition().is_guarded();
        self.add_entry(Entry { tool, is_guarded, state: None })
    }

    fn add_entry(&mut self, entry: Entry) -> Result<(), ToolNameError> {
        let name = entry.tool.definition().name();
        self.check_name(name)?;
        self.by_name.insert(name.to_owned(), self.tools.len());
        self.tools.push(entry);
        // Copies of the set keep theirs, which are of the tools that they have.
        self.exports.forget();
        Ok(())
    }

    /// Gives the tools that are in the set now a value that their calls share, in place of one of the same type. A tool
    /// takes it as [`State<T>`](State).
    #[expect(clippy::needless_pass_by_value, reason = "whoever gives a state needs it no more")]
    pub fn with_state<T: ?Sized + Send + Sync + 'static>(mut self, state: State<T>) -> Self {
        for entry in &mut self.tools {
            Arc::make_mut(entry.state.get_or_insert_default()).insert(state.clone());
        }
        self
    }

    /// Adds all tools of another set, each with the state that it has.
    ///
    /// # Errors
    /// As for [`add`](Self::add). The set is then as it was.
    pub fn merge(&mut self, other: Self) -> Result<(), ToolNameError> {
        other.definitions().try_for_each(|tool| self.check_name(tool.name()))?;
        for entry in other.tools {
            self.add_entry(entry)?;
        }
        Ok(())
    }

    fn check_name(&self, name: &str) -> Result<(), NameFault> {
        if name.is_empty() {
            return Err(NameFault::Missing);
        }
        if self.by_name.contains_key(name) {
            return Err(NameFault::Taken(name.to_owned()));
        }
        let common = common_name(name);
        match self.definitions().map(ToolDefinition::name).find(|other| common_name(other) == common) {
            Some(other) => {
                Err(NameFault::Alike { name: name.to_owned(), other: other.to_owned(), common: common.into_owned() })
            }
            None => Ok(()),
        }
    }

    /// A set of tools whose names are known to differ. Of two with one name, the first would be found.
    #[doc(hidden)]
    pub fn from_listed(tools: &[Listed]) -> Self {
        let mut set = Self::default();
        for tool in tools {
            // `tools!` has compared the names at compile time.
            let _ = set.add_ref(tool.erased());
        }
        set
    }

    /// A set of the tools of one `impl`, whose names are known to differ.
    #[doc(hidden)]
    pub fn from_methods(tools: Vec<ToolRef>) -> Self {
        let mut set = Self::default();
        for tool in tools {
            // `#[jit_toolset]` has compared the names.
            let _ = set.add_ref(tool);
        }
        set
    }

    /// The tool of that name.
    pub fn get(&self, name: &str) -> Option<&dyn Tool> {
        self.entry(name).map(|entry| &*entry.tool)
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name).and_then(|index| self.tools.get(*index))
    }

    /// How many tools there are.
    pub fn len(&self) -> usize {
        self.tools.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    /// What a model sees of the tools, in the order in which they were added.
    pub fn definitions(&self) -> impl ExactSizeIterator<Item = &ToolDefinition> {
        self.tools.iter().map(|entry| entry.tool.definition())
    }

    /// The tools in the form that a provider takes.
    ///
    /// It is computed once for a set, and shared.
    pub fn export(&self, provider: Provider) -> Result<Arc<Export>, ExportError> {
        self.export_with(&ExportOptions::new(provider))
    }

    /// The tools in the form that a provider takes, strict for instance.
    pub fn export_with(&self, options: &ExportOptions) -> Result<Arc<Export>, ExportError> {
        self.exports.get_or_compute(options, || Export::new(self.definitions(), options))
    }

    /// Calls a tool by name, with the arguments as a model wrote them: the text of a JSON object.
    ///
    /// A challenge that the call meets is followed as far as the tool and the task's policy allow.
    ///
    /// # Errors
    /// When there is no such tool, the arguments do not fit, or the tool fails; what to tell the model is
    /// [`ToolError::for_model`].
    pub fn call<'a>(
        &'a self,
        jit: &'a JitContext,
        name: &'a str,
        arguments: impl Into<String>,
    ) -> impl Future<Output = Result<ToolOutput, ToolError>> + Send + 'a {
        self.dispatch(jit, name, arguments.into(), None)
    }

    /// [`call`](Self::call), with what this one call is given beside its arguments.
    pub fn call_with<'a>(
        &'a self,
        jit: &'a JitContext,
        name: &'a str,
        arguments: impl Into<String>,
        options: &'a CallOptions,
    ) -> impl Future<Output = Result<ToolOutput, ToolError>> + Send + 'a {
        self.dispatch(jit, name, arguments.into(), Some(options))
    }

    async fn dispatch(
        &self,
        jit: &JitContext,
        name: &str,
        arguments: String,
        options: Option<&CallOptions>,
    ) -> Result<ToolOutput, ToolError> {
        let Some(Entry { tool, is_guarded, state }) = self.entry(name) else { return Err(self.unknown(name)) };
        let cx = ToolContext::of_call(jit, tool, arguments, state.as_ref(), options);
        // Boxed, since most calls need neither, and all of them would carry it.
        if *is_guarded {
            return Box::pin(cx.run_guarded(&**tool)).await;
        }
        match tool.call(&cx).await {
            Ok(output) if !cfg!(debug_assertions) => Ok(output),
            outcome => Box::pin(cx.follow_up(&**tool, outcome)).await,
        }
    }

    #[cold]
    fn unknown(&self, name: &str) -> ToolError {
        ToolError::unknown_tool(name, self.definitions().map(ToolDefinition::name))
    }
}

impl Exports {
    fn get_or_compute(
        &self,
        options: &ExportOptions,
        compute: impl FnOnce() -> Result<Export, ExportError>,
    ) -> Result<Arc<Export>, ExportError> {
        // What is kept is right at every moment, also after a panic of another thread.
        let mut exports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(export) = exports.iter().find(|export| export.options() == options) {
            return Ok(Arc::clone(export));
        }
        let export = Arc::new(compute()?);
        exports.push(Arc::clone(&export));
        Ok(export)
    }

    fn forget(&mut self) {
        match Arc::get_mut(&mut self.0) {
            Some(exports) => exports.get_mut().unwrap_or_else(PoisonError::into_inner).clear(),
            None => *self = Self::default(),
        }
    }
}

impl fmt::Debug for Toolset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.definitions().map(ToolDefinition::name)).finish()
    }
}
