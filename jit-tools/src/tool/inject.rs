//! What a call hands to a function beside what the model writes.

use std::{any::Any, fmt, ops::Deref, sync::Arc};

pub use tokio_util::sync::CancellationToken;

use crate::tool::{ToolContext, ToolError};

/// A parameter that is handed in by the call, and is not part of the schema.
///
/// `#[jit_tool]` asks the compiler whether a parameter's type implements this, so aliases and qualified paths work. A
/// parameter that is a reference (other than `&str` and `&[T]`) has to implement it.
///
/// ```
/// use jit_tools::{ToolContext, ToolError, jit_tool, tool::FromContext};
///
/// /// Who calls, as the application knows it.
/// struct Caller(String);
///
/// impl FromContext<'_> for Caller {
///     fn from_context(cx: &ToolContext) -> Result<Self, ToolError> {
///         Ok(Self(cx.jit().task_id().to_string()))
///     }
/// }
///
/// /// Says who calls.
/// #[jit_tool]
/// async fn who_am_i(caller: Caller) -> String {
///     caller.0
/// }
/// # let tools = jit_tools::tools![who_am_i];
/// # let parameters = tools.get("who_am_i").unwrap().definition().parameters();
/// # assert_eq!(parameters.as_value()["properties"], serde_json::json!({}));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not handed in by a call, and no argument that a model could write",
    label = "neither an argument nor handed in",
    note = "a call hands in `&ToolContext`, `State<T>`, `CallData<T>`, `CancellationToken` and `Progress`, \
            where `T` is Send, Sync and 'static, and for `CallData` also Clone",
    note = "an argument has a name, and is owned, or a `&str`, `&[T]` or `Cow<str>`"
)]
pub trait FromContext<'cx>: Sized {
    /// Takes the value out of the context.
    ///
    /// # Errors
    /// When it is not there, such as a state that nobody gave.
    fn from_context(cx: &'cx ToolContext) -> Result<Self, ToolError>;
}

impl<'cx> FromContext<'cx> for &'cx ToolContext {
    fn from_context(cx: &'cx ToolContext) -> Result<Self, ToolError> {
        Ok(cx)
    }
}

/// A value that all calls of a set of tools share, such as a pool of connections.
///
/// It is given with [`Toolset::with_state`](crate::Toolset::with_state), and found by its type. A tool that can do
/// without it takes an `Option<State<T>>`.
///
/// ```
/// use jit_tools::{jit_tool, tool::State, tools};
///
/// struct Greetings { hello: String }
///
/// /// Greets.
/// #[jit_tool]
/// async fn greet(greetings: State<Greetings>, name: String) -> String {
///     format!("{} {name}", greetings.hello)
/// }
///
/// let tools = tools![greet].with_state(State::new(Greetings { hello: "Hello".to_owned() }));
/// # let _ = tools;
/// ```
pub struct State<T: ?Sized>(Arc<T>);

impl<T> State<T> {
    /// A state of this value.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T: ?Sized> State<T> {
    /// The shared value itself.
    pub fn into_inner(self) -> Arc<T> {
        self.0
    }
}

impl<T: ?Sized> From<Arc<T>> for State<T> {
    fn from(value: Arc<T>) -> Self {
        Self(value)
    }
}

impl<T: ?Sized> Clone for State<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: ?Sized> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized> fmt::Debug for State<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "State<{}>", std::any::type_name::<T>())
    }
}

/// Writes the shared value, so that a base URL that is known at run time stands in [`url!`](crate::url) by its name.
impl<T: ?Sized + fmt::Display> fmt::Display for State<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: ?Sized + Send + Sync + 'static> FromContext<'_> for State<T> {
    fn from_context(cx: &ToolContext) -> Result<Self, ToolError> {
        cx.state().cloned().ok_or_else(|| {
            ToolError::missing(format!(
                "the tool takes a `State<{}>`, and its set has none: give it with `Toolset::with_state`",
                std::any::type_name::<T>()
            ))
        })
    }
}

impl<T: ?Sized + Send + Sync + 'static> FromContext<'_> for Option<State<T>> {
    fn from_context(cx: &ToolContext) -> Result<Self, ToolError> {
        Ok(cx.state().cloned())
    }
}

/// A value of one call, such as the user for whom it is made.
///
/// It is given with [`CallOptions::data`](crate::tool::CallOptions::data), and found by its type. A tool that can do
/// without it takes an `Option<CallData<T>>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallData<T>(pub T);

impl<T: Clone + Send + Sync + 'static> FromContext<'_> for CallData<T> {
    fn from_context(cx: &ToolContext) -> Result<Self, ToolError> {
        cx.options().and_then(|options| options.data.get::<T>()).cloned().map(Self).ok_or_else(|| {
            ToolError::missing(format!(
                "the tool takes a `CallData<{}>`, and the call has none: give it with `CallOptions::data`",
                std::any::type_name::<T>()
            ))
        })
    }
}

impl<T: Clone + Send + Sync + 'static> FromContext<'_> for Option<CallData<T>> {
    fn from_context(cx: &ToolContext) -> Result<Self, ToolError> {
        Ok(cx.options().and_then(|options| options.data.get::<T>()).cloned().map(CallData))
    }
}

/// The token of [`CallOptions::cancellation`](crate::tool::CallOptions::cancellation), or one that is never cancelled.
impl FromContext<'_> for CancellationToken {
    fn from_context(cx: &ToolContext) -> Result<Self, ToolError> {
        Ok(cx.options().and_then(|options| options.cancellation.clone()).unwrap_or_default())
    }
}

/// How far a call has come.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ProgressUpdate {
    /// How much is done, in whatever unit the tool counts in.
    pub done: f64,
    /// How much there is to do, where it is known.
    pub total: Option<f64>,
    /// What is being done, for people.
    pub message: Option<String>,
}

/// Takes what a call tells of its progress.
pub(crate) type ProgressSink = Arc<dyn Fn(ProgressUpdate) + Send + Sync>;

/// Tells how far a call has come; to nobody where the call has no
/// [`CallOptions::progress`](crate::tool::CallOptions::progress).
#[derive(Clone, Default)]
pub struct Progress(Option<ProgressSink>);

impl Progress {
    /// Tells that `done` of `total` is done.
    pub fn report(&self, done: f64, total: Option<f64>, message: Option<&str>) {
        if let Some(sink) = &self.0 {
            sink(ProgressUpdate { done, total, message: message.map(str::to_owned) });
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("is_heard", &self.0.is_some()).finish()
    }
}

impl FromContext<'_> for Progress {
    fn from_context(cx: &ToolContext) -> Result<Self, ToolError> {
        Ok(Self(cx.options().and_then(|options| options.progress.clone())))
    }
}

/// Values by their types. There are few, so that looking at each is the quickest way.
#[derive(Clone, Default)]
pub(crate) struct TypeMap(Vec<Arc<dyn Any + Send + Sync>>);

impl TypeMap {
    /// Keeps a value, in place of one of the same type.
    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        self.0.retain(|held| !held.is::<T>());
        self.0.push(Arc::new(value));
    }

    pub(crate) fn get<T: 'static>(&self) -> Option<&T> {
        self.0.iter().find_map(|held| held.downcast_ref())
    }
}

impl fmt::Debug for TypeMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TypeMap of {}", self.0.len())
    }
}
