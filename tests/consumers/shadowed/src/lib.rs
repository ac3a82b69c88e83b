//! A crate in which the usual names mean something else.

#![allow(dead_code, unused_macros)]

type Result = ();
struct String;
struct Option;
struct Vec;
struct Box;
struct Arc;
struct Cow;
struct Ok;
struct Err;
struct Some;
struct None;
struct ToolContext;
struct Toolset;
trait Default {}
trait Clone {}
trait Debug {}
trait Into {}
trait From {}
trait Send {}
trait Sync {}
trait FromContext {}
trait Deserialize {}
mod std {}
mod core {}
mod alloc {}
mod serde {}
mod schemars {}
mod jit_tools {}
macro_rules! format { () => {} }
macro_rules! vec { () => {} }
macro_rules! concat { () => {} }
macro_rules! panic { () => {} }

/// Greets.
#[::jit_tools::jit_tool(
    justification = "Greeting {name}",
    may_request(type = "greeting", actions = ["say"], identifier = "{name}", locations = ["here"]),
    timeout = "1s",
    read_only
)]
pub async fn greet(
    cx: &::jit_tools::ToolContext,
    /// Who.
    name: &str,
    times: ::std::option::Option<u8>,
    #[jit_tool(default = "loud")] how: ::std::string::String,
) -> ::std::result::Result<::std::string::String, ::jit_tools::ToolError> {
    let _ = (cx, times, name);
    ::std::result::Result::Ok(how)
}

/// Greetings.
pub struct Greetings;

#[::jit_tools::jit_toolset]
impl Greetings {
    /// Greets again.
    #[::jit_tools::jit_tool]
    pub async fn again(&self, names: &[u8]) -> usize {
        names.len()
    }
}

/// All tools.
pub fn all() -> ::jit_tools::Toolset {
    let mut all = ::jit_tools::tools![greet];
    let _ = all.merge(Greetings::tools(Greetings));
    all
}
