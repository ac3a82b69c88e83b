//! Rich Authorization Requests (RFC 9396): what one permission is, and when one covers another.

mod comparisons;
pub(crate) mod strict;
mod summary;

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Map, Value};

pub use self::comparisons::{Comparison, Comparisons};

/// How deep the JSON of a detail may be nested; the detail itself is the first level.
pub(crate) const MAX_DEPTH: usize = 16;

/// One authorization details object (RFC 9396, section 2).
///
/// The members that the RFC names are fields; members that a type defines of its own are kept in
/// [`extensions`](Self::extensions) and are sent on as they came.
///
/// Reading one is strict, wherever it comes from: a name that is repeated in an object, a number that cannot be kept
/// exactly, nesting deeper than 16 levels and more than 256 items in one place are errors. `null` for a member that the
/// RFC names is the same as its absence.
///
/// ```
/// use jit_tools::AuthorizationDetail;
///
/// let held = AuthorizationDetail::new("document").actions(["read", "write"]).identifier("doc_9982");
/// let needed: AuthorizationDetail =
///     serde_json::from_str(r#"{"type":"document","actions":["read"],"identifier":"doc_9982"}"#)?;
/// assert!(held.covers(&needed));
/// assert!(!needed.covers(&held));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct AuthorizationDetail {
    /// What kind of permission this is; the API's own name (RFC 9396, section 2).
    #[serde(rename = "type")]
    pub kind: String,
    /// Where the permission may be used, as URIs; `None` does not bound it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locations: Option<Vec<String>>,
    /// What may be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions: Option<Vec<String>>,
    /// Which kinds of data are meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datatypes: Option<Vec<String>>,
    /// Which one resource is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// Which levels of privilege are meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privileges: Option<Vec<String>>,
    /// Members that the type defines of its own.
    #[serde(flatten)]
    pub extensions: Map<String, Value>,
}

