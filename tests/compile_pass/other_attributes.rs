#![deny(warnings)]

use jit_tools::jit_tool;

/// Deprecated.
#[jit_tool]
#[deprecated = "there is another"]
#[allow(clippy::unused_async)]
#[must_use]
async fn old(#[allow(unused_variables)] id: String) -> u8 {
    0
}

/// Inlined.
#[jit_tool]
#[inline]
#[doc(hidden)]
#[cfg_attr(all(), allow(unused_variables))]
fn inlined(id: String, #[serde(rename = "pageNumber", alias = "page")] page: u32) {}

#[test]
fn all_are_tools() {
    let tools = jit_tools::tools![old, inlined];
    let parameters = tools.get("inlined").unwrap().definition().parameters();
    assert_eq!(parameters.as_value()["required"], serde_json::json!(["id", "pageNumber"]));
}
