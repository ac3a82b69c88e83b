//! What may be asked for, and where tokens may go: the tool's ceiling and the context's policy.
//!
//! Deny by default: a policy that says nothing lets a tool ask for what its own `may_request` names, and for nothing
//! else, and keeps the agent's own token at the authority.

use crate::{
    authorization_details::AuthorizationDetail,
    origin::{Origin, OriginError},
};

/// What one call of a tool may ask an authority for, with the arguments of that call filled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entitlement {
    justification: Option<String>,
    ceiling: Option<Vec<AuthorizationDetail>>,
}

impl Entitlement {
    /// Why the permission is needed, for the person who approves it and for the audit.
    pub fn justification(mut self, text: impl Into<String>) -> Self {
        self.justification = Some(text.into());
        self
    }

    /// Adds a permission to the ceiling: what it [covers](AuthorizationDetail::covers) may be asked for.
    pub fn may_request(mut self, detail: AuthorizationDetail) -> Self {
        self.ceiling.get_or_insert_default().push(detail);
        self
    }

    /// An empty ceiling: nothing may be asked for.
    pub(crate) fn nothing() -> Self {
        Self { justification: None, ceiling: Some(Vec::new()) }
    }

    /// The justification, if the author wrote one.
    pub fn justification_text(&self) -> Option<&str> {
        self.justification.as_deref()
    }

    /// The ceiling; `None` when the tool declares none, which is not the same as an empty one.
    pub fn ceiling(&self) -> Option<&[AuthorizationDetail]> {
        self.ceiling.as_deref()
    }
}

/// What the owner of an agent allows, beyond what each tool declares.
///
/// ```
/// use jit_tools::Policy;
///
/// let policy = Policy::new().trust_origin("https://api.acme.com")?;
/// # Ok::<(), jit_tools::PolicyError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Policy {
    trusted: Vec<Origin>,
    agent_token: Vec<Origin>,
}

/// A policy that would send a token where it can be read on the way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The text names no origin.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// The origin is neither https nor this very machine.
    #[error("{origin} is not secure: a token goes only to https origins, and to this machine")]
    Insecure {
        /// The origin that was named.
        origin: Origin,
    },
}

impl Policy {
    /// The policy that allows nothing beyond what each tool declares.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the API at this URL's origin to name what its callers need: a tool that declares no `may_request` may
    /// ask for whatever a challenge from there names, and the agent's own token is sent there.
    ///
    /// A tool that declares `may_request` stays bound by it.
    pub fn trust_origin(mut self, url: impl TryInto<Origin, Error = OriginError>) -> Result<Self, PolicyError> {
        let origin = secure(url)?;
        self.trusted.push(origin.clone());
        self.agent_token.push(origin);
        Ok(self)
    }

    /// Sends the agent's own token to this URL's origin, as APIs expect that know the agent before they know what it
    /// lacks. It is never sent to an origin that is not named.
    pub fn send_agent_token_to(mut self, url: impl TryInto<Origin, Error = OriginError>) -> Result<Self, PolicyError> {
        self.agent_token.push(secure(url)?);
        Ok(self)
    }

    /// Whether a tool without a ceiling may ask for what a challenge from `origin` names.
    pub fn trusts(&self, origin: &Origin) -> bool {
        self.trusted.contains(origin)
    }

    /// Whether the agent's own token may be sent to `origin`.
    pub fn allows_agent_token(&self, origin: &Origin) -> bool {
        self.agent_token.contains(origin)
    }
}

fn secure(url: impl TryInto<Origin, Error = OriginError>) -> Result<Origin, PolicyError> {
    let origin = url.try_into()?;
    if origin.is_secure() { Ok(origin) } else { Err(PolicyError::Insecure { origin }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_takes_no_origin_where_a_token_could_be_read_on_the_way() {
        assert!(matches!(Policy::new().trust_origin("http://api.acme.com"), Err(PolicyError::Insecure { .. })));
        assert!(matches!(Policy::new().send_agent_token_to("api.acme.com"), Err(PolicyError::Origin(_))));
        assert!(Policy::new().trust_origin("http://127.0.0.1:4000").is_ok());
    }

    #[test]
    fn an_agent_token_goes_only_where_it_was_said_to() {
        let policy = Policy::new().send_agent_token_to("https://api.acme.com/v1").unwrap();
        assert!(policy.allows_agent_token(&"https://api.acme.com/v2".parse().unwrap()));
        assert!(!policy.allows_agent_token(&"https://api.acme.com.evil.example".parse().unwrap()));
        assert!(!policy.trusts(&"https://api.acme.com".parse().unwrap()));
    }
}
