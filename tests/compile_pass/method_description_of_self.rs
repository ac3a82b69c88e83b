#![deny(warnings)]

use jit_tools::{jit_tool, jit_toolset};

struct Documents;

#[jit_toolset]
impl Documents {
    const ABOUT: &'static str = "Fetches a document.";

    #[jit_tool(description = Self::ABOUT)]
    fn fetch(&self) {}
}

#[test]
fn a_description_is_a_constant_of_the_type() {
    let tools = Documents::tools(Documents);
    assert_eq!(tools.get("fetch").unwrap().definition().description(), Documents::ABOUT);
}
