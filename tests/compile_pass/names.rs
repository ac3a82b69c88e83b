#![deny(warnings)]

use jit_tools::jit_tool;

/// Short.
#[jit_tool]
async fn x(x: i32) -> i32 {
    x
}

/// Short.
#[jit_tool]
async fn t0(t0: i32, t1: i32) -> i32 {
    t0 + t1
}

/// Raw.
#[jit_tool(justification = "{type} {r#fn}")]
async fn r#match(r#type: String, r#fn: String) -> String {
    r#type + &r#fn
}

/// As locals of the expansion.
#[jit_tool(justification = "{arguments} {cx}")]
async fn call(arguments: String, cx: String, output: String, context: &jit_tools::ToolContext) -> String {
    let _ = context;
    arguments + &cx + &output
}

/// As methods and parameters of the expansion.
#[jit_tool]
async fn arguments(
    entitlement: String,
    definition: String,
    deserializer: String,
    de: String,
    generator: String,
) -> String {
    entitlement + &definition + &deserializer + &de + &generator
}

/// As a parameter of the expansion.
#[jit_tool]
async fn cx(arguments: Arguments) -> bool {
    arguments.a
}

/// A type that may be named as the author likes.
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Arguments {
    a: bool,
}

#[test]
fn all_are_tools_and_raw_names_are_plain_ones() {
    let tools = jit_tools::tools![x, t0, r#match, call, arguments, cx];
    let names: Vec<_> = tools.definitions().map(jit_tools::ToolDefinition::name).collect();
    assert_eq!(names, ["x", "t0", "match", "call", "arguments", "cx"]);
    let parameters = tools.get("match").unwrap().definition().parameters();
    assert_eq!(parameters.as_value()["required"], serde_json::json!(["type", "fn"]));
}
