#![allow(unused)]

use jit_tools::jit_tool;

#[jit_tool(naem = "x", justification = "For {documentid}.", may_request(actions = ["*"]))]
async fn fetch(document_id: &str, (a, b): (u8, u8)) {}

fn main() {
    let _ = jit_tools::tools![fetch];
}
