//! Ids that the authority gives, and that become a part of a path.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest id that is accepted, in bytes.
const MAX_LENGTH: usize = 128;

/// An id that could not be a part of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to {MAX_LENGTH} letters, digits, or one of -._~")]
pub struct InvalidId;

/// Whether a text may stand in a path as it is (the unreserved characters of RFC 3986, section 2.3), and is not one
/// of the two segments that would lead elsewhere.
fn check(text: &str) -> Result<(), InvalidId> {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let valid = (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(unreserved) && text != "." && text != "..";
    if valid { Ok(()) } else { Err(InvalidId) }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as the authority wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                check(&text).map(|()| Self(text))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// The id of a task: an ephemeral identity of the agent, with its own tokens.
    TaskId
}

id! {
    /// The id of one request for a permission.
    RequestId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_would_lead_elsewhere_is_refused() {
        for text in ["", ".", "..", "a/b", "a?b", "a#b", "a b", "a\nb", "%2e%2e", "ä", &"a".repeat(129)] {
            assert!(TaskId::try_from(text.to_owned()).is_err(), "{text}");
        }
        assert_eq!(TaskId::try_from("task_01-A.~".to_owned()).unwrap().as_str(), "task_01-A.~");
    }
}
