//! What may be asked for, and where tokens may go: the tool's ceiling and the context's policy.
//!
//! Deny by default: a policy that says nothing lets a tool ask for what its own `may_request` names, and for nothing
//! else, and keeps the agent's own token at the authority. Whatever a policy says, it only narrows what a tool declares;
//! [`Policy::trust_origin`] is the one exception, for tools that declare nothing.

mod entitlement;
mod limits;

use std::{sync::Arc, time::Duration};

use url::Url;

use self::limits::Limits;
pub use self::{
    entitlement::Entitlement,
    limits::{IdentifierPattern, Objection, Proposal},
};
use crate::{
    authorization_details::{AuthorizationDetail, Comparisons},
    challenge::ChallengeForms,
    http_url::{BaseUrl, UrlError},
    origin::{Origin, OriginError},
    risk::RiskLevel,
};

/// How many permissions one task may ask for, where the policy does not say.
const REQUESTS_OF_A_TASK: u32 = 100;

/// How many permissions the calls of one tool may ask for in one task, where the policy does not say.
const REQUESTS_OF_A_TOOL: u32 = 50;

/// What the owner of an agent allows, beyond what each tool declares.
///
/// ```
/// use jit_tools::{Policy, RiskLevel};
///
/// let policy = Policy::new()
///     .trust_origin("https://api.acme.com")?
///     .allow_types(["document"])
///     .allow_actions(["read", "write"])
///     .max_risk(RiskLevel::Medium)
///     .refuse_when(|proposal| {
///         proposal.detail.identifier.is_none().then(|| "only named documents".to_owned())
///     });
/// # Ok::<(), jit_tools::PolicyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Policy {
    trusted: Vec<Origin>,
    agent_token: Vec<BaseUrl>,
    /// Where requests may go; anywhere where there is no list.
    requests: Option<Vec<BaseUrl>>,
    limits: Limits,
    forms: ChallengeForms,
    comparisons: Comparisons,
    max_risk: Option<RiskLevel>,
    max_lifetime: Option<Duration>,
    requests_of_a_task: u32,
    requests_of_a_tool: u32,
    shows_reviewer_text: bool,
}

