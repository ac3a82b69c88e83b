//! A crate that lets no lint pass.

#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_results,
    non_ascii_idents,
    rust_2018_idioms,
    let_underscore_drop,
    single_use_lifetimes,
    trivial_casts,
    unsafe_code,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::unwrap_used,
    clippy::indexing_slicing
)]

use jit_tools::{Json, JitContext, ToolContext, ToolError, Toolset, jit_tool, jit_toolset, tool::State, tools, url};

/// Fetches a document.
///
/// # Errors
/// When there is none.
#[jit_tool(
    justification = "Fetching {id}",
    may_request(type = "document", actions = ["read"], identifier = "{id}"),
    title = "Fetch",
    base_url = "https://api.example.com/documents",
    timeout = "30s",
    read_only
)]
pub async fn fetch(
    cx: &ToolContext,
    id: String,
    #[serde(default)] note: Option<&str>,
    #[jit_tool(default = 10)] limit: u32,
    state: State<u8>,
) -> Result<Json<Vec<String>>, ToolError> {
    let text = cx.http().get(url!("https://api.example.com/documents/{id}?limit={limit}", limit = limit * 2)).send().await?.text().await?;
    Ok(Json(vec![text, format!("{note:?} {limit} {}", *state)]))
}

/// What to search for.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// The words.
    pub words: Vec<String>,
}

/// Searches for documents.
#[jit_tool]
#[must_use]
pub fn search(#[jit_tool(args)] search: Search, _: &ToolContext) -> String {
    search.words.join(" ")
}

/// Counts things of one kind.
#[jit_tool]
#[must_use]
pub fn count<T>(#[serde(default)] things: Vec<T>, #[jit_tool(default = 1)] times: usize) -> usize
where
    T: serde::de::DeserializeOwned + schemars::JsonSchema + Send,
{
    things.len() * times
}

/// Fetches a document by its old number.
#[jit_tool]
#[deprecated = "documents have ids"]
pub async fn fetch_by_number(number: u32) -> String {
    std::future::ready(number.to_string()).await
}

/// Fetches pages.
pub trait Pages {
    /// Fetches a page.
    fn page(&self, number: u32) -> impl Future<Output = String> + Send;
}

/// Documents.
#[derive(Debug)]
pub struct Documents;

#[jit_toolset(fn = page_tools)]
impl Pages for Documents {
    /// Fetches a page.
    #[jit_tool]
    async fn page(&self, number: u32) -> String {
        std::future::ready(format!("{self:?} {number}")).await
    }
}

#[jit_toolset]
impl Documents {
    /// Fetches another document.
    #[jit_tool]
    #[must_use]
    pub fn fetch_another(&self, id: &str) -> String {
        format!("{self:?} {id}")
    }
}

/// All tools.
///
/// # Errors
/// When two have one name.
#[allow(deprecated)]
pub async fn all(jit: &JitContext) -> Result<Toolset, ToolError> {
    let mut all = tools![fetch, search, count::<u8>, fetch_by_number].with_state(State::new(1_u8));
    all.merge(Documents::tools(Documents))?;
    all.merge(Documents::page_tools(Documents))?;
    let _output = all.call(jit, "fetch", r#"{"id":"a"}"#).await?;
    Ok(all)
}
