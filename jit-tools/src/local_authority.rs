//! A LumoAuth-compatible authority on this machine, for development and tests.
//!
//! It speaks the authority's HTTP API (tokens, tasks, permission requests, JIT tokens, revocation, introspection, keys)
//! on a loopback address, decides low and medium risk by itself, and has a page where a person decides the rest. Its
//! state is in memory and its signing key is new at each start, unless a
//! [file](LocalAuthorityBuilder::store_file) keeps both. It is not meant to be reached from anywhere else.
//!
//! ```
//! use jit_tools::local_authority::LocalAuthority;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let authority = LocalAuthority::start().await?;
//! assert!(authority.url().starts_with("http://127.0.0.1:"));
//! assert_eq!(authority.org(), "acme-corp");
//! // … point an agent at it …
//! assert!(authority.live_tokens().is_empty());
//! authority.shutdown().await;
//! # Ok::<(), jit_tools::local_authority::LocalAuthorityError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Risk
//!
//! A request to read something of a harmless type (`document`, `note`…) is of low risk; one to write it, or of another
//! type, is of medium risk at least. Low and medium are granted at once. To delete, to administer or to execute is of high risk, and what names payments, data of users or
//! credentials is critical: a person decides. An action that is not known is high. After two denials, each request of the
//! task is critical, in each task of the same agent for an hour; a restart without a [file](LocalAuthorityBuilder::store_file)
//! forgets them.
//!
//! # From a terminal
//!
//! `jit-authority` is the same authority as a process, and `jit-authority --help` names its options and commands.
//!
//! ```text
//! cargo install --path jit-tools --features local-authority
//! jit-authority                      # prints the variables of a reviewer and of an agent
//! export JIT_AUTHORITY_REVIEWER_TOKEN=…                           # in another terminal, as it was printed
//! jit-authority pending
//! jit-authority show jitreq_…
//! jit-authority approve jitreq_…
//! jit-authority link                 # or decide on the page
//! ```

mod agents;
mod answer;
mod audience;
mod audit;
mod builder;
mod calls;
pub mod cli;
mod clients;
mod discovery;
mod disk;
mod exchange;
mod history;
mod hosts;
mod input;
mod jit;
mod keys;
mod limits;
mod oauth;
mod pages;
mod random;
mod review;
mod risk;
mod routes;
mod server;
mod shared;
mod store;
#[cfg(test)]
pub(crate) mod tests;
mod webhooks;

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use secrecy::ExposeSecret;

pub use self::{
    audit::{AuditEvent, AuditKind, DecidedBy},
    builder::{LocalAuthorityBuilder, LocalAuthorityError},
    calls::ReceivedCall,
    limits::RateLimits,
    risk::RiskLevel,
};
use self::{
    server::Server,
    shared::Shared,
    store::{Decision, Refusal, Verdict},
};
use crate::{authorization_details::AuthorizationDetail, secret::AccessToken};

/// Which styles of path an authority serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PathStyles {
    /// `/orgs/{org}/api/v1` and `/t/{tenant}/api/v1`.
    #[default]
    Both,
    /// `/orgs/{org}/api/v1` alone.
    OrgsOnly,
    /// `/t/{tenant}/api/v1` alone.
    TenantsOnly,
}

impl PathStyles {
    fn has_orgs(self) -> bool {
        self != Self::TenantsOnly
    }

    fn has_tenants(self) -> bool {
        self != Self::OrgsOnly
    }
}

/// An authority in this process. Dropping it stops it; [`shutdown`](Self::shutdown) waits until it has stopped.
#[derive(Debug)]
pub struct LocalAuthority {
    shared: Arc<Shared>,
    server: Option<Server>,
}

/// A permission request that waits for a person.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PendingRequest {
    /// Its id.
    pub request_id: String,
    /// The agent that asks.
    pub agent_id: String,
    /// The task that it asks for.
    pub task_id: String,
    /// What is asked for.
    pub authorization_details: AuthorizationDetail,
    /// Why, in the words of the agent. A model may have written it: it is to be read, not to be believed.
    pub justification: Option<String>,
    /// How risky it was found.
    pub risk_level: RiskLevel,
    /// For how long the permission would be held.
    pub requested_ttl: Duration,
    /// When the request expires.
    pub expires_at: SystemTime,
}

