//! A tool whose arguments a provider is asked for in another form: its body gets the type's own values.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use jit_tools::{
    Agent, Item, Runner, Toolset,
    agent::{Model, ModelError, ModelRequest, ModelResponse, ToolCall},
    export::{Export, ExportOptions, Provider, ToolAnswer, ToolUse},
    jit_tool, tools,
};
use serde_json::{Value, json};

use crate::support::World;

/// Plans a journey.
#[jit_tool]
async fn plan(
    /// How much may be spent on what.
    limits: BTreeMap<String, u32>,
    /// From where, and on which track.
    from: (String, u8),
    #[serde(default)] stops: Vec<(String, bool)>,
    note: Option<String>,
) -> String {
    format!("{limits:?} {from:?} {stops:?} {note:?}")
}

/// What [`plan`] says of the values below, whichever way they came.
const PLANNED: &str = r#"{"food": 20, "fuel": 50} ("Ulm", 3) [("Bonn", true)] None"#;
const PLANNED_WITHOUT_STOPS: &str = r#"{} ("Ulm", 3) [] Some("early")"#;

/// A model behind a provider, that gives prepared answers of that provider's.
#[derive(Clone)]
struct Behind {
    options: ExportOptions,
    answers: Arc<Mutex<VecDeque<Value>>>,
}

#[async_trait]
impl Model for Behind {
    async fn respond(&self, request: ModelRequest<'_>) -> Result<ModelResponse, ModelError> {
        let export = request.tools.export_with(&self.options).unwrap();
        assert!(export.is_strict("plan"), "{:?}", export.relaxed());
        let Some(answer) = self.answers.lock().unwrap().pop_front() else { return Ok(ModelResponse::text("Done.")) };
        let calls = export.calls(&answer).unwrap().into_iter().map(|call| ToolCall {
            id: call.id().to_owned(),
            name: call.name().to_owned(),
            arguments: call.json().to_owned(),
        });
        Ok(ModelResponse::calls(calls))
    }
}

/// Two calls as a strict schema makes a model write them: maps as keys and values, tuples as objects, and `null` for
/// what is left out.
fn arguments() -> [Value; 2] {
    [
        json!({
            "limits": [{"key": "food", "value": 20}, {"key": "fuel", "value": 50}],
            "from": {"item_0": "Ulm", "item_1": 3},
            "stops": [{"item_0": "Bonn", "item_1": true}],
            "note": null,
        }),
        json!({"limits": [], "from": {"item_0": "Ulm", "item_1": 3}, "stops": null, "note": "early"}),
    ]
}

/// A provider's answer with these calls.
fn answer(provider: Provider, [one, two]: [Value; 2]) -> Value {
    match provider {
        Provider::OpenAiResponses => json!({"output": [
            {"type": "function_call", "call_id": "1", "name": "plan", "arguments": one.to_string()},
            {"type": "function_call", "call_id": "2", "name": "plan", "arguments": two.to_string()},
        ]}),
        Provider::Anthropic => json!({"content": [
            {"type": "tool_use", "id": "1", "name": "plan", "input": one},
            {"type": "tool_use", "id": "2", "name": "plan", "input": two},
        ]}),
        Provider::Bedrock => json!({"output": {"message": {"role": "assistant", "content": [
            {"toolUse": {"toolUseId": "1", "name": "plan", "input": one}},
            {"toolUse": {"toolUseId": "2", "name": "plan", "input": two}},
        ]}}}),
        _ => json!({"choices": [{"message": {"role": "assistant", "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "plan", "arguments": one.to_string()}},
            {"id": "2", "type": "function", "function": {"name": "plan", "arguments": two.to_string()}},
        ]}}]}),
    }
}

#[tokio::test]
async fn an_agent_behind_a_strict_provider_calls_a_tool_with_its_types_values() {
    let jit = World::new().trusting_task().await;
    for provider in Provider::all().iter().copied().filter(|provider| provider.has_strict_mode()) {
        let answers = VecDeque::from([answer(provider, arguments())]);
        let options = ExportOptions::new(provider).strict();
        let model = Behind { options, answers: Arc::new(Mutex::new(answers)) };
        let agent = Agent::builder("planner").tools(tools![plan]).model(model).build();
        let result = Runner::new(&jit).run(&agent, "Plan it.").await.unwrap();
        let said: Vec<_> = result
            .items()
            .iter()
            .filter_map(|item| match item {
                Item::ToolResult(result) => Some((result.text.as_str(), result.is_error)),
                _ => None,
            })
            .collect();
        assert_eq!(said, [(PLANNED, false), (PLANNED_WITHOUT_STOPS, false)], "{provider}");
    }
}

/// A loop of one's own: an answer's calls are made, and told.
async fn serve(world: &World, tools: &Toolset, export: &Export, answer: &Value) -> (Vec<String>, Vec<Value>) {
    let jit = world.trusting_task().await;
    let (mut texts, mut answers) = (Vec::new(), Vec::new());
    for call in export.calls(answer).unwrap() {
        match tools.call(&jit, call.name(), call.json()).await {
            Ok(output) => {
                texts.push(output.as_text().to_owned());
                answers.push(ToolAnswer::ok(&call, output.as_text()));
            }
            Err(error) => answers.push(ToolAnswer::error(&call, error.for_model())),
        }
    }
    (texts, export.results(&answers))
}

#[tokio::test]
async fn a_loop_of_ones_own_needs_an_export_and_a_set_of_tools_only() {
    let (world, tools) = (World::new(), tools![plan]);
    let values = json!({"limits": {"food": 20, "fuel": 50}, "from": ["Ulm", 3], "stops": [["Bonn", true]]});
    let plain = Provider::all().iter().map(|provider| ExportOptions::new(*provider));
    let strict = Provider::all().iter().filter(|provider| provider.has_strict_mode());
    for options in plain.chain(strict.map(|provider| ExportOptions::new(*provider).strict())) {
        let export = tools.export_with(&options).unwrap();
        // A provider's turn, with the arguments as its model writes them.
        let turn = export.turn(None, &[ToolUse::new("abcDEF123", "plan", values.clone())]);
        let answer = if options.provider() == Provider::OpenAiResponses { turn.into() } else { turn[0].clone() };
        let (texts, messages) = serve(&world, &tools, &export, &answer).await;
        assert_eq!(texts, [PLANNED], "{options:?}");
        assert!(Value::from(messages).to_string().contains("Ulm"), "{options:?}");
    }
}
