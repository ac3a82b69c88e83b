//! What ARCHITECTURE.md says of the structure, held against the code.

mod layers;
mod packages;

use std::path::{Path, PathBuf};

/// The workspace's folder.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
