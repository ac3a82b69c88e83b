//! The agents that may log in, and what each may do.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{
    audience::{REQUEST_SCOPE, REVIEWER_SCOPE},
    builder::{Kind, LONGEST_SETTING, usable},
    random::{self, SecretDigest},
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
    /// `None` where only the digest is known: it came out of a file.
    pub(super) secret: Option<SecretString>,
    /// What it may do (the vendor's capabilities, such as `read:documents`).
    pub(super) capabilities: Vec<String>,
    /// How many tokens it is issued a day (UTC) for tasks and on behalf of users.
    pub(super) budget: u64,
    digest: SecretDigest,
}

/// A client as a file keeps it: the digest of its secret, and not the secret.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredClient {
    pub(super) id: String,
    capabilities: Vec<String>,
    budget: u64,
    secret_digest: SecretDigest,
}

impl Client {
    pub(super) fn new(id: String, secret: SecretString) -> Self {
        let digest = SecretDigest::of(secret.expose_secret());
        let capabilities = vec![DELEGATE.to_owned()];
        Self { id, secret: Some(secret), capabilities, budget: DEFAULT_BUDGET, digest }
    }

    pub(super) fn restore(stored: StoredClient) -> Self {
        let StoredClient { id, capabilities, budget, secret_digest } = stored;
        Self { id, secret: None, capabilities, budget, digest: secret_digest }
    }

    pub(super) fn to_stored(&self) -> StoredClient {
        StoredClient {
            id: self.id.clone(),
            capabilities: self.capabilities.clone(),
            budget: self.budget,
            secret_digest: self.digest.clone(),
        }
    }

    /// Whether this is the digest of its secret.
    pub(super) fn has_secret(&self, presented: &SecretDigest) -> bool {
        self.digest.equals(presented)
    }

    /// Whether it may act for users.
    pub(super) fn may_delegate(&self) -> bool {
        self.capabilities.iter().any(|capability| capability == DELEGATE)
    }
}

/// The clients that are named, those of a file that are not, and what else is set for them.
pub(super) fn assemble(
    named: Vec<(String, SecretString)>,
    stored: Vec<StoredClient>,
    capabilities: Vec<(String, Vec<String>)>,
    budgets: Vec<(String, u64)>,
) -> Result<Vec<Client>, Kind> {
    let named = if named.is_empty() && stored.is_empty() {
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
    for stored in stored {
        if !clients.iter().any(|client| client.id == stored.id) {
            clients.push(Client::restore(stored));
        }
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
