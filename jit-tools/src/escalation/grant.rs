//! Grants: which of those that are held a need may use, and how a new one is obtained.

use std::time::{Duration, Instant};

use super::{ApprovalBinding, Escalation, EscalationError, Need};
use crate::{
    audit::AuditKind,
    authorization_details::AuthorizationDetail,
    challenge::Challenge,
    expiring::Timed,
    grants::{Full, GrantKey},
    origin::Origin,
    policy::Policy,
    secret::AccessToken,
};

/// How long before its end a JIT token is replaced.
const REFRESH_MARGIN: Duration = Duration::from_secs(30);

/// A token, and all that it may be used for.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) token: AccessToken,
    /// When it was asked for, on the agent's clock.
    pub(crate) obtained_at: Instant,
    /// How long it lives, from then on.
    lifetime: Duration,
    detail: AuthorizationDetail,
    origin: Origin,
    /// The name of the challenge that it answers.
    reference: Option<String>,
    /// What a person approved, where one did.
    approved: Option<Purpose>,
}

/// What an API says is missing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Missing<'a> {
    pub(crate) origin: &'a Origin,
    pub(crate) detail: &'a AuthorizationDetail,
    /// The API's name for it.
    pub(crate) reference: Option<&'a str>,
}

impl<'a> From<&'a Challenge> for Missing<'a> {
    fn from(challenge: &'a Challenge) -> Self {
        Self { origin: challenge.origin(), detail: challenge.detail(), reference: challenge.reference() }
    }
}

impl Grant {
    /// The only place where the token may be used.
    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether this is a grant for what an API says is missing, at that API: it covers that, or was obtained for a
    /// challenge of the same name, which the API is to know the token by.
    pub(crate) fn answers(&self, missing: Missing<'_>, policy: &Policy) -> bool {
        let same_reference = missing.reference.is_some() && self.reference.as_deref() == missing.reference;
        self.origin == *missing.origin && (same_reference || policy.covers(&self.detail, missing.detail))
    }

    /// Whether it may be used for this: nobody had to approve it, or what was approved was this too; and it lives no longer
    /// than is asked for. The whole life counts, not what is left of it: then neither what the token is good for, nor how
    /// long ago it was judged, exceeds what the tool set.
    fn serves(&self, purpose: &Purpose, ttl: Option<Duration>) -> bool {
        self.approved.as_ref().is_none_or(|approved| approved.extends_to(purpose))
            && ttl.is_none_or(|ttl| self.lifetime <= ttl)
    }
}

/// What a grant is needed for; a person who approves it approves that.
#[derive(Clone, Debug)]
pub(crate) struct Purpose {
    pub(crate) binding: ApprovalBinding,
    /// Whether it changes nothing: a safe method (RFC 9110, section 9.2.1), or a tool that only reads.
    pub(crate) is_safe: bool,
}

impl Purpose {
    /// The purpose of a permission that is asked for by itself.
    pub(crate) fn of_permission(detail: &AuthorizationDetail) -> Self {
        Self { binding: ApprovalBinding::of_permission(detail), is_safe: false }
    }

    /// Whether an approval for this is one for `other` too: for the very same thing. What only reads is not told apart,
    /// so that a document of three pages asks a person once.
    fn extends_to(&self, other: &Self) -> bool {
        self.binding == other.binding || (self.is_safe && other.is_safe)
    }
}

/// A failure, and whose need it was.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    error: EscalationError,
    by: Option<Asker>,
}

/// What of a need matters to others that wait for the same grant.
#[derive(Clone, Debug)]
struct Asker {
    tool: Option<String>,
    purpose: Purpose,
    waits: bool,
}

impl From<Full> for Failed {
    fn from(full: Full) -> Self {
        Self { error: full.into(), by: None }
    }
}

impl Failed {
    /// Whether only the limits of whoever asked were met: the budget of its tool, or that it does not wait for a person.
    fn is_limit_of_another(&self, mine: &Asker) -> bool {
        self.by.as_ref().is_some_and(|by| {
            (self.error.is_budget_of_a_tool() && by.tool != mine.tool)
                || (self.error.is_pending() && !by.waits && mine.waits)
        })
    }

