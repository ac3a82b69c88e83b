//! Requests without any tool.

use std::fmt;

use super::{CallState, Entitled, ResourceClient};
use crate::{
    escalation::EscalationError,
    http_url::{BaseUrl, UrlError},
    policy::Entitlement,
    session::JitContext,
    tool::definition::Retry,
};

/// A call by the owner of the agent and not by a model, which obtains what is missing as a tool's call does. Get one from
/// [`JitContext::escalating`].
pub struct DirectCall {
    jit: JitContext,
    entitlement: Entitlement,
    state: CallState,
}

impl JitContext {
    /// A call outside of any tool that may ask for what this entitlement's ceiling covers. Without a ceiling, a
    /// permission is asked for only where the [policy](crate::Policy::trust_origin) trusts the API.
    ///
    /// ```no_run
    /// # async fn example(jit: jit_tools::JitContext) -> Result<(), Box<dyn std::error::Error>> {
    /// use jit_tools::{AuthorizationDetail, policy::Entitlement};
    ///
    /// let read = AuthorizationDetail::new("document").actions(["read"]).identifier("doc_9982");
    /// let call = jit.escalating(Entitlement::default().may_request(read).justification("The nightly report"));
    /// let document = call.http().get("https://api.acme.com/v1/documents/doc_9982").send().await?;
    /// # Ok(()) }
    /// ```
    pub fn escalating(&self, entitlement: Entitlement) -> DirectCall {
        DirectCall { jit: self.clone(), entitlement, state: CallState::default() }
    }
}

impl DirectCall {
    /// The HTTP client of this call.
    pub fn http(&self) -> ResourceClient<'_> {
        ResourceClient::new(&self.jit, &self.state, self)
    }

    /// Why the last permission that was missing was not obtained, once.
    pub fn take_escalation_error(&self) -> Option<EscalationError> {
        self.state.take_not_obtained()
    }
}

impl Entitled for DirectCall {
    fn entitlement(&self) -> Entitlement {
        self.entitlement.clone()
    }

    fn tool(&self) -> Option<&str> {
        None
    }

    fn retry(&self) -> Retry {
        // There is no body to run again.
        Retry::Request
    }

    fn asks_up_front(&self) -> bool {
        false
    }

    fn base_url(&self) -> Option<&Result<BaseUrl, UrlError>> {
        None
    }
}

impl fmt::Debug for DirectCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectCall").field("task", self.jit.task_id()).finish_non_exhaustive()
    }
}
