//! What each provider is sent for each type, reviewed and kept in `golden/exports`.
//!
//! `UPDATE_GOLDEN=1 cargo test -p jit-tools-tests --test exports golden` writes the files anew.

use std::{env, fs, path::PathBuf};

use serde_json::{Map, Value, json};

use crate::{forms, zoo};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/exports")
}

/// All types in one form: the tool, or why there is none, and whether it is strict.
fn exported(options: &jit_tools::export::ExportOptions) -> Value {
    let mut types = Map::new();
    for entry in zoo::entries() {
        let shown = match forms::export_one(&entry.definition, options) {
            Ok(export) => {
                let mut shown = json!({ "tool": export.tools()[0] });
                if let Some(relaxed) = export.relaxed().first() {
                    shown["not strict"] = json!(format!("{}: {}", relaxed.path(), relaxed.reason()));
                }
                if !export.is_verbatim(entry.name) {
                    let wire: Vec<_> =
                        entry.reads.iter().map(|value| export.encode(entry.name, value).unwrap()).collect();
                    shown["values"] = json!(wire);
                }
                shown
            }
            Err(error) => json!({ "error": error.to_string() }),
        };
        types.insert(entry.name.to_owned(), shown);
    }
    types.into()
}

#[test]
fn every_provider_is_sent_what_was_reviewed() {
    let mut changed = Vec::new();
    for (name, options) in forms::all() {
        let path = folder().join(format!("{name}.json"));
        let found = format!("{:#}\n", exported(&options));
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(folder()).unwrap();
            fs::write(&path, &found).unwrap();
        }
        if fs::read_to_string(&path).unwrap_or_default() != found {
            changed.push(path.display().to_string());
        }
    }
    assert!(changed.is_empty(), "these are not what they were; review them with UPDATE_GOLDEN=1: {changed:#?}");
}

#[test]
fn there_are_forty_awkward_types_and_more() {
    assert!(zoo::entries().len() >= 40);
}
