//! The pages on which a person decides, and looks at what came of it.

use serde_json::json;

use super::*;
use crate::local_authority::store::Store;

/// A person with a browser.
#[derive(Clone)]
pub(super) struct Person {
    /// Where the pages of the session are.
    pub(super) root: String,
    pub(super) cookie: String,
    pub(super) csrf: String,
}

impl Person {
    pub(super) fn at(&self, page: &str) -> String {
        format!("{}{page}", self.root)
    }
}

impl Bench {
    /// A person who followed a new link.
    pub(super) async fn person(&self) -> Person {
        let answer = self.follow(&self.authority.login_link()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let root = answer.headers[header::LOCATION].to_str().unwrap().strip_suffix('/').unwrap().to_owned();
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
        let cookie = cookie.strip_suffix(&format!("; HttpOnly; SameSite=Strict; Path={root}")).unwrap().to_owned();
        let mut person = Person { root, cookie, csrf: String::new() };
        let page = self.seen(&person, "/").await;
        let csrf = page.split(r#"name="csrf" value=""#).nth(1).unwrap();
        person.csrf = csrf.split('"').next().unwrap().to_owned();
        person
    }

    pub(super) async fn follow(&self, link: &str) -> Answer {
        self.send(Request::builder().uri(link).body(Bytes::new()).unwrap()).await
    }

    pub(super) async fn visit(&self, person: &Person, page: &str) -> Answer {
        let request = self.request("GET", &person.at(page)).header(header::COOKIE, &person.cookie);
        self.send(request.body(Bytes::new()).unwrap()).await
    }

    /// What a page says to a person.
    pub(super) async fn seen(&self, person: &Person, page: &str) -> String {
        let answer = self.visit(person, page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}: {}", answer.text());
        answer.text().to_owned()
    }

    /// Sends a form of the page, as a browser does.
    async fn press(&self, person: &Person, button: &str, fields: &[(&str, &str)]) -> Answer {
        let digest = self.shown(button);
        let mut fields = [&[("csrf", person.csrf.as_str())], fields].concat();
        if fields.iter().all(|(name, _)| *name != "request_digest") {
            fields.extend(digest.as_ref().map(|digest| ("request_digest", digest.as_str())));
        }
        let request = self
            .request("POST", &person.at(button))
            .header(header::COOKIE, &person.cookie)
            .header(header::ORIGIN, self.authority.shared.page_url())
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(serde_urlencoded::to_string(fields).unwrap().into()).unwrap()).await
    }

    /// The digest in the form of a button, where it is one of a request.
    pub(super) fn shown(&self, button: &str) -> Option<String> {
        let id = button.split_once("/requests/")?.1.split('/').next()?;
        let digest = |store: &mut Store, _| Some(store.requests().find(|request| request.id == id)?.digest());
        self.authority.shared.with(digest).map(|digest| digest.to_string())
    }

    /// A request of agent a that waits for a person: its task and its id.
    pub(super) async fn pending(&self, action: &str) -> (String, String) {
        let agent = self.agent_token("a").await;
        let body = json!({ "name": "Tidy up", "on_behalf_of": "ann@acme.com" });
        let task = text(&self.api("POST", "/jit/task", &agent, body).await.json(), "task_id");
        let id = text(&self.ask(&agent, &task, action).await, "request_id");
        (task, id)
    }
}

#[tokio::test]
async fn a_person_sees_who_asks_for_what_and_why() {
    let bench = Bench::start().await;
    let person = bench.person().await;
    assert!(bench.seen(&person, "/").await.contains("Nothing waits for you."));
    let (task, _) = bench.pending("delete").await;
    bench.pending("delete").await;
    let page = bench.seen(&person, "/").await;
    for expected in [
        "2 requests wait for you.",
        "Request 1 of 2, one other waits",
        "<code><bdi>agt_a</bdi></code>",
        "<bdi>Tidy up</bdi>",
        &task,
        "ann@acme.com",
        "high risk",
        "10 min",
        ">5 min<",
        "<code><bdi>delete</bdi></code>",
        "No place is named: wherever it is accepted.",
        "&quot;identifier&quot;: &quot;doc_1&quot;",
        "because &lt;b&gt;I&lt;/b&gt; say so",
        "Untrusted: these are the words of the agent.",
        "<p>Nothing.</p>",
    ] {
        assert!(page.contains(expected), "{expected} is missing in\n{page}");
    }
}

#[tokio::test]
async fn an_approval_may_be_shorter_and_carries_a_message_and_never_the_note() {
    let bench = Bench::start().await;
    let person = bench.person().await;
    let (task, id) = bench.pending("delete").await;
    let fields = [("ttl", "60"), ("agent_message", "only this one"), ("note", "asked Ann")];
    let answer = bench.press(&person, &format!("/requests/{id}/approve"), &fields).await;
    assert_eq!(answer.headers[header::LOCATION], person.at(&format!("/?done={id}")));
    let page = bench.seen(&person, &format!("/?done={id}")).await;
    assert!(page.contains("Approved for 1 min"), "{page}");

    let agent = bench.agent_token("a").await;
    let status = bench.api("GET", &format!("/jit/request/{id}/status"), &agent, Value::Null).await.json();
    assert_eq!((&status["granted_ttl"], &status["agent_message"]), (&json!(60), &json!("only this one")));
    assert!(!status.to_string().contains("asked Ann"));
    assert_eq!(bench.exchange(&agent, &id).await.json()["expires_in"], 60);

    let history = bench.seen(&person, "/history").await;
    assert!(history.contains("by a person, for 1 min") && history.contains("asked Ann"), "{history}");
    let picture = bench.seen(&person, &format!("/tasks/{task}")).await;
    assert!(picture.contains("1 live token.") && picture.contains(r#"max="60" value="60""#), "{picture}");
    bench.pending("delete").await;
    assert!(bench.seen(&person, "/").await.contains("<p>1 permission.</p>"));
}

#[tokio::test]
async fn nobody_approves_for_longer_than_was_asked() {
    let bench = Bench::start().await;
    let person = bench.person().await;
    let (_, id) = bench.pending("delete").await;
    let button = format!("/requests/{id}/approve");
    for ttl in ["0", "-1", "a minute"] {
        assert_eq!(bench.press(&person, &button, &[("ttl", ttl)]).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(bench.press(&person, &button, &[("ttl", "900")]).await.status, StatusCode::SEE_OTHER);
    let agent = bench.agent_token("a").await;
    assert_eq!(bench.exchange(&agent, &id).await.json()["expires_in"], 600);
}

#[tokio::test]
async fn a_denial_has_a_reason_that_stays_here_and_is_final() {
    let bench = Bench::start().await;
    let person = bench.person().await;
    let (_, id) = bench.pending("delete").await;
    let fields = [("agent_message", "ask Ann first"), ("note", "looks odd")];
    let answer = bench.press(&person, &format!("/requests/{id}/deny"), &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let agent = bench.agent_token("a").await;
    let status = bench.api("GET", &format!("/jit/request/{id}/status"), &agent, Value::Null).await.json();
    assert_eq!((&status["status"], &status["agent_message"]), (&json!("denied"), &json!("ask Ann first")));
    assert!(!status.to_string().contains("looks odd"));
    let again = bench.press(&person, &format!("/requests/{id}/approve"), &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.text().contains("already decided"));
}

#[tokio::test]
async fn a_critical_request_is_approved_only_by_who_looked_twice() {
    let bench = Bench::start().await;
    let person = bench.person().await;
    let (_, id) = bench.pending("refund").await;
    let button = format!("/requests/{id}/approve");
    assert!(bench.seen(&person, "/").await.contains("critical risk"));
    assert_eq!(bench.press(&person, &button, &[]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(bench.authority.pending().len(), 1);
    assert_eq!(bench.press(&person, &button, &[("looked_twice", "yes")]).await.status, StatusCode::SEE_OTHER);
    assert!(bench.authority.pending().is_empty());
}

#[tokio::test]
async fn a_form_approves_only_what_its_page_showed() {
    let bench = Bench::start().await;
    let person = bench.person().await;
    let (_, id) = bench.pending("delete").await;
    let (_, other) = bench.pending("delete").await;
    let button = format!("/requests/{id}/approve");
    let digest = bench.shown(&button).unwrap();
    let page = bench.seen(&person, "/").await;
    assert!(page.contains(&format!(r#"name="request_digest" value="{digest}""#)), "{page}");
    let of_other = bench.shown(&format!("/requests/{other}/approve")).unwrap();
    for (shown, status) in [("", StatusCode::BAD_REQUEST), (of_other.as_str(), StatusCode::CONFLICT)] {
        let answer = bench.press(&person, &button, &[("request_digest", shown)]).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    assert_eq!(bench.authority.pending().len(), 2);
    assert_eq!(bench.press(&person, &button, &[("request_digest", &digest)]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_user_whom_nobody_confirmed_is_shown_as_the_agents_claim() {
    let bench = Bench::start().await;
    let (person, agent) = (bench.person().await, bench.agent_token("a").await);
    let delegated = text(&bench.delegate(&bench.user_token().await, &agent, &[]).await.json(), "access_token");
    let claimed = json!({ "on_behalf_of": "ann@acme.com" });
    for (token, body, is_claimed) in [(&agent, claimed, true), (&delegated, Value::Null, false)] {
        let task = text(&bench.api("POST", "/jit/task", token, body).await.json(), "task_id");
        let below = bench.api("POST", "/jit/task", token, json!({ "parent_task_id": task })).await;
        let below = text(&below.json(), "task_id");
        let id = text(&bench.ask(token, &task, "delete").await, "request_id");
        for path in ["/".to_owned(), "/tasks".to_owned(), format!("/tasks/{task}"), format!("/tasks/{below}")] {
            let page = bench.seen(&person, &path).await;
            assert!(page.contains("ann@acme.com"), "{page}");
            assert_eq!(page.contains("claimed by the agent"), is_claimed || path == "/tasks", "{path}\n{page}");
        }
        let reviewer = bench.authority.reviewer_token();
        let review = bench.api("GET", &format!("/jit/review/{id}"), reviewer.expose(), Value::Null).await.json();
        assert_eq!(review["on_behalf_of_confirmed"], !is_claimed);
        let event = bench.authority.audit().into_iter().find(|event| event.task_id.as_ref() == Some(&task)).unwrap();
        let users = (event.user.as_deref(), event.claimed_user.as_deref());
        assert_eq!(users, if is_claimed { (None, Some("ann@acme.com")) } else { (Some("ann@acme.com"), None) });
        bench.press(&person, &format!("/requests/{id}/deny"), &[]).await;
    }
}

#[tokio::test]
async fn a_task_can_be_stopped_and_its_tokens_end() {
    let bench = Bench::start().await;
    let person = bench.person().await;
    let (task, _) = bench.pending("delete").await;
    let agent = bench.agent_token("a").await;
    let read = text(&bench.ask(&agent, &task, "read").await, "request_id");
    bench.exchange(&agent, &read).await;
    let answer = bench.press(&person, &format!("/tasks/{task}/suspend"), &[]).await;
    assert_eq!(answer.headers[header::LOCATION], person.at(&format!("/tasks/{task}")));
    assert!(bench.authority.live_tokens().is_empty() && bench.authority.pending().is_empty());
    let picture = bench.seen(&person, &format!("/tasks/{task}")).await;
    assert!(picture.contains("None is alive.") && picture.contains("suspended"), "{picture}");
    assert!(!picture.contains("/suspend"));
    assert!(bench.seen(&person, "/tasks").await.contains("Tidy up"));
    assert!(bench.seen(&person, "/audit").await.contains("task suspended"));
}

#[tokio::test]
async fn lists_have_pages_and_a_page_that_is_not_there_is_the_nearest() {
    let bench = Bench::start().await;
    let person = bench.person().await;
    let agent = bench.agent_token("a").await;
    for _ in 0..51 {
        bench.task(&agent).await;
    }
    let page = bench.seen(&person, "/tasks").await;
    assert!(page.contains("Page 1 of 2.") && page.contains(&person.at("/tasks?page=2")), "{page}");
    assert_eq!(page.matches("<li>").count() - 4, 50, "the navigation has four");
    for path in ["/tasks?page=2", "/tasks?page=99"] {
        let page = bench.seen(&person, path).await;
        assert_eq!(page.matches("<li>").count() - 4, 1);
    }
    assert!(bench.seen(&person, "/tasks?page=0").await.contains("Page 1 of 2."));
    assert_eq!(bench.visit(&person, "/tasks/nothing").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn more_requests_than_a_page_holds_are_counted() {
    let bench = Bench::start().await;
    let person = bench.person().await;
    let agent = bench.agent_token("a").await;
    let task = bench.task(&agent).await;
    for _ in 0..21 {
        bench.ask(&agent, &task, "delete").await;
    }
    let page = bench.seen(&person, "/").await;
    assert!(page.contains("21 requests wait for you. Here are the oldest 20, with each agent's in turn."), "{page}");
    assert_eq!(page.matches("<article").count(), 20);
}

#[tokio::test]
async fn an_agent_that_asks_for_much_hides_no_request_of_another() {
    let bench = Bench::start().await;
    let person = bench.person().await;
    let (greedy, other) = (bench.agent_token("a").await, bench.agent_token("b").await);
    let task = bench.task(&greedy).await;
    for _ in 0..40 {
        bench.ask(&greedy, &task, "delete").await;
    }
    let task = bench.task(&other).await;
    let id = text(&bench.ask(&other, &task, "delete").await, "request_id");
    let page = bench.seen(&person, "/").await;
    assert!(page.contains(&id) && page.matches("<article").count() == 20, "{page}");
}

mod live {
    use http_body::Body as _;
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::transport::ResponseBody;

    /// A page that listens.
    struct Listener(ResponseBody);

    impl Listener {
        async fn start(bench: &Bench, person: &Person) -> Self {
            let request = bench.request("GET", &person.at("/events")).header(header::COOKIE, &person.cookie);
            let response = bench.transport.send(request.body(Bytes::new()).unwrap()).await.unwrap();
            assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
            Self(response.into_body())
        }

        /// The next event, or `None` once the stream has ended.
        async fn hears(&mut self) -> Option<String> {
            let frame = self.0.frame().await?.unwrap().into_data().unwrap();
            Some(String::from_utf8(frame.to_vec()).unwrap())
        }
    }

    #[tokio::test]
    async fn an_open_page_hears_that_something_changed_and_never_what() {
        let bench = Bench::start().await;
        let person = bench.person().await;
        let mut page = Listener::start(&bench, &person).await;
        assert_eq!(page.hears().await.unwrap(), "data: changed\n\n", "what happened before it listened");
        bench.pending("delete").await;
        assert_eq!(page.hears().await.unwrap(), "data: changed\n\n");
    }

    #[tokio::test]
    async fn a_session_has_four_listeners_and_the_oldest_goes() {
        let bench = Bench::start().await;
        let person = bench.person().await;
        let mut pages = Vec::new();
        for _ in 0..5 {
            let mut page = Listener::start(&bench, &person).await;
            assert_eq!(page.hears().await.unwrap(), "data: changed\n\n");
            pages.push(page);
        }
        assert_eq!(pages[0].hears().await.unwrap(), "event: bye\ndata: bye\n\n");
        assert_eq!(pages[0].hears().await, None);
        assert!(!pages[1].0.is_end_stream());
        bench.press(&person, "/logout", &[]).await;
        assert_eq!(bench.visit(&person, "/events").await.status, StatusCode::FORBIDDEN);
        for page in &mut pages[1..] {
            while page.hears().await.is_some() {}
        }
    }

    #[tokio::test]
    async fn an_open_page_does_not_hold_up_the_end() {
        let bench = Bench::start().await;
        let person = bench.person().await;
        let mut page = Listener::start(&bench, &person).await;
        bench.authority.shutdown().await;
        let mut last = String::new();
        while let Some(event) = page.hears().await {
            last = event;
        }
        // Cut off, it would have no last word.
        assert_eq!(last, "event: bye\ndata: bye\n\n");
    }
}
