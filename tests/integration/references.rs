//! An API that names what is missing in the newest draft's form, at 401 and with a reference
//! (draft-ietf-oauth-rar-metadata-remediation): a token that was obtained before is used again once, a new one is
//! obtained once, and then it stops.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, response::IntoResponse, routing::any};
use http::{StatusCode, header};
use jit_tools::{
    AuthorizationDetail, EscalationError, JitContext, LumoAuthAgent, Policy, ToolContext, ToolError,
    challenge::{ChallengeForms, Form},
    jit_tool,
    local_authority::LocalAuthority,
    testing::{InProcess, ManualClock},
    tools, url,
};

use crate::support::{AUTHORITY, Recorder, note};

const HERE: &str = "https://here.test";
const THERE: &str = "https://there.test";

/// What the API answers to the next request, whatever it is.
#[derive(Clone, Debug)]
enum Answer {
    Fine,
    Missing {
        details: Box<AuthorizationDetail>,
        reference: Option<&'static str>,
    },
    /// The token is not known, or not any more (RFC 6750, section 3.1).
    Rejected,
}
use Answer::{Fine, Rejected};

fn missing(details: AuthorizationDetail, reference: &'static str) -> Answer {
    Answer::Missing { details: Box::new(details), reference: Some(reference) }
}

fn anonymous(details: AuthorizationDetail) -> Answer {
    Answer::Missing { details: Box::new(details), reference: None }
}

impl IntoResponse for Answer {
    fn into_response(self) -> axum::response::Response {
        let (details, reference) = match self {
            Self::Missing { details, reference } => (details, reference),
            Self::Rejected => {
                let value = "Bearer error=\"invalid_token\"";
                return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, value)]).into_response();
            }
            Self::Fine => return "fine".into_response(),
        };
        let json = serde_json::json!({"authorization_details": [details], "authorization_reference": reference});
        let encoded = base64_url(json.to_string().as_bytes());
        let value = format!("Bearer error=\"insufficient_authorization\", authorization_remediation=\"{encoded}\"");
        (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, value)]).into_response()
    }
}

/// RFC 4648, section 5, without padding.
fn base64_url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let sextets = |chunk: &[u8]| -> String {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        (0..=chunk.len()).map(|at| char::from(ALPHABET[(bits >> (18 - 6 * at)) as usize % 64])).collect()
    };
    bytes.chunks(3).map(sextets).collect()
}

struct World {
    authority: Arc<LocalAuthority>,
    clock: ManualClock,
    network: Arc<Recorder>,
    agent: LumoAuthAgent,
    script: Arc<Mutex<VecDeque<Answer>>>,
}

impl World {
    fn new() -> Self {
        let clock = ManualClock::new();
        let authority = LocalAuthority::builder()
            .url(AUTHORITY)
            .org("acme-corp")
            .client("agt_x", "s3cret")
            .clock(clock.shared())
            .build()
            .unwrap();
        let script = Arc::new(Mutex::new(VecDeque::new()));
        let answers = Arc::clone(&script);
        let api = Router::new().fallback(any(move || {
            let answer: Answer = answers.lock().unwrap().pop_front().expect("no request more than the script has");
            async { answer }
        }));
        let network = InProcess::new().serve(AUTHORITY, authority.router()).unwrap();
        let network = network.serve(HERE, api.clone()).unwrap().serve(THERE, api).unwrap();
        let network = Arc::new(Recorder::new(network));
        let agent = LumoAuthAgent::builder()
            .url(AUTHORITY)
            .org("acme-corp")
            .client_id("agt_x")
            .client_secret("s3cret")
            .clock(clock.shared())
            .transport(network.clone())
            .build()
            .unwrap();
        Self { authority: Arc::new(authority), clock, network, agent, script }
    }

    async fn task(&self, forms: ChallengeForms) -> JitContext {
        let policy = Policy::new().trust_origin(HERE).unwrap().trust_origin(THERE).unwrap().challenge_forms(forms);
        JitContext::builder(&self.agent, "test").policy(policy).create_task().await.unwrap()
    }

    /// Sends one request, to which the API gives these answers in turn, and all of them.
    async fn get(&self, jit: &JitContext, origin: &str, answers: impl IntoIterator<Item = Answer>) -> StatusCode {
        self.clock.advance(Duration::from_secs(1));
        self.script.lock().unwrap().extend(answers);
        let response = ToolContext::new(jit).http().get(url!("{origin}/")).send().await.unwrap();
        assert!(self.script.lock().unwrap().is_empty(), "{:?} were not asked for", self.script.lock().unwrap());
        response.status()
    }

    fn asked(&self) -> usize {
        self.authority.requests().iter().filter(|call| call.path.ends_with("/jit/request")).count()
    }
}

