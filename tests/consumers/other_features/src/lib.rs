//! A crate that turns on features of shared crates which change how they behave, for all crates of its build.

use std::collections::BTreeMap;

use jit_tools::{jit_tool, jit_toolset};

/// A page.
#[derive(serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
pub struct Page {
    /// Its number.
    #[schemars(range(min = 1, max = 9))]
    pub number: u64,
    /// How much of it.
    #[schemars(range(min = 0.5, max = 1.5))]
    pub share: f64,
}

/// Reads pages.
#[jit_tool]
pub async fn read(
    pages: Vec<Page>,
    #[schemars(range(max = 18_446_744_073_709_551_615_u64))] large: u128,
    by_name: BTreeMap<String, i32>,
    #[serde(default)] any: serde_json::Value,
) -> String {
    let pages: Vec<_> = pages.iter().map(|page| format!("{} {}", page.number, page.share)).collect();
    format!("{pages:?} {large} {by_name:?} {any}")
}

/// Numbers.
pub struct Numbers;

#[jit_toolset]
impl Numbers {
    /// Adds.
    #[jit_tool]
    pub fn add(&self, a: i64, b: f64) -> f64 {
        #[allow(clippy::cast_precision_loss)]
        let a = a as f64;
        a + b
    }
}
