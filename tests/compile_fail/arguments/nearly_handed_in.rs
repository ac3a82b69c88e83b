#![allow(unused)]

use jit_tools::{jit_tool, tool::{CallData, State}};

struct User;

/// Fetches a document.
#[jit_tool]
fn fetch(user: CallData<User>, database: State<std::rc::Rc<u8>>) {}

fn main() {}
