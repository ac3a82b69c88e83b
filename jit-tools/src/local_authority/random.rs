//! Identifiers and secrets that nobody guesses.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A new identifier such as `task_3f0c…`: 122 random bits behind a prefix that says what it names.
pub(super) fn id(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::new_v4().simple())
}

/// A new secret of 244 random bits, behind a prefix that tells secret scanners what they found.
pub(super) fn secret(prefix: &str) -> String {
    format!("{prefix}_{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// A secret as it is kept to be compared with: its SHA-256.
///
/// Both sides of a comparison have the same length, so that the time it takes tells nothing, not even how long the
/// secret is.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SecretDigest([u8; 32]);

impl SecretDigest {
    pub(super) fn of(secret: &str) -> Self {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, secret.as_bytes());
        let mut bytes = [0; 32];
        // SHA-256 has 32 bytes; `zip` says so without a panic.
        bytes.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        Self(bytes)
    }

    pub(super) fn matches(&self, presented: &str) -> bool {
        self.equals(&Self::of(presented))
    }

    pub(super) fn equals(&self, presented: &Self) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.0, &presented.0).is_ok()
    }
}

impl std::fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretDigest([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_matches_itself_and_no_prefix_of_itself() {
        let digest = SecretDigest::of("s3cret");
        assert!(digest.matches("s3cret"));
        assert!(!digest.matches("s3cre"));
        assert!(!digest.matches(""));
        assert!(!SecretDigest::of("").matches("s3cret"));
    }
}