    /// Whether a person has to decide still, about something else.
    fn waits_for_another(&self, purpose: &Purpose) -> bool {
        self.error.is_pending() && self.by.as_ref().is_some_and(|by| !by.purpose.extends_to(purpose))
    }
}

impl Escalation {
    /// A grant for use at `origin`: one that is held, or a new one.
    pub(super) async fn grant(&self, need: Need<'_>, origin: &Origin) -> Result<Grant, EscalationError> {
        let Some(scope) = &self.scope else { return Err(EscalationError::nobody()) };
        let key = GrantKey::new(scope, origin, need.detail).lasting(need.ttl);
        let mut outcome = self.share(key.clone(), need, origin).await;
        let is_for_another = match &outcome {
            Ok(grant) => !grant.serves(need.purpose, need.ttl),
            Err(failed) => failed.waits_for_another(need.purpose),
        };
        if is_for_another {
            outcome = self.share(key.only_for(need.purpose.binding.digest().clone()), need, origin).await;
        }
        outcome.map_err(|failed| failed.error)
    }

    /// A grant that is held, or one that is obtained for all equal needs at this time. It may be bound to the purpose of
    /// another.
    async fn share(&self, key: GrantKey, need: Need<'_>, origin: &Origin) -> Result<Grant, Failed> {
        let missing = Missing { origin, detail: need.detail, reference: need.reference };
        let asker = Asker {
            tool: need.tool.map(str::to_owned),
            purpose: need.purpose.clone(),
            waits: !self.wait.in_mode(need.approval).limit.is_zero(),
        };
        let is_denied = self.limits.denials.answer_to(&self.subject, &need, &self.policy).is_some();
        loop {
            let outcome = self
                .grants
                .get_or_load(
                    key.clone(),
                    &**self.agent.clock(),
                    |grant| grant.serves(need.purpose, need.ttl),
                    |grant| !is_denied && grant.answers(missing, &self.policy),
                    || async {
                        let obtained = self.obtain(need, missing).await;
                        obtained.map_err(|error| Failed { error, by: Some(asker.clone()) })
                    },
                )
                .await;
            // Each round was somebody else's, who does not come again.
            if !outcome.as_ref().is_err_and(|failed| failed.is_limit_of_another(&asker)) {
                return outcome;
            }
        }
    }

    async fn obtain(&self, need: Need<'_>, missing: Missing<'_>) -> Result<Timed<Grant>, EscalationError> {
        if self.unsatisfied.has(missing) {
            let error = EscalationError::unsatisfied();
            self.record_refusal(&need, &error);
            return Err(error);
        }
        let mut approval = self.approve(need).await?;
        let mut issued = self.exchange(&approval.permission).await;
        if approval.is_remembered && issued.as_ref().is_err_and(EscalationError::is_expired) {
            // Approved some time ago and over since: nobody has decided about what is needed now.
            approval = self.approve(need).await?;
            issued = self.exchange(&approval.permission).await;
        }
        let issued = issued?;
        let grant = Grant {
            token: issued.token,
            obtained_at: issued.requested_at,
            lifetime: issued.lifetime,
            detail: need.detail.clone(),
            origin: missing.origin.clone(),
            reference: missing.reference.map(str::to_owned),
            approved: approval.by_a_person.then(|| need.purpose.clone()),
        };
        let jitter = |most| self.agent.clock().jitter(most);
        Ok(Timed::new(grant, issued.requested_at, issued.lifetime, REFRESH_MARGIN, jitter))
    }

    /// Forgets the grants for what is missing that were obtained before `instant`: the API did not accept one of them,
    /// and is not tried with each of the others, so the next need asks anew.
    pub(crate) fn forget_older(&self, missing: Missing<'_>, instant: Instant) {
        self.grants.forget(|held| held.obtained_at < instant && held.answers(missing, &self.policy));
    }

