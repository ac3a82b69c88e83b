//! What `#[jit_tool]` generates for a function, and the generic code that makes a [`Tool`] of it.

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    ops::Deref,
    pin::Pin,
    sync::{Arc, LazyLock},
    time::Duration,
};

use crate::{
    policy::Entitlement,
    tool::{ApprovalMode, Tool, ToolContext, ToolDefinition, ToolError, ToolOutput},
};

/// What `tools![…]` names: an annotated function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tool",
    label = "not a tool",
    note = "put `#[jit_tool]` on a function, and name the function; methods are tools by `#[jit_toolset]` on their `impl`"
)]
pub trait ListedTool {
    /// The name by which a model calls the tool.
    const NAME: &'static str;

    /// The tool as a toolset keeps it.
    fn erased() -> ToolRef;
}

/// A tool as a toolset keeps it, and as its calls hold it. Most tools are there as long as the program, so that a call
/// does not have to count who holds them.
#[derive(Clone)]
pub enum ToolRef {
    /// An annotated function.
    Static(&'static dyn Tool),
    /// A tool that was made at run time.
    Shared(Arc<dyn Tool>),
}

impl Deref for ToolRef {
    type Target = dyn Tool;

    fn deref(&self) -> &dyn Tool {
        match self {
            Self::Static(tool) => *tool,
            Self::Shared(tool) => &**tool,
        }
    }
}

impl fmt::Debug for ToolRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ToolRef").field(&self.definition().name()).finish()
    }
}

/// An annotated function without type parameters. `#[jit_tool]` implements it; the rest of a tool is the same for all of
/// them, and lives here rather than in an expansion.
pub trait ToolFunction: Send + Sync + 'static {
    /// The name by which a model calls the tool.
    const NAME: &'static str;

    /// The tool itself, which holds nothing.
    const TOOL: &'static Self;

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
}

impl<T: ToolFunction> ListedTool for T {
    const NAME: &'static str = <T as ToolFunction>::NAME;

    fn erased() -> ToolRef {
        ToolRef::Static(T::TOOL)
    }
}

// `call` is written as `async_trait` would have it: its own future around that of the function would be one more to build
// for each tool, and one more to go through in each call.
impl<T: ToolFunction> Tool for T {
    fn definition(&self) -> &ToolDefinition {
        T::definition()
    }

    fn entitlement(&self, arguments: &str) -> Result<Entitlement, ToolError> {
        <T as ToolFunction>::entitlement(arguments)
    }

    fn call<'tool, 'cx, 'call>(&'tool self, cx: &'cx ToolContext) -> Called<'call>
    where
        'tool: 'call,
        'cx: 'call,
        Self: 'call,
    {
        Box::pin(<T as ToolFunction>::call(cx))
    }
}

/// The future of a call, as `async_trait` has it.
type Called<'call> = Pin<Box<dyn Future<Output = Outcome> + Send + 'call>>;

/// What the value of methods has to be that are tools: calls of them share it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shared by the calls of its tools",
    label = "not Send, Sync and 'static",
    note = "calls run on any thread and at the same time: `#[jit_toolset]` goes on a type that is `Send`, `Sync` and `'static`"
)]
pub trait ToolReceiver: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> ToolReceiver for T {}

/// What a type has whose `#[jit_toolset]` names no function. Of a second one the compiler speaks by this name.
pub trait OnlyOneBlockMayLeaveOutFn {}

/// An annotated method of `S`, or an annotated function with type parameters (then `S` is `()`).
///
/// It may depend on type parameters, of which a `static` knows nothing; so its definition is built once for each
/// [`BoundTool`].
pub trait ToolMethod<S>: Send + Sync + 'static {
    /// The name by which a model calls the tool.
    const NAME: &'static str;

    /// Builds the definition.
    fn definition() -> ToolDefinition;

    /// What a call with these arguments may ask an authority for.
    ///
    /// # Errors
    /// When the arguments are not what the method takes.
    fn entitlement(arguments: &str) -> Result<Entitlement, ToolError> {
        let _ = arguments;
        Ok(Entitlement::default())
    }

    /// Runs the method on the arguments of the context.
    fn call(receiver: &Arc<S>, cx: &ToolContext) -> impl Future<Output = Result<ToolOutput, ToolError>> + Send;
}

