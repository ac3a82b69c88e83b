//! URLs with values of all kinds, in places of all kinds.

use jit_tools::{BaseUrl, ToolContext, ToolError, Toolset, UrlError, jit_tool, tools};

const API: &str = "https://api.acme.com/v1";

/// Fetches a document.
#[jit_tool(base_url = "https://api.acme.com/v1/")]
pub async fn fetch(cx: &ToolContext, id: &str, query: String, page: Option<u32>) -> Result<String, ToolError> {
    let page = page.unwrap_or_default();
    let url = jit_tools::url!("{API}/documents/{id}/parts/{ part }/?q={query}&page={page}&q={query}", part = page + 1);
    Ok(cx.http().get(url).send().await?.text().await?)
}

pub fn tools() -> Toolset {
    tools![fetch]
}

pub struct Api {
    base: BaseUrl,
    r#type: String,
}

macro_rules! documents {
    ($id:expr) => {
        jit_tools::url!("https://api.acme.com/documents/{id}", id = $id)
    };
}

impl Api {
    pub fn new(base: &str, of_type: &str) -> Self {
        Self { base: base.parse().expect("it is a URL"), r#type: of_type.to_owned() }
    }

    pub fn urls(&self, r#type: &str) -> Result<[String; 4], UrlError> {
        use jit_tools::url;
        Ok([
            url!("{base}/{type}", base = self.base, r#type = self.r#type.trim())?.into(),
            url!("https://[::1]:8080/{type}",)?.into(),
            url!(r"{base}", base = &self.base)?.into(),
            documents!(String::from("a") + "b")?.into(),
        ])
    }
}
