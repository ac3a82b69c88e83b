//! The model over genai, against a server that speaks Chat Completions.

use http::StatusCode;
use jit_tools::{
    Agent, Item, RunResult, Runner, ToolError,
    agent::{Model, ModelRequest, OpenAiModel},
    jit_tool, tools,
};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path},
};

use crate::support::World;

/// Looks a word up.
#[jit_tool]
async fn look_up(
    /// The word.
    word: String,
) -> Result<String, ToolError> {
    Ok(format!("{word}: a word"))
}

fn completion(message: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "id": "1", "object": "chat.completion", "model": "m", "choices": [{"index": 0, "message": message}],
    }))
}

fn calls(arguments: impl Into<Value>) -> ResponseTemplate {
    let function = json!({"name": "look_up", "arguments": arguments.into()});
    let call = json!({"id": "call_1", "type": "function", "function": function});
    completion(json!({"role": "assistant", "content": null, "tool_calls": [call]}))
}

async fn server(answers: impl IntoIterator<Item = ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    for answer in answers {
        Mock::given(method("POST"))
            .and(path("/v1/chat/completions"))
            .and(header("authorization", "Bearer canary-key"))
            .respond_with(answer)
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    server
}

fn model(server: &MockServer) -> OpenAiModel {
    OpenAiModel::new(&format!("{}/v1", server.uri()), "canary-key", "some-model").unwrap()
}

async fn run(server: &MockServer) -> RunResult {
    let jit = World::new().trusting_task().await;
    let agent = Agent::builder("test").instructions("Be brief.").tools(tools![look_up]).model(model(server)).build();
    Runner::new(&jit).run(&agent, "What is a tram?").await.unwrap()
}

async fn bodies(server: &MockServer) -> Vec<Value> {
    server.received_requests().await.unwrap().iter().map(|request| request.body_json().unwrap()).collect()
}

#[tokio::test]
async fn a_conversation_with_a_call_goes_both_ways() {
    let server =
        server([calls(r#"{"word":"tram"}"#), completion(json!({"role": "assistant", "content": "A word."}))]).await;
    assert_eq!(run(&server).await.final_output(), "A word.");

    let bodies = bodies(&server).await;
    assert_eq!(bodies[0]["model"], "some-model");
    assert_eq!(
        bodies[0]["messages"],
        json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is a tram?"}])
    );
    let exported = tools![look_up].export(jit_tools::export::Provider::OpenAiChat).unwrap();
    for member in ["name", "description", "parameters"] {
        assert_eq!(bodies[0]["tools"][0]["function"][member], exported.tools()[0]["function"][member]);
    }
    let messages = bodies[1]["messages"].as_array().unwrap();
    assert_eq!(messages[2]["tool_calls"][0]["function"]["arguments"], r#"{"word":"tram"}"#);
    assert_eq!(messages[3]["role"], "tool");
    assert_eq!(messages[3]["tool_call_id"], "call_1");
    assert_eq!(messages[3]["content"], "tram: a word");
}

#[tokio::test]
async fn malformed_arguments_survive_to_the_tools_own_error() {
    let server = server([
        calls(r#"{"word": "tram"#),
        calls(json!({"word": "tram"})),
        completion(json!({"role": "assistant", "content": "A word."})),
    ])
    .await;
    let result = run(&server).await;
    assert_eq!(result.final_output(), "A word.");
    let results: Vec<_> = result
        .items()
        .iter()
        .filter_map(|item| match item {
            Item::ToolResult(result) => Some((result.is_error, result.text.as_str())),
            _ => None,
        })
        .collect();
    assert!(results[0].0 && results[0].1.starts_with("The arguments are not valid JSON: EOF"), "{results:?}");
    // Some servers write the object itself instead of a text with JSON in it.
    assert_eq!(results[1], (false, "tram: a word"));
    // What goes back stays valid JSON.
    let sent_back = bodies(&server).await[1]["messages"][2]["tool_calls"][0]["function"]["arguments"].clone();
    assert!(serde_json::from_str::<Value>(sent_back.as_str().unwrap()).is_ok());
}

#[tokio::test]
async fn an_error_of_the_server_is_told_without_the_key() {
    let error = json!({"error": {"message": "The model `some-model` does not exist"}});
    let leaking = json!({"error": {"message": "Incorrect API key provided: canary-key"}});
    for (answer, status, told) in [
        (
            ResponseTemplate::new(404).set_body_json(error),
            Some(StatusCode::NOT_FOUND),
            "the model gave no answer: the server answered 404 Not Found: The model `some-model` does not exist",
        ),
        (
            ResponseTemplate::new(401).set_body_json(leaking),
            Some(StatusCode::UNAUTHORIZED),
            "the model gave no answer: the server answered 401 Unauthorized",
        ),
        (
            ResponseTemplate::new(200).set_body_raw("<html>", "text/html"),
            None,
            "the model gave no answer: the server's answer is not JSON; is OPENAI_BASE_URL right?",
        ),
        (
            ResponseTemplate::new(200).set_body_json(json!({"choices": []})),
            None,
            "the model gave no answer: its answer has no choices",
        ),
    ] {
        let server = server([answer]).await;
        let tools = tools![];
        let items = [Item::User("Hello.".to_owned())];
        let request = ModelRequest { instructions: "", items: &items, tools: &tools };
        let error = model(&server).respond(request).await.unwrap_err();
        assert_eq!((error.status(), error.to_string().as_str()), (status, told));
        assert!(!format!("{error:?}").contains("canary-key"));
    }
}
