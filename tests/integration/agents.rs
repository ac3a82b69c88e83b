//! The loop of an agent.

use std::sync::{
    LazyLock,
    atomic::{AtomicUsize, Ordering},
};

use jit_tools::{Agent, Item, Runner, ToolError, jit_tool, testing::ScriptedModel, tool::ContentPart, tools};
use tokio::sync::Barrier;

use crate::support::World;

/// Says a word back.
#[jit_tool]
async fn echo(word: String) -> String {
    word
}

/// Fails.
#[jit_tool]
async fn fail() -> Result<String, ToolError> {
    Err(ToolError::new("It is broken."))
}

fn results(items: &[Item]) -> Vec<(&str, &str, bool)> {
    let mut results = Vec::new();
    for item in items {
        if let Item::ToolResult(result) = item {
            results.push((result.call_id.as_str(), result.text.as_str(), result.is_error));
        }
    }
    results
}

#[tokio::test]
async fn an_agent_runs_until_its_model_answers() {
    let jit = World::new().trusting_task().await;
    let model = ScriptedModel::new().calls([("echo", r#"{"word":"one"}"#)]).says("It said one.");
    let agent = Agent::builder("test").instructions("Be brief.").tools(tools![echo]).model(model.clone()).build();
    let result = Runner::new(&jit).run(&agent, "Say one.").await.unwrap();
    assert_eq!((result.final_output(), result.turns()), ("It said one.", 2));
    assert_eq!(results(result.items()), [("call_1", "one", false)]);
    assert_eq!(result.items()[0], Item::User("Say one.".to_owned()));
    // The second time, the model was shown all that had happened.
    assert_eq!(model.asked()[1], result.items()[..3]);
}

#[tokio::test]
async fn a_model_gets_the_parts_of_what_a_tool_gives() {
    /// Draws a map.
    #[jit_tool]
    fn draw() -> Vec<ContentPart> {
        let image = ContentPart::Image { media_type: "image/png".to_owned(), data: vec![1, 2, 3].into() };
        vec![ContentPart::Text("A map.".to_owned()), image]
    }
    let jit = World::new().trusting_task().await;
    let model = ScriptedModel::new().calls([("draw", "{}")]).says("Drawn.");
    let agent = Agent::builder("test").tools(tools![draw]).model(model.clone()).build();
    Runner::new(&jit).run(&agent, "Draw.").await.unwrap();
    let Item::ToolResult(shown) = &model.asked()[1][2] else { panic!("the model was shown no result") };
    assert_eq!((&*shown.text, &*shown.parts), ("A map.\n[an image, image/png, 3 bytes]", &*draw()));
}

#[tokio::test]
async fn the_calls_of_one_turn_run_concurrently_and_are_answered_in_order() {
    static BARRIER: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(3));
    static RUNNING: AtomicUsize = AtomicUsize::new(0);

    /// Waits for two others to run at the same time; the first to start is the last to end.
    #[jit_tool]
    async fn meet(name: String) -> String {
        let started = RUNNING.fetch_add(1, Ordering::SeqCst);
        BARRIER.wait().await;
        for _ in 0..(10 - started) {
            tokio::task::yield_now().await;
        }
        name
    }

    let jit = World::new().trusting_task().await;
    let model = ScriptedModel::new()
        .calls([("meet", r#"{"name":"a"}"#), ("meet", r#"{"name":"b"}"#), ("meet", r#"{"name":"c"}"#)])
        .says("done");
    let agent = Agent::builder("test").tools(tools![meet]).model(model).build();
    let result = Runner::new(&jit).run(&agent, "Go.").await.unwrap();
    assert_eq!(results(result.items()), [("call_1", "a", false), ("call_2", "b", false), ("call_3", "c", false)]);
}

#[tokio::test]
async fn an_error_of_a_tool_is_a_result_that_the_model_sees() {
    let jit = World::new().trusting_task().await;
    let model = ScriptedModel::new()
        .calls([("fail", "{}"), ("echo", r#"{"wrd":"x"}"#), ("ecko", "{}"), ("echo", r#"{"word":"#)])
        .says("I give up.");
    let agent = Agent::builder("test").tools(tools![echo, fail]).model(model).build();
    let result = Runner::new(&jit).run(&agent, "Go.").await.unwrap();
    let results = results(result.items());
    assert!(results.iter().all(|(_, _, is_error)| *is_error));
    let texts: Vec<_> = results.iter().map(|(_, text, _)| *text).collect();
    assert_eq!(texts[0], "It is broken.");
    assert!(texts[1].contains("unknown field `wrd`, expected `word`"), "{}", texts[1]);
    assert!(texts[2].contains("There is no tool `ecko`"), "{}", texts[2]);
    assert!(texts[3].contains("not valid JSON"), "{}", texts[3]);
}

#[tokio::test]
async fn a_run_ends_after_its_turns_and_keeps_what_was_said() {
    let jit = World::new().trusting_task().await;
    let endless =
        |turns: usize| (0..turns).fold(ScriptedModel::new(), |model, _| model.calls([("echo", r#"{"word":"again"}"#)]));
    let agent = Agent::builder("test").tools(tools![echo]).model(endless(20)).build();
    let error = Runner::new(&jit).run(&agent, "Go.").await.unwrap_err();
    assert!(error.is_max_turns());
    assert!(error.to_string().contains("after 10 turns"), "{error}");
    assert_eq!(error.items().len(), 1 + 10 * 2);

    let agent = Agent::builder("test").tools(tools![echo]).model(endless(20)).max_turns(2).build();
    assert_eq!(Runner::new(&jit).run(&agent, "Go.").await.unwrap_err().items().len(), 1 + 2 * 2);
}

#[tokio::test]
async fn a_model_that_fails_ends_the_run_and_keeps_what_was_said() {
    let jit = World::new().trusting_task().await;
    let model = ScriptedModel::new().calls([("echo", r#"{"word":"x"}"#)]);
    let agent = Agent::builder("test").tools(tools![echo]).model(model).build();
    let error = Runner::new(&jit).run(&agent, "Go.").await.unwrap_err();
    assert!(error.model_error().is_some());
    assert_eq!(error.items().len(), 3);
}
