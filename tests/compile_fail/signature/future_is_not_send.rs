#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch(id: String) -> String {
    let shared = std::rc::Rc::new(id);
    std::future::ready(()).await;
    shared.to_string()
}

fn main() {}
