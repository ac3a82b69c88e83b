//! The agents that may log in, and what each may do.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{
    audience::{REQUEST_SCOPE, REVIEWER_SCOPE},
    builder::{Kind, LONGEST_SETTING, usable},
    random::{self, SecretDigest},
    store::TokenRecord,
};

const DEFAULT_CLIENT: &str = "agt_local";
/// The capability to act for users, as the vendor calls it.
pub(super) const DELEGATE: &str = "delegate:on_behalf";
/// How many tokens an agent is issued a day, where nothing else is set.
const DEFAULT_BUDGET: u64 = 1_000_000;

/// An agent that may log in.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: SecretString,
    /// What it may do (the vendor's capabilities, such as `read:documents`).
    pub(super) capabilities: Vec<String>,
    /// How many tokens it is issued a day (UTC) for tasks and on behalf of users.
    pub(super) budget: u64,
    digest: SecretDigest,
}

/// What a file keeps of a client, to tell at the next start whether it is the same one and may do as much: the digest of
/// its secret, and not the secret. No client is made of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredClient {
    pub(super) id: String,
    secret_digest: SecretDigest,
    capabilities: Vec<String>,
}

impl Client {
    pub(super) fn new(id: String, secret: SecretString) -> Self {
        let digest = SecretDigest::of(secret.expose_secret());
        let capabilities = vec![DELEGATE.to_owned()];
        Self { id, secret, capabilities, budget: DEFAULT_BUDGET, digest }
    }

    pub(super) fn to_stored(&self) -> StoredClient {
        let (id, secret_digest) = (self.id.clone(), self.digest.clone());
        StoredClient { id, secret_digest, capabilities: self.capabilities.clone() }
    }

    /// Whether this is the digest of its secret.
    pub(super) fn has_secret(&self, presented: &SecretDigest) -> bool {
        self.digest.equals(presented)
    }

    /// Returns all that the scope of its own token may name: its capabilities, and that it may create tasks and ask.
    pub(super) fn scopes(&self) -> impl Iterator<Item = &str> {
        self.capabilities.iter().map(String::as_str).chain([REQUEST_SCOPE])
    }

    /// Whether it may act for users.
    pub(super) fn may_delegate(&self) -> bool {
        self.capabilities.iter().any(|capability| capability == DELEGATE)
    }
}

/// What one start says of clients and users, held against what an earlier one left. The present start wins.
#[derive(Debug)]
pub(super) struct Settings<'a> {
    pub(super) clients: &'a [Client],
    /// The clients of the start before.
    pub(super) stored: &'a [StoredClient],
    pub(super) users: &'a [String],
}

impl Settings<'_> {
    /// Returns true if a token of an earlier start is one that this start could have issued: its client is there, with
    /// the same secret and every capability that the token names, and so is its user.
    pub(super) fn allow(&self, token: &TokenRecord) -> bool {
        let has_user = token.user.as_ref().is_none_or(|user| self.users.contains(user));
        // A user's own token is of no client.
        has_user && (token.is_users() || self.allow_client(token))
    }

    fn allow_client(&self, token: &TokenRecord) -> bool {
        let Some(client) = self.client(&token.agent_id) else { return false };
        let Some(stored) = self.stored.iter().find(|stored| stored.id == client.id) else { return false };
        let may_delegate = |actor: &String| self.client(actor).is_some_and(Client::may_delegate);
        let has = |scope: &str| client.scopes().any(|known| known == scope);
        // The scope of a delegated token is also of what the user may do: what it loses is what was a capability.
        let was_lost = |scope: &str| !has(scope) && stored.capabilities.iter().any(|capability| capability == scope);
        let may_hold = |scope: &str| if token.is_agents_own() { has(scope) } else { !was_lost(scope) };
        client.has_secret(&stored.secret_digest)
            && token.actors.iter().all(may_delegate)
            && token.scope.as_deref().unwrap_or_default().split_ascii_whitespace().all(may_hold)
    }

    /// Returns true if there is such a client.
    pub(super) fn has_client(&self, id: &str) -> bool {
        self.client(id).is_some()
    }

    fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }
}

/// The clients that are named, and what else is set for them.
pub(super) fn assemble(
    named: Vec<(String, SecretString)>,
    capabilities: Vec<(String, Vec<String>)>,
    budgets: Vec<(String, u64)>,
) -> Result<Vec<Client>, Kind> {
    let named = if named.is_empty() {
        vec![(DEFAULT_CLIENT.to_owned(), SecretString::from(random::secret("secret")))]
    } else {
        named
    };
    let mut clients: Vec<Client> = Vec::new();
    for (id, secret) in named {
        usable("the client", &id)?;
        if secret.expose_secret().is_empty() {
            return Err(Kind::EmptySecret { client: id });
        }
        if clients.iter().any(|client| client.id == id) {
            return Err(Kind::Twice { client: id });
        }
        clients.push(Client::new(id, secret));
    }
    for (id, capabilities) in capabilities {
        if !capabilities.iter().all(|name| is_capability(name)) {
            return Err(Kind::Capability { client: id });
        }
        find(&mut clients, &id)?.capabilities = capabilities;
    }
    for (id, budget) in budgets {
        find(&mut clients, &id)?.budget = budget;
    }
    Ok(clients)
}

fn find<'a>(clients: &'a mut [Client], id: &str) -> Result<&'a mut Client, Kind> {
    clients.iter_mut().find(|client| client.id == id).ok_or_else(|| Kind::NoClient { client: id.to_owned() })
}

/// Whether this can be a scope-token (RFC 6749, section 3.3) that tells agents apart. What only reviewers may do never is
/// one, nor what every agent may do.
fn is_capability(name: &str) -> bool {
    let is_token = name.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '\\');
    is_token && !name.is_empty() && name.len() <= LONGEST_SETTING && ![REVIEWER_SCOPE, REQUEST_SCOPE].contains(&name)
}
