//! Why an authority did not start.

use std::{io, net::SocketAddr, path::PathBuf};

use crate::{
    local_authority::{disk, keys, webhooks},
    transport::HttpTransportError,
};

/// Why an authority did not start.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct LocalAuthorityError(#[from] pub(super) Kind);

#[derive(Debug, thiserror::Error)]
pub(in super::super) enum Kind {
    #[error(
        "{address} is no loopback address: this authority is for development, and must not be reached from elsewhere"
    )]
    NotLoopback { address: SocketAddr },
    #[error("the address {address} is already taken")]
    Taken { address: SocketAddr },
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("{what} `{value}` is not usable: 1 to 128 letters, digits, `-`, `_`, `.` are")]
    Setting { what: &'static str, value: String },
    #[error("the secret of client `{client}` is empty")]
    EmptySecret { client: String },
    #[error("the client `{client}` is named twice")]
    Twice { client: String },
    #[error("the audit file {path} cannot be opened: {source}", path = path.display())]
    AuditFile { path: PathBuf, source: io::Error },
    #[error("the audit log cannot be started: {0}")]
    AuditThread(io::Error),
    #[error(transparent)]
    Store(disk::DiskError),
    #[error("no signing key could be made: {0}")]
    Key(keys::KeyError),
    #[error("there is no client `{client}` whose capabilities or budget could be set")]
    NoClient { client: String },
    #[error(
        "a capability of `{client}` is not usable: 1 to 128 visible characters without spaces are, but jit:approve"
    )]
    Capability { client: String },
    #[error("the user `{user}` is not usable: an email address of at most 254 bytes is")]
    User { user: String },
    #[error("the reviewer's token is too short: it has at least 16 bytes")]
    ReviewerToken,
    #[error("{0}")]
    Webhooks(webhooks::SecretError),
    #[error(transparent)]
    HttpClient(HttpTransportError),
    #[error("the start was interrupted")]
    Interrupted,
}

impl LocalAuthorityError {
    /// Whether another process listens on the address.
    pub fn is_address_taken(&self) -> bool {
        matches!(self.0, Kind::Taken { .. })
    }

    /// Whether it is a setting that has to be changed, and not the machine.
    pub fn is_setting(&self) -> bool {
        matches!(
            self.0,
            Kind::NotLoopback { .. }
                | Kind::Setting { .. }
                | Kind::EmptySecret { .. }
                | Kind::Twice { .. }
                | Kind::NoClient { .. }
                | Kind::Capability { .. }
                | Kind::User { .. }
                | Kind::ReviewerToken
                | Kind::Webhooks(_)
        )
    }
}
