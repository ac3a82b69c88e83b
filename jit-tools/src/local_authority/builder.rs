//! The settings of an authority, and its start.

mod error;

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    mem,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock},
    time::UNIX_EPOCH,
};

use secrecy::SecretString;
use tokio::sync::watch;

pub(super) use self::error::Kind;
pub use self::error::LocalAuthorityError;
use super::{
    LocalAuthority, PathStyles,
    audit::AuditLog,
    calls::Calls,
    clients::{self, Client, Settings},
    disk::OpenedDisk,
    hosts::OwnNames,
    keys::Keys,
    limits::{Limiter, RateLimits},
    pages::Desk,
    random,
    server::{Listeners, Server, ServerLimits},
    shared::Shared,
    store::Store,
    webhooks::Webhooks,
};
use crate::{
    clock::{SharedClock, SystemClock},
    origin::Origin,
    private_file,
    secret::AccessToken,
};

pub(super) const DEFAULT_ORG: &str = "acme-corp";
pub(super) const LONGEST_SETTING: usize = 128;
const SHORTEST_REVIEWER_TOKEN: usize = 16;

/// Sets up a [`LocalAuthority`]. Every setting has a default.
pub struct LocalAuthorityBuilder {
    listen: SocketAddr,
    url: Option<String>,
    page_has_own_name: bool,
    org: String,
    clients: Vec<(String, SecretString)>,
    capabilities: Vec<(String, Vec<String>)>,
    budgets: Vec<(String, u64)>,
    users: Vec<String>,
    low_risk_types: Vec<String>,
    reviewer_token: Option<AccessToken>,
    limits: RateLimits,
    webhook_origins: Vec<Origin>,
    webhook_secret: Option<SecretString>,
    clock: SharedClock,
    styles: PathStyles,
    audit: Sink,
    store: Option<PathBuf>,
}

enum Sink {
    None,
    File(PathBuf),
    Writer(Box<dyn Write + Send>),
}

impl Default for LocalAuthorityBuilder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            url: None,
            page_has_own_name: false,
            org: DEFAULT_ORG.to_owned(),
            clients: Vec::new(),
            capabilities: Vec::new(),
            budgets: Vec::new(),
            users: Vec::new(),
            low_risk_types: Vec::new(),
            reviewer_token: None,
            limits: RateLimits::default(),
            webhook_origins: Vec::new(),
            webhook_secret: None,
            clock: SystemClock::shared(),
            styles: PathStyles::default(),
            audit: Sink::None,
            store: None,
        }
    }
}

impl LocalAuthorityBuilder {
    /// Sets where to listen. Defaults to 127.0.0.1 and a free port. Only loopback addresses are accepted. Of 127.0.0.1 and
    /// `::1` the authority holds both, at the same port, since browsers take the page's name to either.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// The URL that stands in tokens (`iss`) and links when nothing listens; see [`build`](Self::build).
    /// `http://127.0.0.1` by default. Without a slash at its end.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// The organisation in the paths; `acme-corp` by default.
    pub fn org(mut self, org: impl Into<String>) -> Self {
        self.org = org.into();
        self
    }

    /// Adds an agent that may log in. Without any there is `agt_local`, with a random secret.
    pub fn client(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.clients.push((id.into(), SecretString::from(secret.into())));
        self
    }

    /// Sets what an agent may do: what `userinfo` and `agents/ask` tell, and the scope of its tokens. Without this it may
    /// act for users (`delegate:on_behalf`), and nothing else.
    pub fn capabilities(mut self, client: impl Into<String>, capabilities: impl IntoIterator<Item = String>) -> Self {
        self.capabilities.push((client.into(), capabilities.into_iter().collect()));
        self
    }

    /// Sets how many tokens an agent is issued a day (UTC) for tasks and on behalf of users; a million by default.
    pub fn budget(mut self, client: impl Into<String>, tokens_a_day: u64) -> Self {
        self.budgets.push((client.into(), tokens_a_day));
        self
    }

    /// Adds a user for whom agents may act, by an email address; see [`LocalAuthority::user_token`].
    pub fn user(mut self, email: impl Into<String>) -> Self {
        self.users.push(email.into());
        self
    }

    /// Adds a `type` (RFC 9396) whose content is harmless, compared byte for byte: a request to read one thing of it is
    /// of low risk, as for `article`, `document`, `image`, `note`, `page`, `report`, `summary`, `translation` and
    /// `weather`. Of any other type a request is of medium risk at least, and of more where its name says so, such as
    /// `paymentInitiation` or `user_data`. Actions, privileges and the rest of a request are judged as for every type.
    pub fn low_risk_type(mut self, kind: impl Into<String>) -> Self {
        self.low_risk_types.push(kind.into());
        self
    }

