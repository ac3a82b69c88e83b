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

impl fmt::Display for RiskLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}
