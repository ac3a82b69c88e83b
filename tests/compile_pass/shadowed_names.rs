#![deny(warnings)]
#![allow(dead_code)]

//! The expansion names nothing that the module may have given another meaning.

type Result = ();
struct String;
struct Option;
struct Vec;
struct Box;
struct Ok;
struct Err;
struct Some;
struct None;
trait Default {}
trait Clone {}
trait Debug {}
trait Into {}
trait Send {}
mod std {}
mod core {}
mod serde {}
mod schemars {}
mod jit_tools {}

/// Greets.
#[::jit_tools::jit_tool(
    justification = "Greeting {name}",
    may_request(type = "greeting", actions = ["say"], identifier = "{name}", locations = ["here"])
)]
async fn greet(
    cx: &::jit_tools::ToolContext,
    /// Who.
    name: ::std::string::String,
    times: ::std::option::Option<u8>,
) -> ::std::result::Result<::std::string::String, ::jit_tools::ToolError> {
    let _ = (cx, times);
    ::std::result::Result::Ok(name)
}

#[test]
fn it_is_a_tool() {
    assert_eq!(::jit_tools::tools![greet].len(), 1);
}
