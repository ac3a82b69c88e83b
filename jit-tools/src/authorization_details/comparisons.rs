//! Comparisons that types bring along (RFC 9396, section 2: the members' meaning is the type's).

use std::{collections::BTreeMap, fmt, sync::Arc};

use super::AuthorizationDetail;

/// How details of one type are compared.
///
/// A function of two details is one: `|held, need| …`.
pub trait Comparison: Send + Sync {
    /// Whether whoever holds `held` may do all that `need` asks for. Both are of the type that this is registered for.
    fn covers(&self, held: &AuthorizationDetail, need: &AuthorizationDetail) -> bool;
}

impl<F> Comparison for F
where
    F: Fn(&AuthorizationDetail, &AuthorizationDetail) -> bool + Send + Sync,
{
    fn covers(&self, held: &AuthorizationDetail, need: &AuthorizationDetail) -> bool {
        self(held, need)
    }
}

/// The comparisons of types that mean more by their members than
/// [`AuthorizationDetail::covers`] knows; every other type is compared by that.
///
/// Whatever is registered, a detail covers only details of its own `type`, and a `*` or empty `actions` on either side
/// covers nothing and is covered by nothing: a comparison is not even asked about these.
///
/// ```
/// use jit_tools::{AuthorizationDetail, authorization_details::Comparisons};
///
/// // A payment within the limit that is held.
/// let limit = |detail: &AuthorizationDetail| detail.extensions.get("limit_cents").and_then(|value| value.as_u64());
/// let comparisons = Comparisons::new().register("payment", move |held: &AuthorizationDetail, need: &AuthorizationDetail| {
///     held.actions == need.actions && matches!((limit(held), limit(need)), (Some(held), Some(need)) if need <= held)
/// });
///
/// let held: AuthorizationDetail = serde_json::from_str(r#"{"type":"payment","actions":["pay"],"limit_cents":500}"#)?;
/// let need: AuthorizationDetail = serde_json::from_str(r#"{"type":"payment","actions":["pay"],"limit_cents":499}"#)?;
/// assert!(!held.covers(&need));
/// assert!(comparisons.covers(&held, &need));
/// assert!(!comparisons.covers(&need, &held));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Comparisons {
    by_type: BTreeMap<String, Registered>,
}

#[derive(Clone)]
struct Registered {
    comparison: Arc<dyn Comparison>,
    /// Whether what [`AuthorizationDetail::covers`] says has to hold as well.
    narrows: bool,
}

impl Comparisons {
    /// No comparison but the common one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Compares details of the type `kind` by `comparison` instead of [`AuthorizationDetail::covers`].
    ///
    /// It has to look at every member that matters: what it does not compare is not compared. The last registration
    /// for a type holds.
    pub fn register(self, kind: impl Into<String>, comparison: impl Comparison + 'static) -> Self {
        self.with(kind.into(), Registered { comparison: Arc::new(comparison), narrows: false })
    }

    /// Compares details of the type `kind` by `comparison` as well as by [`AuthorizationDetail::covers`]: both have to
    /// hold. The last registration for a type holds.
    pub fn narrow(self, kind: impl Into<String>, comparison: impl Comparison + 'static) -> Self {
        self.with(kind.into(), Registered { comparison: Arc::new(comparison), narrows: true })
    }

    /// Whether whoever holds `held` may do all that `need` asks for, as their type compares them.
    pub fn covers(&self, held: &AuthorizationDetail, need: &AuthorizationDetail) -> bool {
        match self.by_type.get(&held.kind) {
            None => held.covers(need),
            Some(Registered { comparison, narrows }) => {
                held.may_compare(need) && (!narrows || held.covers(need)) && comparison.covers(held, need)
            }
        }
    }

    fn with(mut self, kind: String, registered: Registered) -> Self {
        self.by_type.insert(kind, registered);
        self
    }
}

impl fmt::Debug for Comparisons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries =
            self.by_type.iter().map(|(kind, entry)| (kind, if entry.narrows { "narrowed" } else { "replaced" }));
        f.debug_map().entries(entries).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(json: &str) -> AuthorizationDetail {
        serde_json::from_str(json).unwrap()
    }

    fn always(_: &AuthorizationDetail, _: &AuthorizationDetail) -> bool {
        true
    }

    #[test]
    fn a_registered_comparison_replaces_the_common_one_for_its_type_alone() {
        let comparisons = Comparisons::new().register("d", always);
        let (held, need) = (r#"{"type":"d","actions":["r"]}"#, r#"{"type":"d","actions":["w"],"x":1}"#);
        assert!(comparisons.covers(&detail(held), &detail(need)));
        let other = |json: &str| detail(&json.replace(r#""d""#, r#""e""#));
        assert!(!comparisons.covers(&other(held), &other(need)));
        assert!(comparisons.covers(&other(held), &other(held)));
    }

    #[test]
    fn a_narrowing_comparison_never_widens() {
        let comparisons = Comparisons::new()
            .narrow("always", always)
            .narrow("never", |_: &AuthorizationDetail, _: &AuthorizationDetail| false);
        let read = |kind| AuthorizationDetail::new(kind).actions(["r"]);
        let write = |kind| AuthorizationDetail::new(kind).actions(["w"]);
        assert!(comparisons.covers(&read("always"), &read("always")));
        assert!(!comparisons.covers(&read("always"), &write("always")));
        assert!(!comparisons.covers(&read("never"), &read("never")));
    }

    #[test]
    fn no_registration_lets_another_type_a_wildcard_or_empty_actions_cover() {
        let comparisons = Comparisons::new().register("d", always).register("e", always).register("*", always);
        let plain = r#"{"type":"d","actions":["r"]}"#;
        for other in [
            r#"{"type":"e","actions":["r"]}"#,
            r#"{"type":"D","actions":["r"]}"#,
            r#"{"type":"*","actions":["r"]}"#,
            r#"{"type":"d","actions":[]}"#,
            r#"{"type":"d","actions":["*"]}"#,
            r#"{"type":"d","actions":["r","*"]}"#,
            r#"{"type":"d","identifier":"*"}"#,
            r#"{"type":"d","locations":["*"]}"#,
            r#"{"type":"d","datatypes":["*"]}"#,
            r#"{"type":"d","privileges":["*"]}"#,
        ] {
            assert!(!comparisons.covers(&detail(other), &detail(plain)), "{other} held");
            assert!(!comparisons.covers(&detail(plain), &detail(other)), "{other} needed");
        }
    }

    #[test]
    fn the_last_registration_for_a_type_holds() {
        let comparisons = Comparisons::new()
            .register("d", always)
            .register("d", |_: &AuthorizationDetail, _: &AuthorizationDetail| false);
        assert!(!comparisons.covers(&AuthorizationDetail::new("d"), &AuthorizationDetail::new("d")));
        assert_eq!(format!("{comparisons:?}"), r#"{"d": "replaced"}"#);
    }
}