/// A policy that would send a token where it can be read on the way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The text names no origin.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// The text is no URL that means what it says.
    #[error(transparent)]
    Url(#[from] UrlError),
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
    /// ask for whatever a challenge from there names.
    ///
    /// A tool that declares `may_request` stays bound by it, and all tools by the rest of the policy. No token is sent
    /// there unasked: an API that answers 403 only to an agent that it knows needs
    /// [`send_agent_token_to`](Self::send_agent_token_to) as well.
    pub fn trust_origin(mut self, url: impl TryInto<Origin, Error = OriginError>) -> Result<Self, PolicyError> {
        self.trusted.push(secure(url.try_into()?)?);
        Ok(self)
    }

    /// Sends the agent's own token to this URL and to all below it, as APIs expect that know the agent before they know
    /// what it lacks. It is sent nowhere else: with `https://api.acme.com/v1`, neither to `/v10` nor to `/admin`.
    ///
    /// The token is asked for with the URL's origin as its `resource` (RFC 8707), so that it is good there and nowhere
    /// else: [`LumoAuthAgent::access_token_for`](crate::LumoAuthAgent::access_token_for). Where the authority does not know
    /// that parameter, the API gets a token by which it is the agent at the authority too. It can then create and end
    /// tasks, ask for any permission in the agent's name, and act for users whose tokens it has. Name only APIs that you
    /// would let do so, or none: an API that answers 403 without a token needs no token here.
    pub fn send_agent_token_to(
        mut self,
        url: impl TryInto<BaseUrl, Error: Into<UrlError>>,
    ) -> Result<Self, PolicyError> {
        let base = url.try_into().map_err(Into::into)?;
        secure(base.origin().clone())?;
        self.agent_token.push(base);
        Ok(self)
    }

    /// Lets tools send requests only to this URL and to all below it, and to others that are named so. A request to
    /// anywhere else is an error, and is not sent.
    ///
    /// Paths are compared by segments, decoded: `https://api.acme.com/v1` holds neither `/v10` nor `/v1/../admin`, however
    /// that is encoded. An attribute of a tool, `base_url`, does the same for one tool.
    ///
    /// ```
    /// use jit_tools::Policy;
    ///
    /// let policy = Policy::new().allow_requests_to("https://api.acme.com/v1")?;
    /// assert!(policy.allows_request_to(&"https://api.acme.com/v1/documents".parse()?));
    /// assert!(!policy.allows_request_to(&"https://api.acme.com/v10".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn allow_requests_to(mut self, url: impl TryInto<BaseUrl, Error: Into<UrlError>>) -> Result<Self, PolicyError> {
        let base = url.try_into().map_err(Into::into)?;
        self.requests.get_or_insert_default().push(base);
        Ok(self)
    }

    /// Follows challenges only from this URL's origin, and from others that are named so.
    pub fn allow_origin(mut self, url: impl TryInto<Origin, Error = OriginError>) -> Result<Self, PolicyError> {
        self.limits.origins.get_or_insert_default().push(secure(url.try_into()?)?);
        Ok(self)
    }

    /// Allows these values of `type`, and no others.
    pub fn allow_types<S: Into<String>>(mut self, types: impl IntoIterator<Item = S>) -> Self {
        self.limits.types.get_or_insert_default().extend(types.into_iter().map(Into::into));
        self
    }

    /// Allows these `actions`, and no others; nor a permission that names none, which could mean any.
    pub fn allow_actions<S: Into<String>>(mut self, actions: impl IntoIterator<Item = S>) -> Self {
        self.limits.actions.get_or_insert_default().extend(actions.into_iter().map(Into::into));
        self
    }

    /// Allows identifiers of these patterns, and no others; nor a permission that names none.
    pub fn allow_identifiers<P: Into<IdentifierPattern>>(mut self, patterns: impl IntoIterator<Item = P>) -> Self {
        self.limits.identifiers.get_or_insert_default().extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Allows these `locations`, byte for byte, and no others; nor a permission that names none, which holds anywhere.
    pub fn allow_locations<S: Into<String>>(mut self, locations: impl IntoIterator<Item = S>) -> Self {
        self.limits.locations.get_or_insert_default().extend(locations.into_iter().map(Into::into));
        self
    }

    /// Reads challenges in these forms; the vendor's two, and the drafts' that stand in a 403, otherwise.
    pub fn challenge_forms(mut self, forms: ChallengeForms) -> Self {
        self.forms = forms;
        self
    }

    /// Compares details as their types say, where [`AuthorizationDetail::covers`](crate::AuthorizationDetail::covers)
    /// does not know enough about them.
    pub fn comparisons(mut self, comparisons: Comparisons) -> Self {
        self.comparisons = comparisons;
        self
    }

    /// Takes no permission that the authority judges riskier than this, and waits for no approval of one. Where the
    /// authority does not say how it judges, none is taken.
    pub fn max_risk(mut self, risk: RiskLevel) -> Self {
        self.max_risk = Some(risk);
        self
    }

    /// Asks for tokens that live no longer than this, and takes none that does; at most 15 minutes in any case.
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = Some(lifetime);
        self
    }

    /// How many permissions one task may ask for, together with its children; 100 otherwise.
    pub fn max_requests(mut self, requests: u32) -> Self {
        self.requests_of_a_task = requests;
        self
    }

    /// How many permissions the calls of one tool may ask for in one task and its children; 50 otherwise.
    pub fn max_requests_of_a_tool(mut self, requests: u32) -> Self {
        self.requests_of_a_tool = requests;
        self
    }

    /// Refuses what `objection` has something against; its text is for the author and the audit. It is asked last, about
    /// what everything else allows, so it can narrow and never widen. A later one stands beside an earlier one.
    pub fn refuse_when(mut self, objection: impl Fn(&Proposal<'_>) -> Option<String> + Send + Sync + 'static) -> Self {
        self.limits.objections.push(Arc::new(objection));
        self
    }

    /// Tells the model what a reviewer who said no wrote for the agent: at most 500 characters, without control
    /// characters, and marked as somebody else's text. Otherwise the model is told the outcome only.
    pub fn show_reviewer_text(mut self) -> Self {
        self.shows_reviewer_text = true;
        self
    }

    /// Whether a tool without a ceiling may ask for what a challenge from `origin` names.
    pub fn trusts(&self, origin: &Origin) -> bool {
        self.trusted.contains(origin)
    }

    /// Returns true if the agent's own token may be sent to `url`.
    pub fn allows_agent_token(&self, url: &Url) -> bool {
        self.agent_token.iter().any(|base| base.holds(url))
    }

    /// Returns true if tools may send requests to `url`.
    pub fn allows_request_to(&self, url: &Url) -> bool {
        self.requests.as_ref().is_none_or(|bases| bases.iter().any(|base| base.holds(url)))
    }

    /// Returns true if the owner named the API at `url`, by trusting it or by sending the agent's own token there.
    pub(crate) fn names(&self, url: &Url) -> bool {
        Origin::of(url).is_some_and(|origin| self.trusts(&origin)) || self.allows_agent_token(url)
    }

    /// What the policy has against a proposal, if anything.
    pub fn objection(&self, proposal: &Proposal<'_>) -> Option<Objection> {
        self.limits.objection(proposal)
    }

    /// The forms in which challenges are read.
    pub fn forms(&self) -> &ChallengeForms {
        &self.forms
    }

    /// Whether whoever holds `held` may do all that `need` asks for.
    pub fn covers(&self, held: &AuthorizationDetail, need: &AuthorizationDetail) -> bool {
        self.comparisons.covers(held, need)
    }

    /// Whether a permission that the authority judges so may be taken.
    pub fn accepts_risk(&self, risk: Option<RiskLevel>) -> bool {
        self.max_risk.is_none_or(|max| risk.is_some_and(|risk| risk <= max))
    }

    /// How long a token may live at most, where the policy says.
    pub fn longest_lifetime(&self) -> Option<Duration> {
        self.max_lifetime
    }

    pub(crate) fn requests_of_a_task(&self) -> u32 {
        self.requests_of_a_task
    }

    pub(crate) fn requests_of_a_tool(&self) -> u32 {
        self.requests_of_a_tool
    }

    pub(crate) fn shows_reviewer_text(&self) -> bool {
        self.shows_reviewer_text
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            trusted: Vec::new(),
            agent_token: Vec::new(),
            requests: None,
            limits: Limits::default(),
            forms: ChallengeForms::default(),
            comparisons: Comparisons::new(),
            max_risk: None,
            max_lifetime: None,
            requests_of_a_task: REQUESTS_OF_A_TASK,
            requests_of_a_tool: REQUESTS_OF_A_TOOL,
            shows_reviewer_text: false,
        }
    }
}

