//! The binary `jit-authority`, as a process.

#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod load;

use std::{
    io::{BufRead, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, StatusCode};
use jit_tools::{
    AuthorizationDetail, Clock, JitContext, LumoAuthAgent, SystemClock,
    transport::{HttpTransport, Transport, read_body},
};
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};

const REVIEWER: &str = "the reviewer's own token";

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jit-authority"));
    command.env_remove("AGENT_CLIENT_ID").env_remove("AGENT_CLIENT_SECRET");
    command.env("JIT_AUTHORITY_REVIEWER_TOKEN", REVIEWER);
    command
}

fn run(arguments: &[&str]) -> Output {
    command().args(arguments).output().unwrap()
}

/// A running authority, which ends with the test whatever happens.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    url: String,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        Self::spawn(command().args(["--listen", "127.0.0.1:0"]).args(arguments))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let url = first.strip_prefix("ready ").unwrap_or_else(|| panic!("{first}")).to_owned();
        Self { child, lines, url }
    }

    /// Reads on until a line holds all of these words, and gives that line.
    fn line_with(&mut self, words: &[&str]) -> String {
        let is_it = |line: &String| words.iter().all(|word| line.contains(word));
        self.lines.by_ref().map(Result::unwrap).find(is_it).unwrap_or_else(|| panic!("no line with {words:?}"))
    }

    /// Sends a signal, and gives the exit status.
    fn end(&mut self, signal: &str) -> Option<i32> {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn log_in(url: &str, id: &str, secret: &str) -> (StatusCode, String) {
    let request = Request::post(format!("{url}/orgs/acme-corp/api/v1/oauth/token"))
        .body(Bytes::from(format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")))
        .unwrap();
    let (parts, body) = HttpTransport::new().unwrap().send(request).await.unwrap().into_parts();
    (parts.status, String::from_utf8(read_body(body, 65_536).await.unwrap().to_vec()).unwrap())
}

#[cfg(unix)]
#[tokio::test]
async fn it_is_ready_on_its_first_line_and_ends_cleanly_on_a_signal() {
    for signal in ["-TERM", "-INT"] {
        let mut authority = Running::start(&["--client", "agt_x:s3cret", "--client", "agt_y:other"]);
        assert!(authority.url.starts_with("http://127.0.0.1:") && !authority.url.ends_with(":0"));
        let link = authority.lines.next().unwrap().unwrap();
        assert!(link.contains("/login?code="), "{link}");

        assert_eq!(log_in(&authority.url, "agt_x", "s3cret").await.0, StatusCode::OK);
        assert_eq!(log_in(&authority.url, "agt_y", "other").await.0, StatusCode::OK);
        assert_eq!(log_in(&authority.url, "agt_x", "other").await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(authority.end(signal), Some(0), "{signal}");
        let rest: Vec<_> = authority.lines.by_ref().map(Result::unwrap).collect();
        assert!(!rest.join("\n").contains("s3cret"));
    }
}

#[cfg(unix)]
/// The process may open 128 files: without room for new connections nobody would be answered.
#[cfg(unix)]
#[tokio::test]
async fn three_hundred_half_sent_calls_keep_nobody_out() {
    use std::{io::Write as _, net::TcpStream};

    let mut shell = Command::new("sh");
    shell.args(["-c", r#"ulimit -n 128 && exec "$0" --listen 127.0.0.1:0 --client agt_x:s3cret"#]);
    let authority = Running::spawn(shell.arg(env!("CARGO_BIN_EXE_jit-authority")));
    let address = authority.url.strip_prefix("http://").unwrap();
    let half = format!("POST /orgs/acme-corp/api/v1/oauth/token HTTP/1.1\r\nhost: {address}\r\n");
    let held: Vec<TcpStream> = (0..300)
        .map(|_| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(half.as_bytes()).unwrap();
            stream
        })
        .collect();
    let (status, _) = log_in(&authority.url, "agt_x", "s3cret").await;
    assert_eq!(status, StatusCode::OK);
    drop(held);
}

#[tokio::test]
async fn a_secret_from_the_environment_is_not_on_the_command_line() {
    let mut command = command();
    command.args(["--listen=127.0.0.1:0", "--client=agt_x"]).env("AGENT_CLIENT_SECRET", "s3cret");
    let authority = Running::spawn(&mut command);
    assert_eq!(log_in(&authority.url, "agt_x", "s3cret").await.0, StatusCode::OK);
}

#[cfg(unix)]
#[tokio::test]
async fn the_audit_log_is_whole_after_a_signal() {
    let file = std::env::temp_dir().join(format!("jit-authority-audit-{}.jsonl", std::process::id()));
    let mut authority = Running::start(&["--client", "agt_x:s3cret", "--audit", file.to_str().unwrap()]);
    let (_, answer) = log_in(&authority.url, "agt_x", "s3cret").await;
    log_in(&authority.url, "agt_x", "wrong").await;
    assert_eq!(authority.end("-TERM"), Some(0));
    let log = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();

    let events: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 2, "{log}");
    assert_eq!((&events[0]["event"], &events[0]["agent_id"]), (&"token_issued".into(), &"agt_x".into()));
    assert_eq!((&events[1]["event"], &events[1]["reason"]), (&"token_refused".into(), &"invalid_client".into()));
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert!(!log.contains(answer["access_token"].as_str().unwrap()) && !log.contains("s3cret"));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_audit_log_on_a_full_disk_stops_it_from_granting_and_it_says_so() {
    let mut command = command();
    command.args(["--listen=127.0.0.1:0", "--client=agt_x:s3cret", "--audit=/dev/full"]);
    let mut authority = Running::spawn(command.stderr(Stdio::piped()));
    for _ in 0..2 {
        let (status, answer) = log_in(&authority.url, "agt_x", "s3cret").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{answer}");
        assert!(answer.contains("the audit log cannot be written") && !answer.contains("access_token"), "{answer}");
    }
    let errors = BufReader::new(authority.child.stderr.take().unwrap());
    let line = errors.lines().next().unwrap().unwrap();
    assert_eq!(line, "jit-authority: the audit log cannot be written: nothing is granted until a restart");
    assert_eq!(authority.end("-TERM"), Some(0));
}

/// A clock that lets nobody go on who sleeps, until the test says so.
#[derive(Debug)]
struct Turns {
    sleeping: mpsc::UnboundedSender<()>,
    turns: Semaphore,
}

#[async_trait]
impl Clock for Turns {
    fn now(&self) -> Instant {
        SystemClock.now()
    }

    fn system_time(&self) -> SystemTime {
        SystemClock.system_time()
    }

    async fn sleep(&self, _: Duration) {
        let _ = self.sleeping.send(());
        self.turns.acquire().await.unwrap().forget();
    }

    /// Nothing here takes too long: the turns are for what sleeps.
    async fn deadline(&self, _: Duration) {
        std::future::pending::<()>().await;
    }
}

async fn post(url: &str, token: &str) -> StatusCode {
    let request = Request::post(url).header("authorization", format!("Bearer {token}")).body(Bytes::new()).unwrap();
    HttpTransport::new().unwrap().send(request).await.unwrap().status()
}

#[cfg(unix)]
#[tokio::test]
async fn an_agent_that_waits_goes_on_after_its_authority_was_killed_and_started_again() {
    let folder = std::env::temp_dir().join(format!("jit-authority-restart-{}", std::process::id()));
    make_folder(&folder);
    let store = folder.join("store.db");
    let options = ["--client", "agt_x:s3cret", "--audit", "-", "--store", store.to_str().unwrap()];
    let mut authority = Running::start(&options);
    let url = authority.url.clone();

    let (sleeping, mut sleeps) = mpsc::unbounded_channel();
    let clock = Arc::new(Turns { sleeping, turns: Semaphore::new(0) });
    let agent = LumoAuthAgent::builder().url(&url).org("acme-corp").client_id("agt_x").client_secret("s3cret");
    let agent = agent.clock(clock.clone()).build().unwrap();
    let jit = JitContext::create_task(&agent, "delete a document").await.unwrap();
    let waiting = tokio::spawn({
        let jit = jit.clone();
        async move {
            let delete = AuthorizationDetail::new("document").actions(["delete"]).identifier("doc_1");
            jit.request_permission(&delete, Some("It is a duplicate")).await
        }
    });
    // Reading blocks, so the agent comes first.
    sleeps.recv().await.unwrap();
    let line = authority.line_with(&["request_pending"]);
    let event: serde_json::Value = serde_json::from_str(&line).unwrap();
    let request = event["request_id"].as_str().unwrap().to_owned();
    assert_eq!(authority.end("-KILL"), None);
    // It asks while nobody is there, and goes on waiting.
    clock.turns.add_permits(1);
    sleeps.recv().await.unwrap();

    let address = url.strip_prefix("http://").unwrap();
    let mut again = Running::spawn(command().args(["--listen", address]).args(options));
    assert_eq!(again.url, url);
    let api = format!("{url}/orgs/acme-corp/api/v1/jit");
    assert_eq!(post(&format!("{api}/approve/{request}"), "nonsense").await, StatusCode::UNAUTHORIZED);
    assert_eq!(post(&format!("{api}/approve/{request}"), REVIEWER).await, StatusCode::OK);
    clock.turns.add_permits(1000);
    let permission = waiting.await.unwrap().unwrap();
    assert_eq!(permission.request_id.as_str(), request);
    jit.get_token(&permission).await.unwrap();
    // The token from before the restart is still good: the agent did not log in again.
    let line = again.line_with(&["jit_token_issued"]);
    assert!(line.contains(&request), "{line}");
    jit.complete_task().await.unwrap();
    again.line_with(&["task_completed"]);
    assert_eq!(again.end("-TERM"), Some(0));
    let rest: Vec<String> = again.lines.by_ref().map(Result::unwrap).collect();
    assert!(!rest.iter().any(|line| line.contains("token_issued")), "{rest:?}");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Makes a folder for a store: one that nobody else may write into.
fn make_folder(folder: &Path) {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).unwrap();
}

/// Runs a command of the reviewer, and gives its status, output and error.
fn review(url: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = command().args(arguments).args(["--url", url]).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[cfg(unix)]
#[tokio::test]
async fn a_reviewer_decides_at_the_terminal() {
    let mut authority = Running::start(&["--client", "agt_x:s3cret", "--audit", "-"]);
    let url = authority.url.clone();
    let (sleeping, mut sleeps) = mpsc::unbounded_channel();
    let clock = Arc::new(Turns { sleeping, turns: Semaphore::new(0) });
    let agent = LumoAuthAgent::builder().url(&url).org("acme-corp").client_id("agt_x").client_secret("s3cret");
    let agent = agent.clock(clock.clone()).build().unwrap();
    let jit = JitContext::create_task(&agent, "spring \u{1b}[31mcleaning").await.unwrap();
    let (_, out, _) = review(&url, &["pending"]);
    assert_eq!(out, "Nothing waits.\n");

    for (verdict, more) in [("approve", &["--ttl", "60", "--message", "go on"][..]), ("deny", &["--note", "odd"])] {
        let waiting = tokio::spawn({
            let jit = jit.clone();
            async move {
                let delete = AuthorizationDetail::new("document").actions(["delete"]).identifier(verdict);
                jit.request_permission(&delete, Some("a duplicate")).await
            }
        });
        sleeps.recv().await.unwrap();
        let line: serde_json::Value = serde_json::from_str(&authority.line_with(&["request_pending"])).unwrap();
        let id = line["request_id"].as_str().unwrap();
        let (_, table, _) = review(&url, &["pending"]);
        for word in [id, "high", "agt_x", "spring [31mcleaning", r#""document" ["delete"]"#, "a duplicate"] {
            assert!(table.contains(word) && !table.contains('\u{1b}'), "{word} {table}");
        }
        let (_, json, _) = review(&url, &["pending", "--json"]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["data"][0]["authorization_details"]["identifier"], verdict);

        let (code, out, error) = review(&url, &[&[verdict, id], more].concat());
        assert_eq!(code, Some(0), "{error}");
        assert!(out.lines().last().unwrap().starts_with(id), "{out}");
        let (code, _, error) = review(&url, &[verdict, id]);
        assert_eq!((code, error.lines().count()), (Some(1), 1));
        assert!(error.contains("already decided"), "{error}");
        clock.turns.add_permits(1);
        let outcome = waiting.await.unwrap();
        assert_eq!(outcome.is_ok(), verdict == "approve");
        if let Ok(permission) = outcome {
            assert_eq!(permission.granted_ttl, Some(Duration::from_secs(60)));
        }
    }
    let task = jit.task_id().as_str();
    let (_, table, _) = review(&url, &["tasks"]);
    assert!(table.contains(task) && table.contains("open"), "{table}");
    let (_, out, _) = review(&url, &["revoke", task]);
    assert!(out.contains("suspended"), "{out}");
    let (_, table, _) = review(&url, &["audit"]);
    for word in ["request_approved", "request_denied", "task_suspended"] {
        assert!(table.contains(word), "{table}");
    }
    let (_, link, _) = review(&url, &["link"]);
    for status in [StatusCode::SEE_OTHER, StatusCode::FORBIDDEN] {
        let request = Request::get(link.trim_end()).body(Bytes::new()).unwrap();
        assert_eq!(HttpTransport::new().unwrap().send(request).await.unwrap().status(), status, "{link}");
    }
    jit.complete_task().await.unwrap();
}

/// What `POST` answers to this JSON.
async fn call(url: &str, token: &str, body: serde_json::Value) -> serde_json::Value {
    let request = Request::post(url).header("authorization", format!("Bearer {token}"));
    let request = request.body(Bytes::from(body.to_string())).unwrap();
    let body = HttpTransport::new().unwrap().send(request).await.unwrap().into_body();
    serde_json::from_slice(&read_body(body, 65_536).await.unwrap()).unwrap()
}

#[cfg(unix)]
#[tokio::test]
async fn a_payment_is_shown_whole_and_approved_only_by_who_saw_it() {
    let authority = Running::start(&["--client", "agt_x:s3cret"]);
    let url = authority.url.clone();
    let api = format!("{url}/orgs/acme-corp/api/v1/jit");
    let (_, answer) = log_in(&url, "agt_x", "s3cret").await;
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let token = answer["access_token"].as_str().unwrap();
    let task = call(&format!("{api}/task"), token, json!({ "on_behalf_of": "ann@acme.com" })).await;
    let long = "x".repeat(100);
    let body = json!({
        "task_id": task["task_id"],
        "justification": format!("For \"{long}\" [quoted: from the model]"),
        "authorization_details": {
            "type": "payment [read] doc_1", "actions": ["create"], "identifier": "inv_1", "privileges": ["owner"],
            "datatypes": ["account"], "locations": ["https://bank.example"], "amount": 9_000_000, "to": "DE99",
        },
    });
    let request = call(&format!("{api}/request"), token, body).await;
    let id = request["request_id"].as_str().unwrap();

    let (_, table, _) = review(&url, &["pending"]);
    for words in [r#""payment [read] doc_1" ["create"]"#, " +5 more members", "xx… [quoted: from the model]"] {
        assert!(table.contains(words), "{words} {table}");
    }
    assert!(table.contains("ann@acme.com (claimed)"), "{table}");
    let (code, shown, error) = review(&url, &["show", id]);
    assert_eq!((code, error.as_str()), (Some(0), ""));
    for words in ["9000000", "\"DE99\"", "\"owner\"", "\"account\"", "https://bank.example", &"x".repeat(40), "claim"] {
        assert!(shown.contains(words), "{words} {shown}");
    }

    let (code, out, error) = review(&url, &["approve", id]);
    assert_eq!((code, out), (Some(1), shown.clone()), "{error}");
    assert!(error.contains("add --critical"), "{error}");
    let (code, _, error) = review(&url, &["approve", id, "--critical", "--digest", "0f"]);
    assert!(code == Some(1) && error.contains("not the one that was shown"), "{error}");
    let digest = shown.lines().last().unwrap().trim();
    let (_, rest, _) = review(&url, &["show", id, "--json"]);
    let json: serde_json::Value = serde_json::from_str(&rest).unwrap();
    assert_eq!(json["request_digest"], digest, "{shown}");
    let (code, out, error) = review(&url, &["approve", id, "--critical", "--digest", digest]);
    assert!(code == Some(0) && out.starts_with(&shown) && out.contains(": approved, for 600 s"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_reviewer_who_is_none_gets_nowhere() {
    let authority = Running::start(&["--client", "agt_x:s3cret"]);
    for (token, arguments, code, expected) in [
        (Some("an agent's token"), &["pending", "--url", authority.url.as_str()][..], 1, "401"),
        (Some(REVIEWER), &["pending", "--url", "http://authority.example"], 1, "is no URL of an authority"),
        (Some(REVIEWER), &["approve", "..", "--url", authority.url.as_str()], 1, "is no URL"),
        (Some(REVIEWER), &["pending", "--url", authority.url.as_str(), "--org", "other"], 1, "404"),
        (None, &["pending", "--url", authority.url.as_str()], 2, "JIT_AUTHORITY_REVIEWER_TOKEN is not set"),
    ] {
        let mut command = command();
        match token {
            Some(token) => command.env("JIT_AUTHORITY_REVIEWER_TOKEN", token),
            None => command.env_remove("JIT_AUTHORITY_REVIEWER_TOKEN"),
        };
        let output = command.args(arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.lines().count()), (Some(code), 1), "{error}");
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn help_names_the_variables_of_an_agent() {
    let output = run(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8(output.stdout).unwrap();
    for word in ["--listen", "--client", "LUMOAUTH_URL", "LUMOAUTH_ORG_ID", "AGENT_CLIENT_ID", "AGENT_CLIENT_SECRET"] {
        assert!(help.contains(word), "{word}");
    }
}

#[test]
fn a_command_line_that_cannot_be_followed_ends_with_2_and_one_sentence() {
    for (arguments, expected) in [
        (&["--colour"][..], "--colour"),
        (&["--listen", "nowhere"], "address and a port"),
        (&["--listen", "0.0.0.0:0"], "no loopback address"),
        (&["--client", "agt_x"], "ID:SECRET"),
        (&["--client", "agt_x:"], "is empty"),
        (&["--org", "a/b"], "not usable"),
        (&["--client", "agt_x:one", "--client", "agt_x:two"], "named twice"),
    ] {
        // The last `--listen` counts; without one it would be a port that another process may have.
        let output = run(&[&["--listen", "127.0.0.1:0"], arguments].concat());
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {sentence}");
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
        assert!(sentence.contains(expected), "{sentence}");
        assert!(output.stdout.is_empty());
    }
}

#[cfg(unix)]
#[test]
fn an_address_that_is_taken_is_named() {
    let first = Running::start(&[]);
    let address = first.url.strip_prefix("http://").unwrap();
    let output = run(&["--listen", address]);
    assert_eq!(output.status.code(), Some(1));
    let sentence = String::from_utf8(output.stderr).unwrap();
    assert!(sentence.contains(address) && sentence.contains("already taken"), "{sentence}");
}
