//! The attribute macro of jit-tools; use it as `jit_tools::jit_tool`.
//!
//! The stages, each of which gives the next one another type:
//! attribute arguments (`jit_tool/arguments.rs`) and the function (`jit_tool/signature.rs`) → the validated model
//! (`jit_tool/model.rs`) → tokens (`jit_tool/expand.rs`), or after a mistake a stub (`jit_tool/fallback.rs`).

mod diagnostics;
mod duration;
mod entries;
mod jit_tool;
mod jit_toolset;
mod runtime_path;
mod template;

use proc_macro::TokenStream;

/// The function stays what it was and can be called and tested as it was written. Beside it stands a struct of the same
/// name, as visible as the function, which `tools![…]` names. (A function is a value and a struct is a type, so both
/// can bear one name. A `mod` is a type too: the function `search` of a module `search` cannot be imported into the
/// module's parent, and is named by its path, `tools![search::search]`.)
///
/// # The function
///
/// - A free function, `async` or not, without generics.
/// - Its doc comment is what the model reads about the tool; it has to have one, or a `description`.
/// - Each argument is a member of the JSON object that the model writes, and implements `serde::Deserialize`,
///   `schemars::JsonSchema` and `Send`. A doc comment on it is its description. `#[serde(…)]` and `#[schemars(…)]` on
///   it mean what they mean on a field. An argument of type `Option<T>` may be left out; members that the function does
///   not have are refused.
/// - An argument of type `&ToolContext` is handed in and is not part of the schema. It may stand anywhere, once, and is
///   recognized by its name.
/// - It returns something that implements `IntoToolOutput`: text, a number, a JSON value, `Json<T>`, `()`, or a `Result`
///   of one of these.
///
/// # The attribute
///
/// | key | meaning |
/// |---|---|
/// | `name = "…"` | What the model calls the tool; the function's name without it. ASCII letters, digits, `_` and `-`, at most 64, not starting with a digit or `-`. |
/// | `description = "…"` | What the model reads, in place of the doc comment. |
/// | `justification = "…"` | Why a call asks for permission. A person reads this before approving. |
/// | `may_request(…)` | One permission that a call may ask for. Several may be given; a call asks for nothing else. |
/// | `crate = ::path` | Where `jit_tools` is, for a crate that renamed it. |
///
/// `may_request` takes `type = "…"`, and optionally `actions = ["…"]`, `identifier = "…"` and `locations = ["…"]`: the
/// members of an RFC 9396 authorization details object. A `*` is refused in all of them, since it never covers anything.
///
/// In `justification` and `identifier`, `{document_id}` stands for the value of that argument, which implements
/// `Display`; `{{` and `}}` stand for braces.
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