/// A JIT token that was issued. Never the token itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IssuedToken {
    /// Its id (RFC 7519, section 4.1.7).
    pub jti: String,
    /// The task that it was issued to.
    pub task_id: String,
    /// What it permits.
    pub authorization_details: Vec<AuthorizationDetail>,
    /// When it ends by itself.
    pub expires_at: SystemTime,
    /// Whether it still counts: neither expired nor revoked.
    pub live: bool,
}

/// Why a request could not be decided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DecisionError(Undecided);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Undecided {
    #[error("{0}")]
    Refused(Refusal),
    #[error("the decision could not be kept: the store cannot be written")]
    NotKept,
    #[error("nothing is granted: the audit log cannot be written")]
    NotRecorded,
}

impl LocalAuthority {
    /// Starts an authority with every default: 127.0.0.1, a free port, organisation `acme-corp`, client `agt_local`
    /// with a random secret. Needs a tokio runtime.
    pub async fn start() -> Result<Self, LocalAuthorityError> {
        Self::builder().start().await
    }

    /// Sets up an authority.
    pub fn builder() -> LocalAuthorityBuilder {
        LocalAuthorityBuilder::default()
    }

    /// Its URL, such as `http://127.0.0.1:8417`: the `LUMOAUTH_URL` of an agent, and the `iss` of its tokens.
    pub fn url(&self) -> String {
        self.shared.url.clone()
    }

    /// The organisation in its paths: the `LUMOAUTH_ORG_ID` of an agent.
    pub fn org(&self) -> &str {
        &self.shared.org
    }

    /// The id of its first client: the `AGENT_CLIENT_ID` of an agent.
    pub fn client_id(&self) -> &str {
        self.shared.clients.first().map_or("", |client| &client.id)
    }

    /// The secret of its first client: the `AGENT_CLIENT_SECRET` of an agent. It is not for logs.
    pub fn client_secret(&self) -> &str {
        self.shared.clients.first().map_or("", |client| client.secret.expose_secret())
    }

    /// Signs a user in, and gives the token that an agent may exchange for one to act for that user (RFC 8693). It is
    /// not for logs. `None` where the builder named no such user, or where the store or the audit log cannot be written.
    pub async fn user_token(&self, user: &str) -> Option<AccessToken> {
        self.shared.audit.check().ok()?;
        let token = self.shared.sign_in(user);
        self.shared.settled().await.ok()?;
        self.shared.recorded().await.ok()?;
        token
    }

    /// The key with which webhooks are signed, in the form of Standard Webhooks: `whsec_` and base64. It is not for
    /// logs. `None` without an allowed origin.
    pub fn webhook_secret(&self) -> Option<&str> {
        self.shared.webhooks.as_ref().map(webhooks::Webhooks::secret)
    }

    /// The token of the person who reviews requests by HTTP. It is not for agents, and not for logs.
    pub fn reviewer_token(&self) -> AccessToken {
        self.shared.reviewer_token.clone()
    }

    /// A new link that logs a person in to the page, once. Whoever follows it first may approve: it is for that person
    /// alone. Of those that nobody followed the newest 16 work.
    ///
    /// An authority that was [started](LocalAuthorityBuilder::start) has its page at a host of its own, such as
    /// `page-3f0c….localhost`. Browsers take such a name to this machine (RFC 6761, section 6.3); other clients may have to
    /// be told to.
    pub fn login_link(&self) -> String {
        self.shared.login_link()
    }

    /// Its service, for a transport in the same process.
    pub fn router(&self) -> axum::Router {
        routes::router(&self.shared)
    }

    /// What waits for a person, oldest first.
    pub fn pending(&self) -> Vec<PendingRequest> {
        let pending = self.shared.with(store::Store::pending);
        let describe = |request: store::Request| PendingRequest {
            request_id: request.id,
            agent_id: request.agent_id,
            task_id: request.task_id,
            authorization_details: request.detail,
            justification: request.justification,
            risk_level: request.risk,
            requested_ttl: Duration::from_secs(request.ttl),
            expires_at: date(request.expires_at),
        };
        pending.into_iter().map(describe).collect()
    }

