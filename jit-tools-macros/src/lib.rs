//! The macros of jit-tools; use them as `jit_tools::jit_tool`, `jit_tools::jit_toolset` and `jit_tools::url`.
//!
//! The stages of `#[jit_tool]`, each of which gives the next one another type:
//! attribute arguments (`jit_tool/arguments.rs`), the function (`jit_tool/signature.rs`) and its parameters
//! (`jit_tool/inputs.rs`) → the model (`jit_tool/model.rs`) → tokens (`jit_tool/expand.rs`). After a mistake the model is
//! what could be read, so that the compiler checks the rest at once; what cannot be read at all is a stub
//! (`jit_tool/fallback.rs`).

mod diagnostics;
mod duration;
mod entries;
mod jit_tool;
mod jit_toolset;
mod runtime_path;
mod template;
mod url;

use proc_macro::TokenStream;

/// The function stays what it was and can be called and tested as it was written. Beside it stands a struct of the same
/// name, as visible as the function, which `tools![…]` names. (A function is a value and a struct is a type, so both
/// can bear one name. A `mod` is a type too: the function `search` of a module `search` cannot be imported into the
/// module's parent, and is named by its path, `tools![search::search]`.)
///
/// The guide (`jit_tools::guide`) shows each form of a function and each key of the attribute with an example.
///
/// - The function is `async` or not. Its doc comment is what the model reads about the tool; it has to have one, or a
///   `description`.
/// - A parameter whose type implements `FromContext`, such as `&ToolContext` or `State<T>`, is handed in by the call.
///   Each other one is an argument, and a member of the JSON object that the model writes. One of type `Option<T>` may be
///   left out; members that the function does not have are refused.
/// - It returns something that implements `IntoToolOutput`, or a `Result` of it.
///
/// The keys are `name`, `title`, `description`, `justification`, `may_request(…)`, `base_url`, `preflight`, `retry`, `timeout`, `ttl`,
/// `approval`, `needs_approval`, `strict`, `read_only`, `destructive`, `idempotent`, `open_world` and `crate`; on an
/// argument, `default`, `args` and `validate`. All that can be is checked by the compiler: names against the strictest provider's
/// rule, placeholders against arguments, times, and that nothing is empty.
#[proc_macro_attribute]
pub fn jit_tool(attribute: TokenStream, item: TokenStream) -> TokenStream {
    jit_tool::expand(attribute.into(), &item.into()).into()
}

/// The methods of an `impl` as tools over one shared value.
///
/// The `impl` stays what it was; beside it stands a function `tools` that makes a `Toolset` of a value (or an `Arc` of
/// one): `Documents::tools(documents)`. A method takes `&self` or `self: Arc<Self>`, and all else that `#[jit_tool]`
/// says of functions holds for it. A method without `#[jit_tool]` is no tool.
///
/// - The `impl` may have type parameters, and may be one of a trait. The value has to be `Send`, `Sync` and `'static`.
/// - Of several blocks of a type, all but one name their function: `#[jit_toolset(fn = admin_tools)]`.
/// - `#[jit_toolset(crate = ::path)]` tells where `jit_tools` is, for a crate that renamed it.
#[proc_macro_attribute]
pub fn jit_toolset(attribute: TokenStream, item: TokenStream) -> TokenStream {
    jit_toolset::expand(attribute.into(), &item.into()).into()
}

/// What `jit_tools::url!` expands to. It is handed the runtime's path before what the author wrote.
#[doc(hidden)]
#[proc_macro]
pub fn url(input: TokenStream) -> TokenStream {
    url::expand(input.into()).into()
}