fn secure(origin: Origin) -> Result<Origin, PolicyError> {
    if origin.is_secure() { Ok(origin) } else { Err(PolicyError::Insecure { origin }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_takes_no_origin_where_a_token_could_be_read_on_the_way() {
        assert!(matches!(Policy::new().trust_origin("http://api.acme.com"), Err(PolicyError::Insecure { .. })));
        assert!(matches!(Policy::new().allow_origin("http://api.acme.com"), Err(PolicyError::Insecure { .. })));
        assert!(matches!(Policy::new().send_agent_token_to("api.acme.com"), Err(PolicyError::Url(_))));
        assert!(Policy::new().trust_origin("http://127.0.0.1:4000").is_ok());
    }

    #[test]
    fn an_agent_token_goes_only_where_it_was_said_to() {
        let policy = Policy::new().send_agent_token_to("https://api.acme.com/v1").unwrap();
        assert!(policy.allows_agent_token(&"https://api.acme.com/v1/documents".parse().unwrap()));
        for elsewhere in ["/v2", "/v10", "/v1/../admin", "/v1/..%2Fadmin", ".evil.example/v1"] {
            let url = format!("https://api.acme.com{elsewhere}").parse().unwrap();
            assert!(!policy.allows_agent_token(&url), "{url}");
        }
        assert!(!policy.trusts(&"https://api.acme.com".parse().unwrap()));
    }

    #[test]
    fn trust_in_an_api_sends_it_no_token() {
        let policy = Policy::new().trust_origin("https://api.acme.com").unwrap();
        let url = "https://api.acme.com/v1".parse().unwrap();
        assert!(policy.trusts(&Origin::of(&url).unwrap()) && policy.names(&url));
        assert!(!policy.allows_agent_token(&url));
    }

    #[test]
    fn each_setting_holds_beside_the_others() {
        let never = |_: &AuthorizationDetail, _: &AuthorizationDetail| true;
        let policy = Policy::new()
            .send_agent_token_to("https://api.acme.com")
            .unwrap()
            .challenge_forms(ChallengeForms::none())
            .comparisons(Comparisons::new().register("note", never))
            .max_lifetime(Duration::from_secs(60))
            .max_requests(7)
            .max_requests_of_a_tool(3)
            .show_reviewer_text();
        assert!(policy.allows_agent_token(&"https://api.acme.com".parse().unwrap()));
        assert_eq!(*policy.forms(), ChallengeForms::none());
        let [one, other] = ["1", "2"].map(|id| AuthorizationDetail::new("note").identifier(id));
        assert!(policy.covers(&one, &other));
        assert_eq!(policy.longest_lifetime(), Some(Duration::from_secs(60)));
        assert_eq!((policy.requests_of_a_task(), policy.requests_of_a_tool()), (7, 3));
        assert!(policy.shows_reviewer_text());

        let silent = Policy::new();
        assert_eq!(*silent.forms(), ChallengeForms::default());
        assert!(!silent.covers(&one, &other));
        assert_eq!(silent.longest_lifetime(), None);
        assert_eq!((silent.requests_of_a_task(), silent.requests_of_a_tool()), (100, 50));
        assert!(!silent.shows_reviewer_text());
    }

    #[test]
    fn a_risk_that_is_not_told_is_not_accepted_where_there_is_a_bound() {
        use RiskLevel::{Critical, High, Low, Medium};
        let bounded = Policy::new().max_risk(Medium);
        for (risk, accepted) in
            [(Some(Low), true), (Some(Medium), true), (Some(High), false), (Some(Critical), false), (None, false)]
        {
            assert_eq!(bounded.accepts_risk(risk), accepted, "{risk:?}");
            assert!(Policy::new().accepts_risk(risk));
        }
    }
}
