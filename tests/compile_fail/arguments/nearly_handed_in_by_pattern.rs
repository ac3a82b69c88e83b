#![allow(unused)]

use jit_tools::{jit_tool, tool::CallData};

struct User(u8);

/// Fetches a document.
#[jit_tool]
async fn fetch(CallData(user): CallData<User>) {}

fn main() {}
