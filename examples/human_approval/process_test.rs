//! The example as a process, with a person who decides by the forms of the page.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use jit_tools::{
    local_authority::LocalAuthority,
    transport::{HttpTransport, Transport as _, read_body},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

/// A run of the example.
struct Run {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Run {
    /// One with its own authority, or with another.
    fn start(folder: &Path, authority: Option<&LocalAuthority>) -> Self {
        let tests = std::env::current_exe().unwrap();
        let program: PathBuf = tests.parent().unwrap().parent().unwrap().join("examples/human_approval");
        assert!(program.exists(), "{} is not built: run `cargo test` or `cargo build --examples`", program.display());
        let mut command = Command::new(program);
        for variable in ["LUMOAUTH_URL", "LUMOAUTH_ORG_ID", "LUMOAUTH_TENANT", "AGENT_CLIENT_ID", "AGENT_CLIENT_SECRET"]
        {
            command.env_remove(variable);
        }
        if let Some(authority) = authority {
            command
                .env("LUMOAUTH_URL", authority.url())
                .env("LUMOAUTH_ORG_ID", authority.org())
                .env("AGENT_CLIENT_ID", authority.client_id())
                .env("AGENT_CLIENT_SECRET", authority.client_secret());
        }
        command.env("HUMAN_APPROVAL_FOLDER", folder).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// What comes after these words on the next line.
    async fn says(&mut self, words: &str) -> String {
        let line = self.lines.next_line().await.unwrap().unwrap_or_else(|| panic!("it ended before `{words}`"));
        line.strip_prefix(words).unwrap_or_else(|| panic!("`{line}` instead of `{words}`")).to_owned()
    }

    async fn send(&mut self, signal: &str) {
        let process = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &process]).status().await.unwrap().success());
    }

    /// Its exit status, once it has said all.
    async fn end(mut self) -> Option<i32> {
        assert_eq!(self.lines.next_line().await.unwrap(), None);
        self.child.wait().await.unwrap().code()
    }
}

/// A person with a browser.
struct Person {
    http: HttpTransport,
    origin: String,
    /// Where the pages of the session are, with a slash at the end.
    root: String,
    cookie: String,
}

impl Person {
    async fn follow(link: &str) -> Self {
        let http = HttpTransport::new().unwrap();
        let response = http.send(Request::get(link).body(Bytes::new()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        let root = response.headers()[header::LOCATION].to_str().unwrap().to_owned();
        Self { http, origin: link.split("/login").next().unwrap().to_owned(), root, cookie }
    }

    async fn send(&self, request: http::request::Builder, body: String) -> (StatusCode, HeaderMap, String) {
        let request = request.header(header::COOKIE, &self.cookie).body(Bytes::from(body)).unwrap();
        let (parts, body) = self.http.send(request).await.unwrap().into_parts();
        let body = read_body(body, 1024 * 1024).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    /// Presses a button of the one request that waits, and gives the page on which it was.
    async fn press(&self, button: &str, message: &str) -> String {
        let (status, _, page) = self.send(Request::get(format!("{}{}", self.origin, self.root)), String::new()).await;
        assert_eq!(status, StatusCode::OK);
        let after = |mark: &str| page.split(mark).nth(1).unwrap().split('"').next().unwrap();
        let (csrf, digest) = (after(r#"name="csrf" value=""#), after(r#"name="request_digest" value=""#));
        let id = after(&format!(r#"formaction="{}requests/"#, self.root)).split('/').next().unwrap();
        let form = Request::post(format!("{}{}requests/{id}/{button}", self.origin, self.root))
            .header(header::ORIGIN, &self.origin);
        let (status, _, answer) =
            self.send(form, format!("csrf={csrf}&request_digest={digest}&agent_message={message}")).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{answer}");
        page
    }
}

/// A folder that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("human-approval-test-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn has(&self, file: &str) -> bool {
        self.0.join(file).exists()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const WAITS: &str = "Waits for a person: \"document\" [\"delete\"] \"doc_1207\"";
const DELETED: &str = "Approved. Document doc_1207 is deleted.";
const COMPLETED: &str = "The task is completed, and its tokens are revoked.";

#[tokio::test]
async fn a_person_approves_and_the_run_goes_on() {
    let folder = Folder::new("approve");
    let mut run = Run::start(&folder.0, None);
    let person = Person::follow(&run.says("Decide at ").await).await;
    run.says(WAITS).await;
    let page = person.press("approve", "").await;
    // The model's words are told apart from the author's.
    assert!(page.contains("<mark>“<bdi>nobody opened it for nine years</bdi>”</mark>"), "{page}");
    assert!(page.contains("high risk") && page.contains("Tidy up the archive"));
    run.says(DELETED).await;
    run.says(COMPLETED).await;
    assert_eq!(run.end().await, Some(0));
    assert!(!folder.0.exists());
}

#[tokio::test]
async fn a_person_denies_and_the_document_stays() {
    let folder = Folder::new("deny");
    let authority = LocalAuthority::start().await.unwrap();
    let person = Person::follow(&authority.login_link()).await;
    let mut run = Run::start(&folder.0, Some(&authority));
    run.says("Decide on the page of http://127.0.0.1:").await;
    run.says(WAITS).await;
    person.press("deny", "ask+Ann+first").await;
    run.says("Denied. The document stays.").await;
    assert_eq!(run.says("The person says: ").await, "ask Ann first");
    run.says(COMPLETED).await;
    assert_eq!(run.end().await, Some(0));
    assert!(folder.has("documents/doc_1207.txt") && !folder.has("waiting.json"));
    assert!(authority.issued_tokens().is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn a_run_that_was_stopped_while_it_waited_is_gone_on_with() {
    for signal in ["-INT", "-TERM", "-HUP", "-KILL"] {
        let folder = Folder::new(&format!("resume{signal}"));
        let authority = LocalAuthority::start().await.unwrap();
        let mut run = Run::start(&folder.0, Some(&authority));
        run.says("Decide on the page").await;
        run.says(WAITS).await;
        run.send(signal).await;
        if signal == "-KILL" {
            assert_eq!(run.end().await, None);
        } else {
            run.says("Stopped. The request still waits").await;
            assert_eq!(run.end().await, Some(0));
        }
        assert!(folder.has("waiting.json") && folder.has("documents/doc_1207.txt"), "{signal}");

        // Nobody runs, and the person decides.
        let person = Person::follow(&authority.login_link()).await;
        person.press("approve", "").await;
        let mut run = Run::start(&folder.0, Some(&authority));
        run.says("An earlier run was stopped").await;
        run.says("Decide on the page").await;
        run.says(WAITS).await;
        run.says(DELETED).await;
        run.says(COMPLETED).await;
        assert_eq!(run.end().await, Some(0));
        assert!(!folder.has("waiting.json") && !folder.has("documents/doc_1207.txt"), "{signal}");
        assert_eq!(std::fs::read_dir(folder.0.join("tasks")).unwrap().count(), 0, "{signal}");
        // One request, one token, and that one is over.
        assert_eq!((authority.issued_tokens().len(), authority.live_tokens().len()), (1, 0), "{signal}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_run_with_its_own_authority_leaves_nothing_when_it_is_stopped() {
    let folder = Folder::new("own");
    let mut run = Run::start(&folder.0, None);
    run.says("Decide at ").await;
    run.says(WAITS).await;
    run.send("-INT").await;
    run.says("Stopped. The authority ends with this run, so the task is completed.").await;
    assert_eq!(run.end().await, Some(0));
    assert!(!folder.0.exists());
}
