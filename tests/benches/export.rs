//! What an export costs: a hundred tools for each provider, computed, and found again.
//!
//! `cargo bench -p jit-tools-tests --bench export`

use std::{hint::black_box, sync::Arc};

use async_trait::async_trait;
use jit_tools::{
    Tool, ToolContext, ToolDefinition, ToolError, ToolOutput, Toolset,
    export::{Export, ExportOptions, Provider},
};
use schemars::JsonSchema;
use serde::Deserialize;

fn main() {
    divan::main();
}

/// Arguments of an ordinary tool: some of them optional, a list of structs, an enum, a map.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema matters")]
struct Order {
    /// Who orders.
    customer: String,
    /// What is ordered.
    items: Vec<Item>,
    priority: Option<Priority>,
    #[serde(default)]
    labels: std::collections::BTreeMap<String, String>,
    /// Where it goes.
    at: Option<(f64, f64)>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema matters")]
struct Item {
    id: String,
    #[schemars(range(min = 1, max = 99))]
    count: u8,
}

#[derive(Deserialize, JsonSchema)]
enum Priority {
    /// Whenever.
    Low,
    /// Now.
    High,
}

struct Named(ToolDefinition);

#[async_trait]
impl Tool for Named {
    fn definition(&self) -> &ToolDefinition {
        &self.0
    }

    async fn call(&self, _: &ToolContext) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::text("done"))
    }
}

fn hundred() -> Toolset {
    let mut tools = Toolset::new();
    for index in 0..100 {
        let definition = ToolDefinition::new::<Order>(format!("order_{index}"), "Orders something.");
        tools.add(Arc::new(Named(definition))).expect("the names differ");
    }
    tools
}

/// The set is new each time, so that nothing is found again.
#[divan::bench(args = Provider::all())]
fn cold(bencher: divan::Bencher, provider: &Provider) {
    let tools = hundred();
    let options = ExportOptions::new(*provider);
    bencher.bench_local(|| Export::new(tools.definitions(), black_box(&options)).expect("all of them take it"));
}

/// Strict. Anthropic takes twenty such tools at most, so that the others are not.
#[divan::bench(args = Provider::all().iter().filter(|provider| provider.has_strict_mode()))]
fn cold_strict(bencher: divan::Bencher, provider: &Provider) {
    let tools = hundred();
    let options = (5..100).fold(ExportOptions::new(*provider).strict(), |options, index| match provider {
        Provider::Anthropic | Provider::Bedrock => options.relaxed(format!("order_{index}")),
        _ => options,
    });
    bencher.bench_local(|| Export::new(tools.definitions(), black_box(&options)).expect("all of them take it"));
}

#[divan::bench(args = Provider::all())]
fn cached(bencher: divan::Bencher, provider: &Provider) {
    let tools = hundred();
    tools.export(*provider).expect("all of them take it");
    bencher.bench_local(|| tools.export(black_box(*provider)));
}

/// What a call costs on its way back: nothing is written in another way, or much is.
#[divan::bench(args = [Provider::OpenAiChat, Provider::OpenAiResponses])]
fn read_a_call(bencher: divan::Bencher, provider: &Provider) {
    let options = ExportOptions::new(*provider);
    let options = if *provider == Provider::OpenAiResponses { options.strict() } else { options };
    let export = hundred().export_with(&options).expect("all of them take it");
    let arguments = serde_json::json!({
        "customer": "Ada", "items": [{"id": "a", "count": 1}], "priority": null, "labels": {"a": "b"}, "at": [0.5, 1.5],
    });
    let wire = export.encode("order_7", &arguments).expect("there is such a tool");
    bencher.bench_local(|| export.decode("order_7", black_box(&wire)));
}