/// A method and the value that it is called on.
pub struct BoundTool<M, S> {
    receiver: Arc<S>,
    definition: ToolDefinition,
    method: PhantomData<fn() -> M>,
}

impl<M: ToolMethod<S>, S: Send + Sync + 'static> BoundTool<M, S> {
    /// The tool as a toolset keeps it.
    pub fn erased(receiver: &Arc<S>) -> ToolRef {
        let (receiver, definition) = (Arc::clone(receiver), M::definition());
        ToolRef::Shared(Arc::new(Self { receiver, definition, method: PhantomData }))
    }
}

impl<M, S> fmt::Debug for BoundTool<M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundTool").field("name", &self.definition.name()).finish_non_exhaustive()
    }
}

impl<M: ToolMethod<S>, S: Send + Sync + 'static> Tool for BoundTool<M, S> {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn entitlement(&self, arguments: &str) -> Result<Entitlement, ToolError> {
        M::entitlement(arguments)
    }

    fn call<'tool, 'cx, 'call>(&'tool self, cx: &'cx ToolContext) -> Called<'call>
    where
        'tool: 'call,
        'cx: 'call,
        Self: 'call,
    {
        Box::pin(M::call(&self.receiver, cx))
    }
}

/// A number of milliseconds, in an expansion.
pub const fn milliseconds(number: u64) -> Option<Duration> {
    Some(Duration::from_millis(number))
}

/// `approval = "wait"`.
pub const WAIT: Option<ApprovalMode> = Some(ApprovalMode::Wait);

/// `approval = "suspend"`.
pub const SUSPEND: Option<ApprovalMode> = Some(ApprovalMode::Suspend);

/// What a call gives, in an expansion where `Result` may be something else.
pub type Outcome = Result<ToolOutput, ToolError>;

/// What a call may ask for, there.
pub type Entitled = Result<Entitlement, ToolError>;

/// The definition of an annotated function, built when it is first asked for.
pub type LazyDefinition = LazyLock<ToolDefinition>;

/// A tool that `tools![…]` names.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    name: &'static str,
    erased: fn() -> ToolRef,
}

impl Listed {
    /// The tool of that type.
    pub const fn of<T: ListedTool>() -> Self {
        Self { name: T::NAME, erased: T::erased }
    }

    pub(crate) fn erased(&self) -> ToolRef {
        (self.erased)()
    }
}

/// The same tools; fails to compile when two of a `tools![…]` have one name.
///
/// # Panics
/// When two are the same; in the compiler, where it is an error at the `tools![…]`.
#[expect(clippy::indexing_slicing, reason = "runs in the compiler only, where slices have no iterators yet")]
pub const fn distinct(tools: &'static [Listed]) -> &'static [Listed] {
    let mut i = 0;
    while i < tools.len() {
        let mut j = i + 1;
        while j < tools.len() {
            assert!(
                !is_same(tools[i].name.as_bytes(), tools[j].name.as_bytes()),
                "two of these tools have the same name; give one of them another, as in `#[jit_tool(name = \"…\")]`"
            );
            j += 1;
        }
        i += 1;
    }
    tools
}

/// Fails to compile when two of the names are the same: those of the methods of one `impl` that are there.
///
/// # Panics
/// When two are the same; in the compiler, where it is an error at the `#[jit_toolset]`.
#[expect(clippy::indexing_slicing, reason = "runs in the compiler only, where slices have no iterators yet")]
pub const fn distinct_names(names: &[&str]) {
    let mut i = 0;
    while i < names.len() {
        let mut j = i + 1;
        while j < names.len() {
            assert!(
                !is_same(names[i].as_bytes(), names[j].as_bytes()),
                "two tools of this `impl` have the same name; give one of them another, as in `#[jit_tool(name = \"…\")]`"
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

/// The description of a tool that is written as an expression; fails to compile when it is empty.
///
/// # Panics
/// When it has nothing but white space; in the compiler, where it is an error at the description.
#[expect(clippy::indexing_slicing, clippy::panic, reason = "runs in the compiler only")]
pub const fn description(text: &'static str) -> &'static str {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if !bytes[i].is_ascii_whitespace() {
            return text;
        }
        i += 1;
    }
    panic!("a model chooses a tool by its description: say what the tool does")
}