    /// The token of the person who reviews requests by HTTP; a random one by default. At least 16 bytes.
    pub fn reviewer_token(mut self, token: AccessToken) -> Self {
        self.reviewer_token = Some(token);
        self
    }

    /// How many calls a minute are answered.
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Adds an origin where the `callback_url` of a request may be. Without any, every request with one is refused.
    ///
    /// What a person decides, or leaves undecided, is posted there once it is, signed as Standard Webhooks has it, and
    /// a few times where that fails. Only an authority that [started](Self::start) does so.
    pub fn webhook_origin(mut self, origin: Origin) -> Self {
        self.webhook_origins.push(origin);
        self
    }

    /// The key of the webhooks' signatures: `whsec_` and the base64 of 24 to 64 bytes. A random one by default; see
    /// [`LocalAuthority::webhook_secret`].
    pub fn webhook_secret(mut self, secret: impl Into<String>) -> Self {
        self.webhook_secret = Some(SecretString::from(secret.into()));
        self
    }

    /// The clock of every date and lifetime; the machine's by default.
    pub fn clock(mut self, clock: SharedClock) -> Self {
        self.clock = clock;
        self
    }

    /// Which of the two styles of path are served; both by default.
    pub fn path_styles(mut self, styles: PathStyles) -> Self {
        self.styles = styles;
        self
    }

    /// Appends the audit log to a file, one JSON object a line. The file is readable by its owner alone, and becomes so
    /// where it was not. A symbolic link is not followed, and a file of another user is not written.
    pub fn audit_file(mut self, path: impl AsRef<Path>) -> Self {
        self.audit = Sink::File(path.as_ref().to_owned());
        self
    }

    /// Writes the audit log to a stream, such as standard output, one JSON object a line.
    pub fn audit_writer(mut self, writer: impl Write + Send + 'static) -> Self {
        self.audit = Sink::Writer(Box::new(writer));
        self
    }

    /// Keeps tasks, requests, the ids of tokens and the audit log in a file, which is made where there is none, so that a
    /// restart goes on where the process ended, however it ended. In memory alone by default.
    ///
    /// The file is an `SQLite` database that one authority at a time uses, and is readable by its owner alone: the key
    /// that signs tokens is in it. It is no symbolic link, and its folder is one that nobody else may write into.
    ///
    /// The clients, users and capabilities of a start are those that are set here, whatever was set at an earlier one.
    /// What a client or user that is not set any more holds is revoked, and the client's tasks are suspended. Revoked are
    /// also the tokens of a client that has another secret now, and those that name a capability which it has no more.
    /// To tell, the file keeps the secrets as SHA-256 digests, so a secret should be a random one.
    pub fn store_file(mut self, path: impl AsRef<Path>) -> Self {
        self.store = Some(path.as_ref().to_owned());
        self
    }

    /// Listens, and serves until the handle is shut down or dropped. Needs a tokio runtime.
    pub async fn start(mut self) -> Result<LocalAuthority, LocalAuthorityError> {
        let address = self.listen;
        if !address.ip().is_loopback() {
            return Err(Kind::NotLoopback { address }.into());
        }
        let listen = |(address, source): (SocketAddr, io::Error)| match source.kind() {
            io::ErrorKind::AddrInUse => Kind::Taken { address },
            _ => Kind::Listen { address, source },
        };
        let listeners = Listeners::bind(address).await.map_err(listen)?;
        let bound = listeners.address().map_err(|error| listen((address, error)))?;
        self.url = Some(format!("http://{bound}"));
        self.page_has_own_name = listeners.holds_names();
        // Making a key and opening a file block.
        let mut authority =
            tokio::task::spawn_blocking(move || self.build()).await.map_err(|_| Kind::Interrupted)??;
        if let Some(webhooks) = &authority.shared.webhooks {
            webhooks.start(&authority.shared).map_err(Kind::HttpClient)?;
        }
        authority.server = Some(Server::spawn(listeners, authority.router(), ServerLimits::default()));
        Ok(authority)
    }

