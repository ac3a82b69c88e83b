//! The example as a process: what it prints, and how it ends.

use std::{path::PathBuf, process::Command};

fn run(arguments: &[&str]) -> (bool, String, String) {
    let output = Command::new(example()).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

fn example() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().parent().unwrap().join("examples/export_schemas");
    assert!(program.exists(), "{} is not built: run `cargo test` or `cargo build --examples`", program.display());
    program
}

#[test]
fn every_provider_that_it_lists_is_printed() {
    let (is_success, list, _) = run(&["--list"]);
    assert!(is_success && list.lines().count() == 14, "{list}");
    for line in list.lines() {
        let name = line.split(' ').next().unwrap();
        let modes: &[&[&str]] = if line.contains("--strict") { &[&[], &["--strict"]] } else { &[&[]] };
        for mode in modes {
            let (is_success, printed, said) = run(&[&["--provider", name], *mode].concat());
            assert!(is_success && said.is_empty(), "{name} {mode:?}: {said}");
            let printed: serde_json::Value = serde_json::from_str(&printed).unwrap();
            assert_eq!(printed.to_string().matches("\"book_room\"").count(), 1, "{name}: {printed}");
        }
    }
}

#[test]
fn what_it_does_not_know_is_told_with_what_it_knows() {
    let (is_success, _, said) = run(&["--provider", "openai"]);
    assert!(!is_success && said.contains("there is no provider `openai`; there are openai-chat, "), "{said}");
    let (is_success, _, said) = run(&["--provider", "ollama", "--strict"]);
    assert!(!is_success && said.contains("ollama has no strict mode"), "{said}");
}