impl AuthorizationDetail {
    /// A detail of the given `type`, with no other member.
    pub fn new(kind: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            locations: None,
            actions: None,
            datatypes: None,
            identifier: None,
            privileges: None,
            extensions: Map::new(),
        }
    }

    /// Sets `actions`.
    pub fn actions<S: Into<String>>(mut self, actions: impl IntoIterator<Item = S>) -> Self {
        self.actions = Some(actions.into_iter().map(Into::into).collect());
        self
    }

    /// Sets `identifier`.
    pub fn identifier(mut self, identifier: impl Into<String>) -> Self {
        self.identifier = Some(identifier.into());
        self
    }

    /// Sets `locations`.
    pub fn locations<S: Into<String>>(mut self, locations: impl IntoIterator<Item = S>) -> Self {
        self.locations = Some(locations.into_iter().map(Into::into).collect());
        self
    }

    /// The detail that a JSON value is, or which of its members is not what RFC 9396, section 2, says.
    pub(crate) fn from_value(value: Value) -> Result<Self, &'static str> {
        let Value::Object(mut members) = value else { return Err("an object") };
        let kind = text(&mut members, "type")?.ok_or("type")?;
        Ok(Self {
            kind,
            locations: set(&mut members, "locations")?,
            actions: set(&mut members, "actions")?,
            datatypes: set(&mut members, "datatypes")?,
            identifier: text(&mut members, "identifier")?,
            privileges: set(&mut members, "privileges")?,
            extensions: members,
        })
    }

    /// Whether whoever holds `self` may do all that `need` asks for.
    ///
    /// RFC 9396 leaves the comparison to the type ([section 2](https://www.rfc-editor.org/rfc/rfc9396#section-2)); this
    /// one never widens:
    ///
    /// - strings are compared byte for byte, without any normalization (section 12);
    /// - `type` and `identifier` are equal (both absent is equal);
    /// - `actions`, `datatypes` and `privileges` are sets, and the needed set is within the held one; a set that is
    ///   absent covers only an absent one, and an empty set covers nothing and is covered by nothing;
    /// - `locations` bounds where a permission is used, so a held detail without any covers every location, and one
    ///   with some covers a need that names a subset, never one that names none;
    /// - every other member is equal on both sides, and present on both; the order in an object does not matter, the
    ///   order in an array does, and `1` is not `1.0`;
    /// - a `*` stands for nothing: a detail with one anywhere in its `type`, its `identifier` or a member of a set covers
    ///   nothing and is covered by nothing. An authority might read `doc_*` as a pattern, and grant what nobody meant.
    ///
    /// A type that means something else by its members registers a comparison of its own: [`Comparisons`].
    pub fn covers(&self, need: &Self) -> bool {
        self.may_compare(need)
            && self.identifier == need.identifier
            && set_covers(self.actions.as_deref(), need.actions.as_deref())
            && set_covers(self.datatypes.as_deref(), need.datatypes.as_deref())
            && set_covers(self.privileges.as_deref(), need.privileges.as_deref())
            && match (&self.locations, &need.locations) {
                (None, needed) => needed.as_ref().is_none_or(|needed| !needed.is_empty()),
                (held, needed) => set_covers(held.as_deref(), needed.as_deref()),
            }
            && same_members(&self.extensions, &need.extensions)
    }

    /// Whether `self` may cover `need` at all, whatever its type means by its members.
    fn may_compare(&self, need: &Self) -> bool {
        let no_actions = |detail: &Self| detail.actions.as_ref().is_some_and(Vec::is_empty);
        self.kind == need.kind && ![self, need].into_iter().any(|detail| detail.has_wildcard() || no_actions(detail))
    }

    /// A text that is equal for details that mean the same: sorted members, sorted sets without repetition.
    pub fn canonical(&self) -> String {
        let sorted = |set: &Option<Vec<String>>| {
            set.as_ref().map(|set| set.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect())
        };
        let tidy = Self {
            kind: self.kind.clone(),
            locations: sorted(&self.locations),
            actions: sorted(&self.actions),
            datatypes: sorted(&self.datatypes),
            identifier: self.identifier.clone(),
            privileges: sorted(&self.privileges),
            extensions: self.extensions.clone(),
        };
        let mut value = serde_json::to_value(tidy).unwrap_or_default();
        normalize(&mut value);
        value.sort_all_objects();
        value.to_string()
    }

    /// Whether any text in it, the names and values of its own members among them, is such a one.
    pub(crate) fn has_text(&self, is_one: &mut dyn FnMut(&str) -> bool) -> bool {
        let sets = [&self.actions, &self.datatypes, &self.privileges, &self.locations];
        let named = sets.into_iter().flatten().flatten().chain(&self.identifier).chain([&self.kind]);
        named.into_iter().any(|text| is_one(text))
            || self.extensions.iter().any(|(name, value)| is_one(name) || value_has_text(value, is_one))
    }

    fn has_wildcard(&self) -> bool {
        let sets = [&self.actions, &self.datatypes, &self.privileges, &self.locations];
        let named = sets.into_iter().flatten().flatten().chain(&self.identifier).chain([&self.kind]);
        named.into_iter().any(|text| text.contains('*'))
    }
}

impl PartialEq for AuthorizationDetail {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.locations == other.locations
            && self.actions == other.actions
            && self.datatypes == other.datatypes
            && self.identifier == other.identifier
            && self.privileges == other.privileges
            && same_members(&self.extensions, &other.extensions)
    }
}

/// Whether the members of two objects are the same. Numbers are compared as they are read: with a feature of `serde_json`
/// that any crate of a build can turn on, `1.50` is not `1.5` to its own comparison.
fn same_members(a: &Map<String, Value>, b: &Map<String, Value>) -> bool {
    a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => strict::number(a.clone()) == strict::number(b.clone()),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => same_members(a, b),
        (a, b) => a == b,
    }
}

