//! Which layer may import which.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::workspace;

/// The layers from the bottom up. A layer may import itself and those above it in this list, and nothing else.
const LAYERS: [&[&str]; 13] = [
    &[
        "secret",
        "clock",
        "sync",
        "origin",
        "http_url",
        "authorization_details",
        "transport",
        "risk",
        "digest",
        "plain_text",
        "private_file",
        "json_schema",
        "tool::definition",
    ],
    &["audit", "expiring", "export"],
    &["challenge"],
    &["policy"],
    &["authority", "grants"],
    &["escalation"],
    &["session"],
    &["resource"],
    &["tool"],
    &["toolset"],
    &["agent"],
    &["toolset_macro", "url_macro", "guide"],
    &["local_authority", "resource_server", "testing"],
];

/// Pairs that stand in the order of the layers, and are kept apart all the same.
const APART: [(&str, &str, &str); 6] = [
    ("grants", "authority", "grants are given a loader, and do not know who issues"),
    ("authority", "grants", "they stand beside each other"),
    ("authority", "challenge", "what an API says is missing is not the authority's matter"),
    ("authority", "policy", "what may be asked for is decided before"),
    ("export", "transport", "exports are pure functions of a definition"),
    ("export", "secret", "exports are pure functions of a definition"),
];

#[test]
fn each_file_imports_only_what_its_layer_may() {
    let source = workspace().join("jit-tools/src");
    let rank: BTreeMap<&str, usize> =
        LAYERS.iter().enumerate().flat_map(|(rank, layer)| layer.iter().map(move |name| (*name, rank))).collect();
    let mut wrong = Vec::new();
    for file in rust_files(&source) {
        let module = module_of(&source, &file);
        if module == "lib" || module == "bin" {
            continue;
        }
        let Some(own) = rank.get(module.as_str()) else {
            panic!("{} is in no layer: say in ARCHITECTURE.md and here which it is in", file.display());
        };
        for import in imports(&fs::read_to_string(&file).unwrap()) {
            let Some(theirs) = rank.get(import.as_str()) else { continue };
            let is_itself = import == module || (module == "tool::definition" && import == "tool::definition");
            let apart = APART.iter().find(|(from, to, _)| *from == module && *to == import);
            if let Some((_, _, why)) = apart {
                wrong.push(format!("{} imports {import}: {why}", file.display()));
            } else if !is_itself && theirs > own {
                wrong.push(format!("{} ({module}) imports {import}, which stands above it", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn features_are_imported_by_nothing() {
    let source = workspace().join("jit-tools/src");
    for file in rust_files(&source) {
        let module = module_of(&source, &file);
        for import in imports(&fs::read_to_string(&file).unwrap()) {
            let is_feature = ["local_authority", "resource_server", "testing"].contains(&import.as_str());
            assert!(
                !is_feature || module == import || module == "resource_server",
                "{} imports {import}",
                file.display()
            );
        }
    }
}

#[test]
fn the_wire_format_is_read_and_written_in_one_file() {
    let authority = workspace().join("jit-tools/src/authority");
    for file in rust_files(&authority) {
        if file.file_name().unwrap() == "wire.rs" || file.file_name().unwrap() == "ids.rs" {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for fields in ["struct TokenAnswer", "derive(Deserialize)]\nstruct", "json!("] {
            assert!(!text.contains(fields), "{} has wire format: {fields}", file.display());
        }
    }
}

#[test]
fn every_import_of_this_crate_is_seen_by_this_test() {
    let text = "use crate::{\n    clock::Clock,\n    tool::{Tool, definition::X},\n};\nuse crate::policy::Policy;\nlet x = crate::export::y();\n";
    assert_eq!(imports(text), ["clock", "export", "policy", "tool"]);
    assert_eq!(imports("use crate::tool::ToolDefinition;"), ["tool::definition"]);
    assert_eq!(imports("use crate::tool::{ContentPart, ToolDefinition};"), ["tool::definition"]);
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The top-level module that a file belongs to; `tool::definition` stands for itself, and for what it holds.
fn module_of(source: &Path, file: &Path) -> String {
    let path = file.strip_prefix(source).unwrap().with_extension("");
    let parts: Vec<_> = path.iter().map(|part| part.to_str().unwrap()).collect();
    match parts[..] {
        ["tool", "definition" | "contract" | "check" | "content", ..] => "tool::definition".to_owned(),
        [first, ..] => first.to_owned(),
        [] => unreachable!("a file has a name"),
    }
}

/// The top-level modules that a text imports from this crate.
fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    // Tests may import what they like.
    let text = text.split("#[cfg(test)]").next().unwrap();
    for (at, _) in text.match_indices("crate::") {
        // `$crate::` is somebody else's crate, and a doc comment imports nothing.
        let line = text[..at].rsplit('\n').next().unwrap();
        if line.ends_with('$') || line.trim_start().starts_with("//") {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => found.push(top_level(rest)),
            Some(group) => found.extend(members(group).into_iter().map(top_level)),
        }
    }
    found.retain(|name| !name.is_empty());
    found.sort();
    found.dedup();
    found
}

/// The members of a `{…}` whose opening brace is gone.
fn members(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut members) = (0, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                members.push(group[start..at].trim());
                return members;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                members.push(group[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    panic!("a `use` without an end: {group:.40}");
}

fn top_level(path: &str) -> String {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let first = name(path);
    // What a tool is and gives is at the bottom; the rest of `tool` is near the top.
    let rest = path.strip_prefix("tool::").unwrap_or_default();
    let names = rest.strip_prefix('{').map_or_else(|| vec![rest], members);
    let is_leaf = |path: &&str| ["definition", "ToolDefinition", "content", "ContentPart"].contains(&&*name(path));
    if !rest.is_empty() && names.iter().filter(|path| !path.is_empty()).all(is_leaf) {
        return "tool::definition".to_owned();
    }
    first
}
