//! The example as a process: what it prints, how it fails, and what a signal leaves behind.

use std::{
    path::PathBuf,
    process::{Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Json, Router, extract::State, routing::post};
use jit_tools::local_authority::LocalAuthority;
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    sync::Notify,
};

/// The example, without any environment that means something to it.
fn example() -> Command {
    let tests = std::env::current_exe().unwrap();
    let program: PathBuf = tests.parent().unwrap().parent().unwrap().join("examples/document_analyst");
    assert!(program.exists(), "{} is not built: run `cargo test` or `cargo build --examples`", program.display());
    let mut command = Command::new(program);
    for variable in [
        "LUMOAUTH_URL",
        "LUMOAUTH_ORG_ID",
        "LUMOAUTH_TENANT",
        "AGENT_CLIENT_ID",
        "AGENT_CLIENT_SECRET",
        "ACME_API_URL",
        "OPENAI_BASE_URL",
        "OPENAI_API_KEY",
        "OPENAI_MODEL",
    ] {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[track_caller]
fn assert_fails_in_one_sentence(output: &Output, beginning: &str) {
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert_eq!(error.trim_end().lines().count(), 1, "{error}");
    assert!(error.starts_with(beginning), "{error}");
}

#[tokio::test]
async fn without_any_environment_it_runs_and_tells_its_story() {
    let output = example().output().await.unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let story = text(&output.stdout);
    for line in [
        r#"  4. API GET /v1/documents/doc_9982 403: "document" ["read"] "doc_9982" +1 more member is missing"#,
        "justified by 'Fetching document \"doc_9982\" for user query [quoted: from the model]'; low risk, approved",
        r#"granted "document" ["write"] "doc_9982" +1 more member for 10 min"#,
        // The member that is left out is where it may be used: the API itself.
        r#"its 2 tokens revoked: "document" ["read"] "doc_9982" +1 more member; "document" ["write"] "doc_9982" +1"#,
    ] {
        assert!(story.contains(line), "{line} is missing in\n{story}");
    }
    assert!(!story.contains("Bearer ") && !story.contains("eyJ"), "a token is printed:\n{story}");
    assert!(story.lines().last().unwrap().starts_with("The summary of doc_9982 is saved: The harbour authority"));
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
}

#[tokio::test]
async fn an_authority_that_the_environment_names_is_used_in_either_spelling() {
    for variable in ["LUMOAUTH_ORG_ID", "LUMOAUTH_TENANT"] {
        let authority = LocalAuthority::builder().client("agt_x", "s3cret").start().await.unwrap();
        let output = named(&authority, variable).output().await.unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!((authority.issued_tokens().len(), authority.live_tokens().len()), (2, 0));
    }
}

#[tokio::test]
async fn an_error_is_one_sentence_and_exit_status_1() {
    let output = example().env("LUMOAUTH_URL", "https://app.lumoauth.dev").output().await.unwrap();
    assert_fails_in_one_sentence(&output, "document_analyst: the organization is missing: set LUMOAUTH_ORG_ID");

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let output = example().env("OPENAI_BASE_URL", format!("{nobody}/v1")).output().await.unwrap();
    assert_fails_in_one_sentence(
        &output,
        "document_analyst: the model gave no answer: the server could not be reached",
    );
    assert!(text(&output.stdout).contains("the task is completed"));
}

#[tokio::test]
async fn a_signal_in_the_middle_leaves_no_live_token() {
    for signal in ["INT", "TERM", "HUP", "QUIT"] {
        let authority = LocalAuthority::builder().client("agt_x", "s3cret").start().await.unwrap();
        let model = HangingModel::start().await;
        let child = named(&authority, "LUMOAUTH_ORG_ID").env("OPENAI_BASE_URL", &model.url).spawn().unwrap();
        // The document is fetched, and the model thinks about it.
        model.hangs.notified().await;
        assert_eq!(authority.live_tokens().len(), 1);

        send(signal, &child).await;
        let output = child.wait_with_output().await.unwrap();
        assert_fails_in_one_sentence(&output, "document_analyst: interrupted by a signal; the task was completed");
        assert_eq!((authority.issued_tokens().len(), authority.live_tokens().len()), (1, 0));
    }
}

/// What `nohup` does: the terminal goes, and the run stays.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_run_that_was_started_to_ignore_hangups_goes_on_after_one() {
    let authority = LocalAuthority::builder().client("agt_x", "s3cret").start().await.unwrap();
    let model = HangingModel::start().await;
    let plain = named(&authority, "LUMOAUTH_ORG_ID");
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\""]).arg(plain.as_std().get_program());
    for (variable, value) in plain.as_std().get_envs() {
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
    }
    command.env("OPENAI_BASE_URL", &model.url);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let child = command.spawn().unwrap();
    model.hangs.notified().await;

    send("HUP", &child).await;
    model.goes_on.notify_one();
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("I have read it."), "{}", text(&output.stdout));
    assert!(authority.live_tokens().is_empty());
}

async fn send(signal: &str, child: &Child) {
    let process = child.id().unwrap().to_string();
    assert!(Command::new("kill").args([&format!("-{signal}"), &process]).status().await.unwrap().success());
}

/// The example with an authority of the test's.
fn named(authority: &LocalAuthority, variable: &str) -> Command {
    let mut command = example();
    command
        .env("LUMOAUTH_URL", authority.url())
        .env(variable, authority.org())
        .env("AGENT_CLIENT_ID", "agt_x")
        .env("AGENT_CLIENT_SECRET", "s3cret");
    command
}

/// A model that asks for the document, and then answers once it is let go on.
struct HangingModel {
    url: String,
    hangs: Arc<Notify>,
    goes_on: Arc<Notify>,
}

impl HangingModel {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let (hangs, goes_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let state = (Arc::clone(&hangs), Arc::clone(&goes_on), Arc::new(AtomicUsize::new(0)));
        let router = Router::new().route("/v1/chat/completions", post(answer)).with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, hangs, goes_on }
    }
}

async fn answer(State((hangs, goes_on, asked)): State<(Arc<Notify>, Arc<Notify>, Arc<AtomicUsize>)>) -> Json<Value> {
    let message = if asked.fetch_add(1, Ordering::SeqCst) == 0 {
        let function = json!({"name": "fetch_protected_document", "arguments": r#"{"document_id":"doc_9982"}"#});
        let call = json!({"id": "call_1", "type": "function", "function": function});
        json!({"role": "assistant", "content": null, "tool_calls": [call]})
    } else {
        hangs.notify_one();
        goes_on.notified().await;
        json!({"role": "assistant", "content": "I have read it."})
    };
    Json(json!({"choices": [{"index": 0, "message": message}]}))
}