    /// Makes the authority without listening, for a transport that calls [`LocalAuthority::router`] in the same
    /// process. Opens the audit file, where there is one, so it blocks for as long as that takes.
    pub fn build(self) -> Result<LocalAuthority, LocalAuthorityError> {
        usable("the organisation", &self.org)?;
        let (opened, restored) = match &self.store {
            None => (None, None),
            Some(path) => {
                let (opened, restored) = OpenedDisk::open(path, &self.org).map_err(Kind::Store)?;
                (Some(opened), Some(restored))
            }
        };
        let (kept, stored, events, key) = match restored {
            None => (None, Vec::new(), Vec::new(), None),
            Some(restored) => (Some(restored.kept), restored.clients, restored.events, restored.key),
        };
        let clients = clients::assemble(self.clients, self.capabilities, self.budgets)?;
        for user in &self.users {
            usable_user(user)?;
        }
        let reviewer_token = match self.reviewer_token {
            None => AccessToken::new(random::secret("reviewer")),
            Some(token) if token.expose().len() >= SHORTEST_REVIEWER_TOKEN => token,
            Some(_) => return Err(Kind::ReviewerToken.into()),
        };
        let webhooks = match self.webhook_origins {
            origins if origins.is_empty() => None,
            origins => Some(Webhooks::new(origins, self.webhook_secret).map_err(Kind::Webhooks)?),
        };
        let sink: Option<Box<dyn Write + Send>> = match self.audit {
            Sink::None => None,
            Sink::Writer(writer) => Some(writer),
            Sink::File(path) => match open_audit(&path) {
                Ok(file) => Some(Box::new(file)),
                Err(source) => return Err(Kind::AuditFile { path, source }.into()),
            },
        };
        let url = self.url.unwrap_or_else(|| "http://127.0.0.1".to_owned());
        let key = key.map_or_else(Keys::generate, Ok).map_err(Kind::Key)?;
        let time = self.clock.system_time();
        let now = time.duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
        let mut store = match kept {
            None => Store::new(clients.len()),
            Some(kept) => Store::restore(kept, clients.len(), now),
        };
        store.hold_to(&Settings { clients: &clients, stored: &stored, users: &self.users }, now);
        let mut ended = mem::take(&mut store.events);
        for event in &mut ended {
            event.time = time;
        }
        let disk = match opened {
            None => None,
            Some(opened) => {
                let clients: Vec<_> = clients.iter().map(Client::to_stored).collect();
                let disk = opened.start(&key, &clients, store.take_changes(), ended.clone()).map_err(Kind::Store)?;
                Some(disk)
            }
        };
        let audit = AuditLog::new(sink, events).map_err(Kind::AuditThread)?;
        for event in ended {
            audit.record(event);
        }
        let shared = Arc::new(Shared {
            names: OwnNames::of(&url, self.page_has_own_name),
            url,
            org: self.org,
            styles: self.styles,
            clients,
            users: self.users,
            low_risk_types: self.low_risk_types,
            limiter: Limiter::new(self.limits),
            webhooks,
            reviewer_token,
            keys: Keys::of(&key).map_err(Kind::Key)?,
            clock: self.clock,
            audit,
            refusals: Mutex::default(),
            desk: Desk::default(),
            store: Mutex::new(store),
            disk,
            changes: watch::Sender::new(0),
            calls: Calls::default(),
            openapi: OnceLock::new(),
        });
        Ok(LocalAuthority { shared, server: None })
    }
}

/// Opens the file of the audit log, or a pipe of this user's. A device is taken as it is.
fn open_audit(path: &Path) -> io::Result<File> {
    let file = private_file::open(OpenOptions::new().create(true).append(true), path)?;
    if private_file::make_private(&file)? {
        tracing::warn!(path = %path.display(), "the audit log was open to others, and is its owner's alone now");
    }
    Ok(file)
}

/// Whether this may stand in a path, and in a log.
pub(super) fn usable(what: &'static str, value: &str) -> Result<(), Kind> {
    // A path would lose a value that is empty or dots.
    let is_usable = !matches!(value, "" | "." | "..")
        && value.len() <= LONGEST_SETTING
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if is_usable { Ok(()) } else { Err(Kind::Setting { what, value: value.chars().take(64).collect() }) }
}

fn usable_user(user: &str) -> Result<(), Kind> {
    // Enough to keep what is no address out; whether there is such a mailbox does not matter here.
    let parts = user.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty());
    let is_usable = parts.is_some() && user.len() <= 254 && user.chars().all(|c| c.is_ascii_graphic());
    if is_usable { Ok(()) } else { Err(Kind::User { user: user.chars().take(64).collect() }) }
}

impl std::fmt::Debug for LocalAuthorityBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalAuthorityBuilder")
            .field("listen", &self.listen)
            .field("org", &self.org)
            .field("styles", &self.styles)
            .finish_non_exhaustive()
    }
}
