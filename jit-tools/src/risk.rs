//! How an authority judges a request.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How the authority judges a request for a permission; each level is above the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RiskLevel {
    /// Reads: approved at once.
    Low,
    /// Writes: approved at once, and logged.
    Medium,
    /// Deletion, administration, execution: a person decides.
    High,
    /// Payment, user data, credentials: a person decides, with extra review.
    Critical,
}

impl RiskLevel {
    /// Whether a person has to decide.
    pub fn needs_a_person(self) -> bool {
        self >= Self::High
    }

    /// The word that stands for it on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for RiskLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
