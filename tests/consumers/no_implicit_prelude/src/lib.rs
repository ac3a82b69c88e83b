//! A crate without the prelude.

#![no_implicit_prelude]

/// Fetches a document.
#[::jit_tools::jit_tool(
    justification = "Fetching {id}",
    may_request(type = "document", actions = ["read"], identifier = "{id}"),
    title = "Fetch",
    retry = "body",
    ttl = "5m",
    approval = "suspend",
    needs_approval,
    strict = false,
    idempotent
)]
pub async fn fetch(
    cx: &::jit_tools::ToolContext,
    id: &str,
    note: ::std::option::Option<&str>,
    #[jit_tool(default = "none")] sort: ::std::string::String,
    pages: &[u32],
) -> ::std::result::Result<::std::string::String, ::jit_tools::ToolError> {
    let _ = (cx, id, note, pages);
    ::std::result::Result::Ok(sort)
}

/// Documents.
pub struct Documents;

#[::jit_tools::jit_toolset]
impl Documents {
    /// Fetches another document.
    #[::jit_tools::jit_tool]
    pub fn fetch_another(self: ::std::sync::Arc<Self>, id: ::std::string::String) -> ::std::string::String {
        id
    }
}

/// All tools.
pub fn all() -> ::jit_tools::Toolset {
    let mut all = ::jit_tools::tools![fetch];
    let _ = all.merge(Documents::tools(Documents));
    all
}
