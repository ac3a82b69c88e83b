use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool(base_url = "https://api.acme.com/v1/{id}")]
async fn fetch() {}

/// Fetches a document.
#[jit_tool(base_url = "api.acme.com/v1")]
async fn fetch_by_name() {}

/// Fetches a document.
#[jit_tool(base_url = "https://api.acme.com/v1/../admin")]
async fn fetch_by_path() {}

fn main() {}
