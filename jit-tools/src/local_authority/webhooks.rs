//! The news of a decision, posted to the `callback_url` of a request: signed, and only to origins that the owner of
//! this authority named.
//!
//! The signature is that of Standard Webhooks (version 1): HMAC-SHA256 over the id, the time and the body. Nothing in
//! the body is a secret, nor worth more than asking for the status.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::{
    hmac,
    rand::{SecureRandom as _, SystemRandom},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::stream::{StreamExt as _, poll_fn};
use http::{HeaderName, HeaderValue, Method, Request as HttpRequest, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tokio::sync::mpsc::{Receiver, Sender, channel, error::TrySendError};

use super::{
    audit::{AuditEvent, AuditKind},
    random,
    shared::Shared,
    store::Request,
};
use crate::{
    origin::Origin,
    transport::{Exchange, HttpTransport, HttpTransportError},
};

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
const PREFIX: &str = "whsec_";
/// How many may wait for their lanes. Requests that end at once, such as those that nobody decided in time, come at once:
/// with less room, one agent's would push out another's.
const MAX_QUEUED: usize = 4096;
/// How many may wait to be sent, in each lane. One that finds no room is lost, which the log says: the status says the
/// same.
const MAX_WAITING: usize = 256;
/// How many of one lane are under way at a time.
const MAX_AT_ONCE: usize = 4;
/// How often one is tried, and how long the first pause is; it doubles.
const TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// How long a receiver has to answer one try.
const MAX_TRY: Duration = Duration::from_secs(30);

/// An agent, and an origin to which its webhooks go. Each lane is delivered by itself: a receiver that is slow holds up
/// what goes there for the same agent, and nothing else.
type Lane = (String, Origin);

/// Where webhooks may go, and how they are signed.
#[derive(Debug)]
pub(super) struct Webhooks {
    origins: Vec<Origin>,
    secret: SecretString,
    key: hmac::Key,
    queue: Sender<Webhook>,
    /// Taken by whoever sends what is queued.
    queued: Mutex<Option<Receiver<Webhook>>>,
}

#[derive(Debug)]
struct Webhook {
    url: String,
    origin: Origin,
    request_id: String,
    agent_id: String,
    task_id: String,
    body: Bytes,
    time: SystemTime,
}

/// A key that is none.
#[derive(Debug, thiserror::Error)]
#[error("the secret of the webhooks is not usable: `whsec_` and the base64 of 24 to 64 bytes is")]
pub(super) struct SecretError;

impl Webhooks {
    pub(super) fn new(origins: Vec<Origin>, secret: Option<SecretString>) -> Result<Self, SecretError> {
        let secret = if let Some(secret) = secret {
            secret
        } else {
            let mut bytes = [0; 32];
            SystemRandom::new().fill(&mut bytes).map_err(|_| SecretError)?;
            SecretString::from(format!("{PREFIX}{}", BASE64_STANDARD.encode(bytes)))
        };
        let bytes = secret
            .expose_secret()
            .strip_prefix(PREFIX)
            .and_then(|encoded| BASE64_STANDARD.decode(encoded).ok())
            .filter(|bytes| (24..=64).contains(&bytes.len()))
            .ok_or(SecretError)?;
        let (queue, queued) = channel(MAX_QUEUED);
        let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        Ok(Self { origins, secret, key, queue, queued: Mutex::new(Some(queued)) })
    }

    pub(super) fn secret(&self) -> &str {
        self.secret.expose_secret()
    }

    /// Whether this URL is at one of the origins.
    pub(super) fn allows(&self, url: &str) -> bool {
        let Ok(url) = url::Url::parse(url) else { return false };
        let is_bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        is_bare && Origin::of(&url).is_some_and(|origin| self.origins.contains(&origin))
    }

    /// Queues the news of a request that ended, if it is to be told. A URL that an earlier start let in, and that this one
    /// does not, is not called.
    pub(super) fn send(&self, request: &Request, time: SystemTime) {
        let Some(url) = request.callback_url.as_ref().filter(|url| self.allows(url)) else { return };
        let Ok(url) = url::Url::parse(url) else { return };
        let Some(origin) = Origin::of(&url) else { return };
        let body = json!({
            "type": format!("jit.request.{}", request.state.as_str()),
            "timestamp": jiff::Timestamp::try_from(time).map(|time| time.to_string()).unwrap_or_default(),
            "data": {
                "request_id": request.id,
                "task_id": request.task_id,
                "status": request.state.as_str(),
                "risk_level": request.risk,
                "has_notes": request.note.is_some(),
                "agent_message": request.agent_message,
            },
        });
        let webhook = Webhook {
            // As the parser that was asked for its origin writes it, so that no other reads another one.
            url: url.into(),
            origin,
            request_id: request.id.clone(),
            agent_id: request.agent_id.clone(),
            task_id: request.task_id.clone(),
            body: body.to_string().into(),
            time,
        };
        if self.queue.try_send(webhook).is_err() {
            tracing::error!(request = request.id, "a webhook is lost: too many wait to be sent");
        }
    }

    /// Sends what is queued for as long as the authority is there, each lane by itself. Needs a tokio runtime.
    pub(super) fn start(&self, shared: &Arc<Shared>) -> Result<(), HttpTransportError> {
        let transport = HttpTransport::new()?;
        let Some(queued) = self.queued.lock().unwrap_or_else(PoisonError::into_inner).take() else { return Ok(()) };
        tokio::spawn(deliver_all(Arc::downgrade(shared), queued, transport));
        Ok(())
    }

    fn sign(&self, id: &str, timestamp: u64, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(format!("{id}.{timestamp}.").as_bytes());
        context.update(body);
        format!("v1,{}", BASE64_STANDARD.encode(context.sign().as_ref()))
    }
}

/// Puts each webhook into its lane. There are no more lanes than pairs of a client and an origin that the owner named.
async fn deliver_all(shared: Weak<Shared>, mut queued: Receiver<Webhook>, transport: HttpTransport) {
    let mut lanes: HashMap<Lane, Sender<Webhook>> = HashMap::new();
    while let Some(webhook) = queued.recv().await {
        let lane = (webhook.agent_id.clone(), webhook.origin.clone());
        let lane = lanes.entry(lane).or_insert_with(|| {
            let (lane, queued) = channel(MAX_WAITING);
            tokio::spawn(deliver_lane(Weak::clone(&shared), queued, transport.clone()));
            lane
        });
        if let Err(TrySendError::Full(webhook) | TrySendError::Closed(webhook)) = lane.try_send(webhook)
            && let Some(shared) = shared.upgrade()
        {
            tracing::error!(request = webhook.request_id, "a webhook is lost: too many wait for the same receiver");
            record(&shared, &webhook, AuditKind::WebhookFailed);
        }
    }
}

async fn deliver_lane(shared: Weak<Shared>, mut queued: Receiver<Webhook>, transport: HttpTransport) {
    let (shared, transport) = (&shared, &transport);
    let deliver_one = |webhook: Webhook| async move {
        let Some(shared) = shared.upgrade() else { return };
        let delivered = deliver(&shared, &webhook, transport).await;
        let kind = if delivered { AuditKind::WebhookDelivered } else { AuditKind::WebhookFailed };
        record(&shared, &webhook, kind);
    };
    poll_fn(|cx| queued.poll_recv(cx)).for_each_concurrent(MAX_AT_ONCE, deliver_one).await;
}

fn record(shared: &Shared, webhook: &Webhook, kind: AuditKind) {
    let event = AuditEvent::new(kind).agent(&webhook.agent_id).task(&webhook.task_id);
    shared.record(event.request(&webhook.request_id));
}

/// Whether the other side took it, at the latest at the last try. Where a webhook sends us elsewhere is not followed.
async fn deliver(shared: &Shared, webhook: &Webhook, transport: &HttpTransport) -> bool {
    let Some(webhooks) = &shared.webhooks else { return false };
    let id = random::id("msg");
    let timestamp = webhook.time.duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    let signature = webhooks.sign(&id, timestamp, &webhook.body);
    let mut pause = FIRST_PAUSE;
    for attempt in 1..=TRIES {
        let request = HttpRequest::builder()
            .method(Method::POST)
            .uri(&webhook.url)
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(ID, &id)
            .header(TIMESTAMP, timestamp)
            .header(SIGNATURE, &signature)
            .body(webhook.body.clone());
        let Ok(request) = request else { return false };
        // The answer's body is dropped unread.
        let exchange = Exchange::new(transport, &shared.clock, MAX_TRY);
        let taken = exchange.send(request).await.is_ok_and(|response| response.status().is_success());
        if taken {
            return true;
        }
        if attempt < TRIES {
            shared.clock.sleep(pause).await;
            pause = pause.saturating_mul(2);
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        authorization_details::AuthorizationDetail,
        local_authority::{
            risk::RiskLevel,
            store::{Ask, Caller, NewTask, Store},
        },
    };

    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        // The example of the specification's reference implementations.
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let webhooks = Webhooks::new(Vec::new(), Some(secret)).unwrap();
        let signature = webhooks.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn only_an_origin_that_was_named_is_allowed() {
        let origin = Origin::try_from("https://hooks.acme.com").unwrap();
        let webhooks = Webhooks::new(vec![origin], None).unwrap();
        assert!(webhooks.allows("https://hooks.acme.com/jit?a=b"));
        for elsewhere in [
            "http://hooks.acme.com/jit",
            "https://hooks.acme.com:444/",
            "https://hooks.acme.com.evil.com/",
            "https://user:password@hooks.acme.com/",
            "https://hooks.acme.com@evil.com/",
            "/jit",
            "",
        ] {
            assert!(!webhooks.allows(elsewhere), "{elsewhere}");
        }
    }

    fn request(agent: &str, url: &str) -> Request {
        let mut store = Store::new(2);
        let task_id = store.create_task(agent, NewTask::default(), 0).unwrap().id.clone();
        let detail = AuthorizationDetail::new("document").actions(["delete"]);
        let (risk, callback_url) = (RiskLevel::High, Some(url.to_owned()));
        let ask = Ask { task_id, detail, risk, justification: None, ttl: 600, callback_url };
        store.ask(&Caller::itself(agent), ask, 0).unwrap().clone()
    }

    /// The agents whose webhooks are queued.
    fn queued(webhooks: &Webhooks) -> Vec<String> {
        let mut queued = webhooks.queued.lock().unwrap();
        std::iter::from_fn(|| queued.as_mut()?.try_recv().ok()).map(|webhook| webhook.agent_id).collect()
    }

    #[test]
    fn a_url_that_only_an_earlier_start_allowed_is_not_called() {
        let webhooks = Webhooks::new(vec![Origin::try_from("https://hooks.acme.com").unwrap()], None).unwrap();
        webhooks.send(&request("agt_a", "https://taken.off.example/jit"), UNIX_EPOCH);
        webhooks.send(&request("agt_b", "https://hooks.acme.com/jit"), UNIX_EPOCH);
        assert_eq!(queued(&webhooks), ["agt_b"]);
    }

    #[test]
    fn many_requests_that_end_at_once_push_no_other_agents_webhook_out() {
        let webhooks = Webhooks::new(vec![Origin::try_from("https://hooks.acme.com").unwrap()], None).unwrap();
        let (many, one) = ["agt_a", "agt_b"].map(|agent| request(agent, "https://hooks.acme.com/jit")).into();
        (0..2048).for_each(|_| webhooks.send(&many, UNIX_EPOCH));
        webhooks.send(&one, UNIX_EPOCH);
        assert_eq!(queued(&webhooks).last().map(String::as_str), Some("agt_b"));
    }

    #[test]
    fn a_secret_has_a_form() {
        for secret in ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!"] {
            assert!(Webhooks::new(Vec::new(), Some(SecretString::from(secret))).is_err(), "{secret}");
        }
    }
}