#[tokio::test]
async fn a_reference_is_followed_as_this_table_says() {
    const OK: StatusCode = StatusCode::OK;
    const NO: StatusCode = StatusCode::UNAUTHORIZED;
    let read = || note("read", "1");
    let write = || note("write", "1");
    let both = || AuthorizationDetail::new("note").actions(["read", "write"]).identifier("1");
    let all = || AuthorizationDetail::new("note").actions(["list", "read", "write"]).identifier("1");
    let r = || missing(read(), "r");
    let first = || vec![r(), Fine];
    // The answers to each request of a task, how the last of them ends, and how often the authority was asked.
    let cases: [(&str, Vec<Vec<Answer>>, StatusCode, usize); 25] = [
        ("a new token serves", vec![first()], OK, 1),
        ("a new token does not serve: stop", vec![vec![missing(read(), "r"), missing(read(), "r")]], NO, 1),
        ("nor with another reference", vec![vec![missing(read(), "r"), missing(read(), "s")]], NO, 1),
        ("nor for something else", vec![vec![missing(read(), "r"), missing(write(), "s")]], NO, 1),
        ("a held token serves again", vec![first(), vec![missing(read(), "r"), Fine]], OK, 1),
        ("also under another reference", vec![first(), vec![missing(read(), "s"), Fine]], OK, 1),
        (
            "a held token does not serve: a new one",
            vec![first(), vec![missing(read(), "r"), missing(read(), "r"), Fine]],
            OK,
            2,
        ),
        (
            "nor does the new one: stop",
            vec![first(), vec![missing(read(), "r"), missing(read(), "r"), missing(read(), "r")]],
            NO,
            2,
        ),
        (
            "the same reference means more now",
            vec![first(), vec![missing(read(), "r"), missing(write(), "r"), Fine]],
            OK,
            2,
        ),
        (
            "the reference is new in each answer",
            vec![first(), vec![missing(read(), "s"), missing(read(), "t"), Fine]],
            OK,
            2,
        ),
        ("something else is missing as well", vec![first(), vec![missing(read(), "r"), missing(write(), "s")]], NO, 1),
        (
            "a token for single use",
            vec![vec![anonymous(read()), Fine], vec![anonymous(read()), anonymous(read()), Fine]],
            OK,
            2,
        ),
        ("a new token never serves: asked once", vec![vec![r(), r()], vec![r(), r()], vec![r()]], NO, 1),
        ("nor does it where one did before", vec![first(), vec![r(), r(), r()], vec![r(), r()], vec![r()]], NO, 2),
        (
            "nor with a reference that is new in each answer",
            vec![vec![missing(read(), "r"), missing(read(), "s")], vec![missing(read(), "t"), missing(read(), "u")]],
            NO,
            1,
        ),
        (
            "nor without a reference",
            vec![vec![anonymous(read()), anonymous(read())], vec![anonymous(read()), anonymous(read())]],
            NO,
            1,
        ),
        (
            "a held token is said to lack what it has: a new one",
            vec![vec![missing(both(), "b"), Fine], vec![missing(read(), "r"), missing(write(), "w"), Fine]],
            OK,
            2,
        ),
        (
            "a new token is said to lack what it has: stop",
            vec![vec![missing(both(), "b"), missing(read(), "r")], vec![missing(both(), "b"), missing(read(), "r")]],
            NO,
            1,
        ),
        ("what is named otherwise is asked for", vec![vec![r(), r()], vec![missing(write(), "s"), Fine]], OK, 2),
        ("a held token is known by the reference", vec![first(), vec![missing(write(), "r"), Fine]], OK, 1),
        ("a held token is rejected: a new one", vec![first(), vec![r(), Rejected, Fine]], OK, 2),
        ("the new one is rejected too: stop", vec![first(), vec![r(), Rejected, Rejected], vec![r(), Rejected]], NO, 2),
        ("a new token is always rejected", vec![vec![r(), Rejected], vec![r(), Rejected], vec![r()]], NO, 1),
        ("rejected, and then not enough", vec![first(), vec![r(), Rejected, r()], vec![r(), r()]], NO, 2),
        (
            "no second held token is tried",
            vec![
                vec![missing(both(), "b"), Fine],
                vec![missing(all(), "a"), Fine],
                vec![missing(read(), "r"), missing(read(), "r"), Fine],
            ],
            OK,
            3,
        ),
    ];
    for (name, requests, last, asked) in cases {
        let world = World::new();
        let jit = world.task(ChallengeForms::all()).await;
        let mut status = None;
        for answers in requests {
            status = Some(world.get(&jit, HERE, answers).await);
        }
        assert_eq!((status, world.asked()), (Some(last), asked), "{name}");
        jit.complete_task().await.unwrap();
        assert!(world.authority.live_tokens().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn an_api_that_refuses_what_was_granted_is_told_as_such() {
    const TOLD: &str =
        "The permission that the API requires was granted, and the API still refuses. Do not try again; say so.";
    let r = || missing(note("read", "1"), "r");
    let world = World::new();
    let jit = world.task(ChallengeForms::all()).await;
    // The new token, then the same one once more, then none.
    for (answers, told) in [(vec![r(), r()], true), (vec![r(), r()], true), (vec![r()], true)] {
        world.clock.advance(Duration::from_secs(1));
        world.script.lock().unwrap().extend(answers);
        let response = ToolContext::new(&jit).http().get(url!("{HERE}/")).send().await.unwrap();
        let error = response.escalation_error().unwrap();
        assert_eq!((error.is_unsatisfied(), error.for_model() == TOLD), (told, told), "{error}");
    }
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn a_body_that_runs_again_with_a_token_that_is_refused_is_held_by_the_same_rules() {
    /// Reads, and runs again where something is missing.
    #[jit_tool(retry = "body")]
    async fn read_again(cx: &ToolContext) -> Result<String, ToolError> {
        Ok(cx.http().get(url!("{HERE}/")).send().await?.error_for_status()?.text().await?)
    }
    let r = || missing(note("read", "1"), "r");
    // The answers to the runs of each call, whether the last one is told to be unsatisfied, and how often the authority
    // was asked.
    let cases = [
        ("a new token does not serve", vec![vec![r(), r()]], true, 1),
        ("nor later, and none is obtained again", vec![vec![r(), r()], vec![r(), r()], vec![r()]], true, 1),
        ("a held token does not serve: a new one", vec![vec![r(), Fine], vec![r(), r()], vec![r(), Fine]], false, 2),
        ("a held token is rejected: a new one", vec![vec![r(), Fine], vec![r(), Rejected], vec![r(), Fine]], false, 2),
        ("a new token is rejected", vec![vec![r(), Rejected], vec![r(), Rejected], vec![r()]], true, 1),
    ];
    for (name, calls, is_unsatisfied, asked) in cases {
        let world = World::new();
        let jit = world.task(ChallengeForms::all()).await;
        let mut last = None;
        for answers in calls {
            world.clock.advance(Duration::from_secs(1));
            world.script.lock().unwrap().extend(answers);
            last = tools![read_again].call(&jit, "read_again", "{}").await.err();
            assert!(world.script.lock().unwrap().is_empty(), "{name}");
        }
        let told = last.is_some_and(|error| error.escalation().is_some_and(EscalationError::is_unsatisfied));
        assert_eq!((told, world.asked()), (is_unsatisfied, asked), "{name}");
    }
}

#[tokio::test]
async fn a_reference_is_worth_nothing_at_another_api_or_in_another_task() {
    let world = World::new();
    let answers = || [missing(note("read", "1"), "r"), Fine];
    let (mine, yours) = (world.task(ChallengeForms::all()).await, world.task(ChallengeForms::all()).await);
    for (jit, origin) in [(&mine, HERE), (&mine, THERE), (&yours, HERE)] {
        assert_eq!(world.get(jit, origin, answers()).await, StatusCode::OK);
    }
    assert_eq!(world.asked(), 3);
    let sent: Vec<_> = [HERE, THERE].into_iter().flat_map(|origin| world.network.sent_to(origin)).collect();
    let tokens: std::collections::BTreeSet<_> = sent.chunks(2).map(|both| both[1].token.clone().unwrap()).collect();
    assert_eq!((sent.len(), tokens.len()), (6, 3));
}

#[tokio::test]
async fn a_401_is_an_ordinary_answer_where_the_form_is_off() {
    let world = World::new();
    for forms in [ChallengeForms::default(), ChallengeForms::all().without(Form::Remediation)] {
        let jit = world.task(forms).await;
        assert_eq!(world.get(&jit, HERE, [missing(note("read", "1"), "r")]).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(world.asked(), 0);
}

#[tokio::test]
async fn another_client_meets_a_challenge_at_401_too() {
    let world = World::new();
    let answer = missing(note("read", "1"), "r").into_response();
    for (forms, expected) in [(ChallengeForms::all(), Some("r")), (ChallengeForms::default(), None)] {
        let jit = world.task(forms).await;
        let error = ToolContext::new(&jit).challenge(HERE, answer.status(), answer.headers(), b"");
        let challenge = error.as_ref().and_then(|error| error.challenge());
        assert_eq!(challenge.and_then(|challenge| challenge.reference()), expected);
    }
}
