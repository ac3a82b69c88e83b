//! Holds what a model sees against a file.

use std::{env, fs, io, path::Path, path::PathBuf};

use serde_json::Value;

/// The variable that has golden files written instead of compared.
const UPDATE: &str = "UPDATE_GOLDEN";

/// What a model sees is not what the file says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GoldenError {
    /// The file says something else, or is not there.
    #[error(
        "what the model sees has changed: line {line} of {} is `{expected}`, and would be `{found}`; if that is meant, \
         run the test again with {UPDATE}=1 and review the difference",
        path.display()
    )]
    Changed {
        /// The file.
        path: PathBuf,
        /// The first line that differs.
        line: usize,
        /// What the file says there.
        expected: String,
        /// What the model would see.
        found: String,
    },
    /// The file could not be read or written.
    #[error("the file {} could not be read or written", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

pub(super) fn compare(tools: &[Value], path: &Path) -> Result<(), GoldenError> {
    let io = |source| GoldenError::Io { path: path.to_owned(), source };
    let found = format!("{:#}\n", Value::Array(tools.to_vec()));
    if env::var_os(UPDATE).is_some_and(|value| value == "1") {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io)?;
        }
        return fs::write(path, found).map_err(io);
    }
    let expected = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(io(error)),
    };
    let (mut expected_lines, mut found_lines) = (expected.lines(), found.lines());
    for line in 1.. {
        let (expected, found) = (expected_lines.next(), found_lines.next());
        if expected.is_none() && found.is_none() {
            break;
        }
        if expected != found {
            let text = |line: Option<&str>| line.unwrap_or_default().trim().to_owned();
            return Err(GoldenError::Changed {
                path: path.to_owned(),
                line,
                expected: text(expected),
                found: text(found),
            });
        }
    }
    Ok(())
}
