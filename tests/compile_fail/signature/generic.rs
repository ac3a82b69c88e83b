#![allow(unused)]

use jit_tools::jit_tool;

/// Fetches a document.
#[jit_tool]
async fn fetch<T: ToString>(id: T) -> String {
    id.to_string()
}

fn main() {
    let _ = jit_tools::tools![fetch::<std::sync::Arc<str>>];
}