    /// Remembers that an API did not accept a token that was just obtained for what it named: none is obtained for that
    /// again. `again` is what it says is missing now. Gives the error to tell.
    pub(crate) fn note_unsatisfied(&self, missing: Missing<'_>, again: Option<&Challenge>) -> EscalationError {
        self.unsatisfied.remember(missing, again);
        let error = EscalationError::unsatisfied();
        self.record(&self.event(AuditKind::Failed).detail(missing.detail).origin(missing.origin).reason(&error));
        error
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::{
        clock::{Clock as _, SystemClock},
        escalation::budget::BudgetSpent,
    };

    fn purpose(body: &[u8], is_safe: bool) -> Purpose {
        let detail = AuthorizationDetail::new("payment");
        let binding = ApprovalBinding::of_request("POST", "https://a.test/pay", &HeaderMap::new(), body, &detail);
        Purpose { binding, is_safe }
    }

    fn asker(tool: &str, waits: bool) -> Asker {
        Asker { tool: Some(tool.to_owned()), purpose: purpose(b"1", false), waits }
    }

    fn pending() -> EscalationError {
        let pending = serde_json::json!({
            "authority": "https://app.lumoauth.dev", "tenant": "acme-corp", "agent": "agt_x", "task_id": "task_1",
            "request_id": "req_1", "detail": {"type": "payment"}, "binding": ApprovalBinding::of_permission(&AuthorizationDetail::new("payment")),
        });
        EscalationError::undecided(serde_json::from_value(pending).unwrap(), Duration::ZERO)
    }

    #[test]
    fn the_limits_of_another_are_told_apart_by_this_table() {
        let of_tool = || EscalationError::budget(BudgetSpent::OfTool);
        let of_task = || EscalationError::budget(BudgetSpent::OfTask);
        let cases = [
            ("the budget of another tool", of_tool(), asker("a", true), asker("b", true), true),
            ("the budget of the tool itself", of_tool(), asker("a", true), asker("a", true), false),
            ("the budget of the task", of_task(), asker("a", true), asker("b", true), false),
            ("one who does not wait, before one who does", pending(), asker("a", false), asker("b", true), true),
            ("both wait", pending(), asker("a", true), asker("b", true), false),
            ("neither waits", pending(), asker("a", false), asker("b", false), false),
            ("one who does, before one who does not", pending(), asker("a", true), asker("b", false), false),
            ("what is nobody's limit", EscalationError::nobody(), asker("a", false), asker("b", true), false),
        ];
        for (name, error, by, mine, expected) in cases {
            assert_eq!(Failed { error, by: Some(by) }.is_limit_of_another(&mine), expected, "{name}");
        }
        assert!(!Failed::from(Full).is_limit_of_another(&asker("a", true)));
    }

    #[test]
    fn a_grant_serves_what_this_table_says() {
        let grant = |seconds, approved| Grant {
            token: AccessToken::new("a token"),
            obtained_at: SystemClock.now(),
            lifetime: Duration::from_secs(seconds),
            detail: AuthorizationDetail::new("payment"),
            origin: "https://a.test".parse().unwrap(),
            reference: None,
            approved,
        };
        let (one, other) = (|| purpose(b"1", false), || purpose(b"2", false));
        let cases = [
            ("any life, where no bound is set", grant(900, None), None, true),
            ("a life that ends with the bound", grant(60, None), Some(60), true),
            ("a shorter one", grant(30, None), Some(60), true),
            ("a longer one", grant(61, None), Some(60), false),
            ("none at all, where nothing is known", grant(0, None), Some(60), true),
            ("what was approved, within the bound", grant(60, Some(one())), Some(60), true),
            ("what was approved, beyond it", grant(600, Some(one())), Some(60), false),
            ("something else, within it", grant(60, Some(other())), Some(60), false),
        ];
        for (name, grant, ttl, expected) in cases {
            assert_eq!(grant.serves(&one(), ttl.map(Duration::from_secs)), expected, "{name}");
        }
    }

    #[test]
    fn an_approval_extends_to_what_this_table_says() {
        let cases = [
            (purpose(b"1", false), purpose(b"1", false), true),
            (purpose(b"1", false), purpose(b"2", false), false),
            (purpose(b"1", true), purpose(b"2", true), true),
            (purpose(b"1", true), purpose(b"2", false), false),
            (purpose(b"1", false), purpose(b"2", true), false),
        ];
        for (approved, needed, expected) in cases {
            assert_eq!(approved.extends_to(&needed), expected, "{approved:?} {needed:?}");
        }
    }
}