    /// What waits for a person, as soon as anything does, oldest first.
    pub async fn until_pending(&self) -> Vec<PendingRequest> {
        let mut changes = self.shared.watch();
        loop {
            changes.mark_unchanged();
            let pending = self.pending();
            // The other half of the channel lives as long as this authority, so waiting does not fail.
            if !pending.is_empty() || changes.changed().await.is_err() {
                return pending;
            }
        }
    }

    /// Approves a pending request, as the person on the page would.
    pub async fn approve(&self, request_id: &str) -> Result<(), DecisionError> {
        self.decide(request_id, Decision::approve(None)).await
    }

    /// Denies a pending request, as the person on the page would. After two denials of a task, or of its agent within an
    /// hour, each request of that task is of critical risk, whatever it is for. The third denial suspends the task.
    ///
    /// The `reason` is for the staff, and never shown to an agent. The `agent_message` is what the agent reads.
    pub async fn deny(
        &self,
        request_id: &str,
        reason: Option<&str>,
        agent_message: Option<&str>,
    ) -> Result<(), DecisionError> {
        let (agent_message, note) = (agent_message.map(str::to_owned), reason.map(str::to_owned));
        self.decide(request_id, Decision { agent_message, note, ..Decision::deny() }).await
    }

    async fn decide(&self, request_id: &str, decision: Decision) -> Result<(), DecisionError> {
        let is_grant = matches!(decision.verdict, Verdict::Approve { .. });
        let not_recorded = |_| DecisionError(Undecided::NotRecorded);
        if is_grant {
            self.shared.audit.check().map_err(not_recorded)?;
        }
        self.shared
            .with(|store, now| store.decide(request_id, decision, now).map(|_| ()))
            .map_err(|refusal| DecisionError(Undecided::Refused(refusal)))?;
        self.shared.settled().await.map_err(|_| DecisionError(Undecided::NotKept))?;
        if is_grant { self.shared.recorded().await.map_err(not_recorded) } else { Ok(()) }
    }

    /// Returns once the audit log can no longer be written; never, where none is.
    async fn audit_failed(&self) {
        self.shared.audit.failed().await;
    }

    /// What happened, oldest first: the newest 4096 events, and 1024 more of each of these two: what people decided with
    /// what was issued for it, and what gave nobody anything, such as refused calls. Where there is no room for all, each
    /// client has its share.
    pub fn audit(&self) -> Vec<AuditEvent> {
        self.shared.events()
    }

    /// The JIT tokens that were issued, oldest first, as far as they are remembered: every live one is.
    pub fn issued_tokens(&self) -> Vec<IssuedToken> {
        self.shared.with(|store, now| {
            let describe = |token: &store::TokenRecord| {
                Some(IssuedToken {
                    jti: token.jti.clone(),
                    task_id: token.task_id.clone()?,
                    authorization_details: token.detail.iter().cloned().collect(),
                    expires_at: date(token.expires_at),
                    live: store.live_token(&token.jti, now).is_some(),
                })
            };
            store.tokens().filter_map(describe).collect()
        })
    }

    /// The JIT tokens that still count.
    pub fn live_tokens(&self) -> Vec<IssuedToken> {
        self.issued_tokens().into_iter().filter(|token| token.live).collect()
    }

    /// Revokes the own tokens of every agent, so that a test can show what a client does then. JIT tokens stay.
    pub fn revoke_agent_tokens(&self) {
        self.shared.with(|store, now| store.revoke_tokens(now, |token| !token.is_jit()));
    }

    /// The HTTP calls that were received, in order; the newest 4096, and of those for which nobody was let in (401, 404,
    /// 429) the newest 256.
    pub fn requests(&self) -> Vec<ReceivedCall> {
        self.shared.calls.all()
    }

    /// Stops listening, waits up to 2 s for calls that are under way, and writes the rest of the audit log.
    pub async fn shutdown(mut self) {
        // A page that listens for news would hold up the end.
        self.shared.desk.close();
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
        let shared = Arc::clone(&self.shared);
        // Waiting for a disk blocks.
        let close = move || {
            shared.record_counted();
            shared.audit.close();
            if let Some(disk) = &shared.disk {
                disk.close();
            }
        };
        let _ = tokio::task::spawn_blocking(close).await;
    }
}

fn date(seconds: u64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(UNIX_EPOCH)
}
