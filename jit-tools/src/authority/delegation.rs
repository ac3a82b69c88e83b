//! Acting for a user: the exchange of the user's token and the agent's for one that says both (RFC 8693).

use std::sync::Arc;

use http::Method;

use super::{
    AuthorityError, Inner, LumoAuthAgent,
    audience::ApiTokens,
    call::{Answer, Body, Repeat},
    credentials::AgentToken,
};
use crate::{
    digest::Sha256Hex,
    expiring::{Expiring, Timed},
    origin::Origin,
    secret::AccessToken,
};

const OPERATION: &str = "let the agent act for a user";
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// For whom an agent acts, and as which agent.
pub(super) struct Delegation {
    /// The agent by itself.
    pub(super) actor: LumoAuthAgent,
    user_token: AccessToken,
}

impl LumoAuthAgent {
    /// The same agent, acting for the user whose access token this is (RFC 8693): its calls, and the tasks that are
    /// created with it, are on behalf of that user, and its own token names the user as `sub` and the agent as `act`.
    ///
    /// Where the token is itself one by which an agent acts for a user, this agent acts for that user through the other
    /// one; the authority bounds how long such a chain is. The user's token is sent to the authority and to nobody else,
    /// and is held in memory for as long as this agent is, since the delegated token is replaced when it ends.
    ///
    /// Its token is shared by its clones and by nobody else: make one for each user.
    ///
    /// # Errors
    /// When the authority refuses ([`is_delegation_refused`](AuthorityError::is_delegation_refused)), or cannot be asked.
    pub async fn on_behalf_of(&self, user_token: &AccessToken) -> Result<Self, AuthorityError> {
        let delegation = Delegation { actor: self.itself().clone(), user_token: user_token.clone() };
        let delegated = Self {
            inner: Arc::new(Inner {
                config: Arc::clone(&self.inner.config),
                style: Arc::clone(&self.inner.style),
                resources: Arc::clone(&self.inner.resources),
                token: Expiring::default(),
                api_tokens: ApiTokens::default(),
                delegation: Some(delegation),
            }),
        };
        // A refusal is told here, and not by the first call.
        delegated.agent_token().await?;
        Ok(delegated)
    }

    /// Whether the agent acts for a user.
    pub fn is_delegated(&self) -> bool {
        self.inner.delegation.is_some()
    }

    /// The agent by itself, whomever it acts for. What has to happen also after the user's token has ended, such as
    /// completing a task, is done as this one.
    pub(crate) fn itself(&self) -> &Self {
        self.inner.delegation.as_ref().map_or(self, |delegation| &delegation.actor)
    }

    /// What tells the user for whom the agent acts from other users; `None` where it acts for itself.
    pub(crate) fn user_digest(&self) -> Option<Sha256Hex> {
        let delegation = self.inner.delegation.as_ref()?;
        Some(Sha256Hex::of([delegation.user_token.expose().as_bytes()]))
    }

    pub(super) async fn fetch_delegated_token(
        &self,
        delegation: &Delegation,
        api: Option<&Origin>,
    ) -> Result<Timed<AgentToken>, AuthorityError> {
        let mut actor_token = delegation.actor.access_token().await?;
        let sent_at = self.clock().now();
        let mut answer = self.post_exchange(delegation, &actor_token, api).await?;
        if !answer.status.is_success() && answer.refusal(OPERATION).is_invalid_grant() {
            // Either of the two tokens may have ended early; the agent's own can be had anew.
            delegation.actor.forget_token(&actor_token);
            actor_token = delegation.actor.access_token().await?;
            answer = self.post_exchange(delegation, &actor_token, api).await?;
        }
        self.take_token(OPERATION, answer.json(OPERATION)?, sent_at)
    }

    async fn post_exchange(
        &self,
        delegation: &Delegation,
        actor_token: &AccessToken,
        api: Option<&Origin>,
    ) -> Result<Answer, AuthorityError> {
        let resource = api.map(Origin::to_string);
        let mut plain = vec![
            ("grant_type", TOKEN_EXCHANGE),
            ("subject_token_type", ACCESS_TOKEN),
            ("actor_token_type", ACCESS_TOKEN),
        ];
        plain.extend(resource.as_deref().map(|resource| ("resource", resource)));
        let form = Body::form(
            &plain,
            &[("subject_token", delegation.user_token.expose()), ("actor_token", actor_token.expose())],
        );
        let url = self.endpoint(self.inner.style.current(), &["oauth", "token"]);
        // A second token does no harm: the call may be repeated.
        self.exchange(OPERATION, Method::POST, url, form, None, Repeat::Always).await
    }
}