/// Writes numbers as they are read.
fn normalize(value: &mut Value) {
    match value {
        Value::Number(number) => *number = strict::number(number.clone()),
        Value::Array(items) => items.iter_mut().for_each(normalize),
        Value::Object(members) => members.values_mut().for_each(normalize),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// Details are nested only so deep.
fn value_has_text(value: &Value, is_one: &mut dyn FnMut(&str) -> bool) -> bool {
    match value {
        Value::String(text) => is_one(text),
        Value::Number(number) => is_one(&number.to_string()),
        Value::Array(items) => items.iter().any(|item| value_has_text(item, is_one)),
        Value::Object(members) => members.iter().any(|(name, value)| is_one(name) || value_has_text(value, is_one)),
        Value::Null | Value::Bool(_) => false,
    }
}

/// Takes a member that is a text.
fn text(members: &mut Map<String, Value>, name: &'static str) -> Result<Option<String>, &'static str> {
    match members.shift_remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(name),
    }
}

/// Takes a member that is an array of texts.
fn set(members: &mut Map<String, Value>, name: &'static str) -> Result<Option<Vec<String>>, &'static str> {
    let as_text = |item| match item {
        Value::String(text) => Ok(text),
        _ => Err(name),
    };
    match members.shift_remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => items.into_iter().map(as_text).collect::<Result<_, _>>().map(Some),
        Some(_) => Err(name),
    }
}

impl<'de> Deserialize<'de> for AuthorizationDetail {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let value = strict::deserialize(source, MAX_DEPTH)?;
        Self::from_value(value).map_err(|what| {
            D::Error::custom(format_args!(
                "not an authorization details object (RFC 9396): `{what}` is not what it says"
            ))
        })
    }
}

/// Whether every member of `need` is in `held`; see [`AuthorizationDetail::covers`].
fn set_covers(held: Option<&[String]>, need: Option<&[String]>) -> bool {
    match (held, need) {
        (None, None) => true,
        (Some(held), Some(need)) => !need.is_empty() && need.iter().all(|member| held.contains(member)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(json: &str) -> AuthorizationDetail {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn covers_holds_in_exactly_these_cases() {
        let cases = [
            (r#"{"type":"d"}"#, r#"{"type":"d"}"#, true),
            (r#"{"type":"d"}"#, r#"{"type":"D"}"#, false),
            (r#"{"type":"d","actions":["r","w"]}"#, r#"{"type":"d","actions":["r"]}"#, true),
            (r#"{"type":"d","actions":["r"]}"#, r#"{"type":"d","actions":["r","w"]}"#, false),
            (r#"{"type":"d","actions":["r"]}"#, r#"{"type":"d","actions":[]}"#, false),
            (r#"{"type":"d","actions":[]}"#, r#"{"type":"d","actions":[]}"#, false),
            (r#"{"type":"d","actions":["r"]}"#, r#"{"type":"d"}"#, false),
            (r#"{"type":"d"}"#, r#"{"type":"d","actions":["r"]}"#, false),
            (r#"{"type":"d","actions":["*"]}"#, r#"{"type":"d","actions":["r"]}"#, false),
            (r#"{"type":"d","actions":["*"]}"#, r#"{"type":"d","actions":["*"]}"#, false),
            (r#"{"type":"d","identifier":"*"}"#, r#"{"type":"d","identifier":"1"}"#, false),
            (r#"{"type":"d","identifier":"1"}"#, r#"{"type":"d","identifier":"1"}"#, true),
            (r#"{"type":"d"}"#, r#"{"type":"d","identifier":"1"}"#, false),
            (r#"{"type":"d","identifier":"1"}"#, r#"{"type":"d"}"#, false),
            (r#"{"type":"d"}"#, r#"{"type":"d","locations":["https://a"]}"#, true),
            (r#"{"type":"d","locations":["https://a"]}"#, r#"{"type":"d"}"#, false),
            (r#"{"type":"d","locations":["https://a"]}"#, r#"{"type":"d","locations":["https://b"]}"#, false),
            (r#"{"type":"d","amount":5}"#, r#"{"type":"d","amount":5}"#, true),
            (r#"{"type":"d","amount":5}"#, r#"{"type":"d","amount":6}"#, false),
            (r#"{"type":"d","amount":5}"#, r#"{"type":"d","amount":5.0}"#, false),
            (r#"{"type":"d","x":{"a":1,"b":2}}"#, r#"{"type":"d","x":{"b":2,"a":1}}"#, true),
            (r#"{"type":"d","x":[1,2]}"#, r#"{"type":"d","x":[2,1]}"#, false),
            (r#"{"type":"d"}"#, r#"{"type":"d","amount":5}"#, false),
            (r#"{"type":"d"}"#, r#"{"type":"d","locations":["*"]}"#, false),
            (r#"{"type":"d"}"#, r#"{"type":"d","locations":[]}"#, false),
            (r#"{"type":"*"}"#, r#"{"type":"*"}"#, false),
            (r#"{"type":"d","identifier":"a*"}"#, r#"{"type":"d","identifier":"ab"}"#, false),
            (r#"{"type":"d","identifier":"a*"}"#, r#"{"type":"d","identifier":"a*"}"#, false),
            (r#"{"type":"d","actions":["r","w*"]}"#, r#"{"type":"d","actions":["r"]}"#, false),
            (r#"{"type":"d","identifier":"\u00e9"}"#, r#"{"type":"d","identifier":"e\u0301"}"#, false),
            (r#"{"type":"d","privileges":["admin"]}"#, r#"{"type":"d"}"#, false),
            (r#"{"type":"d","datatypes":["a","b"]}"#, r#"{"type":"d","datatypes":["b","a"]}"#, true),
        ];
        for (held, need, expected) in cases {
            assert_eq!(detail(held).covers(&detail(need)), expected, "{held} covers {need}");
        }
    }

    #[test]
    fn the_canonical_form_is_blind_to_order_and_repetition_and_to_nothing_else() {
        let a = detail(r#"{"x":{"b":1,"a":2},"actions":["w","r","r"],"type":"d"}"#);
        let b = detail(r#"{"type":"d","actions":["r","w"],"x":{"a":2,"b":1}}"#);
        assert_eq!(a.canonical(), b.canonical());
        assert_ne!(a.canonical(), detail(r#"{"type":"d","actions":["r"],"x":{"a":2,"b":1}}"#).canonical());
        assert_ne!(detail(r#"{"type":"d"}"#).canonical(), detail(r#"{"type":"d","actions":[]}"#).canonical());
    }

    #[test]
    fn members_of_a_type_survive_a_round_trip() {
        let json = r#"{"type":"payment","actions":["pay"],"amount":{"value":"5.00","currency":"EUR"}}"#;
        assert_eq!(serde_json::to_string(&detail(json)).unwrap(), json);
    }

    #[test]
    fn a_detail_is_read_from_a_value_as_from_a_text() {
        let json = r#"{"type":"d","actions":["r"],"x":[null,true,1,-1,0.5,"s",{"y":{}}]}"#;
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::from_value::<AuthorizationDetail>(value).unwrap(), detail(json));
    }

    #[test]
    fn what_is_no_detail_is_an_error_that_names_the_member() {
        for (json, member) in [
            ("[]", "an object"),
            ("{}", "type"),
            (r#"{"type":null}"#, "type"),
            (r#"{"type":"d","actions":"r"}"#, "actions"),
            (r#"{"type":"d","locations":[1]}"#, "locations"),
            (r#"{"type":"d","identifier":7}"#, "identifier"),
        ] {
            let error = serde_json::from_str::<AuthorizationDetail>(json).unwrap_err().to_string();
            assert!(error.contains(&format!("`{member}` is not what it says")), "{json}: {error}");
        }
        assert_eq!(detail(r#"{"type":"d","actions":null,"identifier":null}"#), AuthorizationDetail::new("d"));
    }

    #[test]
    fn a_repeated_name_is_an_error_at_every_depth() {
        for json in
            [r#"{"type":"d","type":"d"}"#, r#"{"type":"d","x":1,"x":2}"#, r#"{"type":"d","x":[{"a":{"b":1,"b":2}}]}"#]
        {
            let error = serde_json::from_str::<AuthorizationDetail>(json).unwrap_err().to_string();
            assert!(error.starts_with("a name is repeated in an object"), "{error}");
        }
    }
}
