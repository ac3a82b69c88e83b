//! What passes on the wire, and what must not: a token off its origin, and a poll that is early or overlaps.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    body::Bytes,
    http::{Method, Request, Response, StatusCode},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jit_tools::Origin;
use serde_json::Value;

/// The time between two polls (protocol.md, section 4), and what each wish for less adds to it.
const INTERVAL: Duration = Duration::from_secs(5);

/// What has passed so far.
#[derive(Debug)]
pub struct Wire {
    authority: Origin,
    /// Which type of permission each API asks for, and whether it may see the agent's own token.
    apis: Vec<(Origin, &'static str, bool)>,
    polling: BTreeMap<String, Polling>,
    pub violations: Vec<String>,
    pub polls: u64,
    pub slow_downs: u64,
    pub waits_as_told: u64,
    pub jit_tokens_sent: u64,
    /// Requests to where nobody may send a token.
    pub elsewhere: u64,
}

/// One request that waits for a person.
#[derive(Debug, Default)]
struct Polling {
    /// The process that asks about it.
    process: u64,
    in_flight: bool,
    last: Duration,
    slow_downs: u32,
    /// When it may be asked about next.
    due: Duration,
}

impl Polling {
    fn interval(&self) -> Duration {
        INTERVAL * (1 + self.slow_downs)
    }
}

/// A request under way. Dropping it is what a client does that no longer waits.
pub struct Sent {
    wire: Arc<Mutex<Wire>>,
    kind: Kind,
    process: u64,
}

enum Kind {
    /// A poll for this request.
    Poll(String),
    /// A request for a permission.
    Ask,
    Other,
}

impl Wire {
    pub fn new(authority: Origin, apis: Vec<(Origin, &'static str, bool)>) -> Self {
        Self {
            authority,
            apis,
            polling: BTreeMap::new(),
            violations: Vec::new(),
            polls: 0,
            slow_downs: 0,
            waits_as_told: 0,
            jit_tokens_sent: 0,
            elsewhere: 0,
        }
    }

    /// Notes what is sent, and what must not be.
    pub fn send(wire: &Arc<Mutex<Self>>, request: &Request<Bytes>, to: &Origin, process: u64, now: Duration) -> Sent {
        let kind = match request.uri().path().strip_suffix("/status") {
            Some(path) if *request.method() == Method::GET => {
                Kind::Poll(path.rsplit('/').next().unwrap_or_default().to_owned())
            }
            _ if request.uri().path().ends_with("/jit/request") => Kind::Ask,
            _ => Kind::Other,
        };
        let mut noted = wire.lock().unwrap();
        noted.note_token(request, to);
        if let Kind::Poll(id) = &kind {
            noted.note_poll(id, process, now);
        }
        Sent { wire: Arc::clone(wire), kind, process }
    }

    /// A token of a task goes to the API that its permission is for. The agent's own goes to the authority, and to APIs
    /// that the policy names. Each is for the one that it is sent to.
    fn note_token(&mut self, request: &Request<Bytes>, to: &Origin) {
        let api = self.apis.iter().find(|(origin, ..)| origin == to);
        self.elsewhere += u64::from(api.is_none() && *to != self.authority);
        let Some(authorization) = request.headers().get("authorization") else { return };
        let claims = claims(authorization.to_str().unwrap());
        let is_jit = claims["jit"] == true;
        let types: Vec<_> = claims["authorization_details"].as_array().into_iter().flatten().collect();
        self.jit_tokens_sent += u64::from(is_jit);
        let is_at_home = match (is_jit, api) {
            (true, Some((_, kind, _))) => types.iter().all(|detail| detail["type"] == *kind) && !types.is_empty(),
            (true, None) => false,
            (false, Some((.., is_trusted))) => *is_trusted,
            (false, None) => *to == self.authority,
        };
        if claims["aud"] != serde_json::json!([to.to_string()]) {
            self.violations.push(format!("a token for {} was sent to {to}", claims["aud"]));
        }
        if !is_at_home {
            self.violations.push(format!("a token for {types:?} of {} was sent to {to}", claims["sub"]));
        }
    }

    fn note_poll(&mut self, id: &str, process: u64, now: Duration) {
        self.polls += 1;
        let polling = self.polling.entry(id.to_owned()).or_default();
        if polling.process != process {
            // Another process picked it up, which was not told what this one was.
            *polling = Polling { process, due: polling.last + INTERVAL, last: polling.last, ..Polling::default() };
        }
        if polling.in_flight {
            self.violations.push(format!("two polls for {id} overlap at {now:?}"));
        }
        if now < polling.due {
            self.violations.push(format!("{id} was polled at {now:?}, and was due at {:?}", polling.due));
        }
        polling.in_flight = true;
        polling.last = now;
        polling.due = now + polling.interval();
    }

    /// What the client was told.
    fn note_answer(&mut self, sent: &Sent, answer: &Response<Bytes>, now: Duration) {
        match &sent.kind {
            Kind::Poll(id) => {
                let Some(polling) = self.polling.get_mut(id) else { return };
                if answer.status() == StatusCode::TOO_MANY_REQUESTS {
                    polling.slow_downs += 1;
                    polling.due = polling.last + polling.interval();
                    self.slow_downs += 1;
                }
                if let Some(seconds) = answer.headers().get("retry-after") {
                    polling.due = now + Duration::from_secs(seconds.to_str().unwrap().parse().unwrap());
                    self.waits_as_told += 1;
                }
            }
            Kind::Ask => {
                let told: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
                if let (Some(id), Some("pending")) = (told["request_id"].as_str(), told["status"].as_str()) {
                    // The first poll is no sooner than the others.
                    let polling =
                        Polling { process: sent.process, last: now, due: now + INTERVAL, ..Polling::default() };
                    self.polling.insert(id.to_owned(), polling);
                }
            }
            Kind::Other => {}
        }
    }
}

impl Sent {
    pub fn answered(self, answer: Option<&Response<Bytes>>, now: Duration) {
        if let Some(answer) = answer {
            self.wire.lock().unwrap().note_answer(&self, answer, now);
        }
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        let mut wire = self.wire.lock().unwrap();
        if let Kind::Poll(id) = &self.kind
            && let Some(polling) = wire.polling.get_mut(id)
            && polling.process == self.process
        {
            polling.in_flight = false;
        }
    }
}

/// What a token says. Who signed it is checked by whoever gets it.
fn claims(authorization: &str) -> Value {
    let payload = authorization.split('.').nth(1).unwrap_or_default();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap_or_default()).unwrap_or_default()
}
