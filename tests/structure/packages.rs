//! What the packages promise.

use std::process::Command;

use serde_json::Value;

use crate::workspace;

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn version(text: &str) -> (u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap());
    (parts.next().unwrap(), parts.next().unwrap())
}

#[test]
fn no_dependency_needs_a_newer_rust_than_is_declared() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let needs = |package: &Value| package["rust_version"].as_str().map(version);
    let own = packages.iter().find(|package| package["name"] == "jit-tools").and_then(needs).unwrap();
    for package in packages {
        assert!(needs(package).is_none_or(|needed| needed <= own), "{} needs {:?}", package["name"], needs(package));
    }
}

#[test]
fn a_default_build_of_the_runtime_stays_lean() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "-p", "jit-tools", "--edges", "normal", "--prefix", "none", "--locked"])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    for heavy in ["axum ", "genai ", "jsonwebtoken ", "maud ", "uuid ", "lexopt ", "rusqlite "] {
        assert!(!tree.lines().any(|line| line.starts_with(heavy)), "{heavy}is in a default build");
    }
}
