//! `#[jit_tool(validate)]`: checks that an argument's type brings along itself, made before the body runs.
//!
//! They are garde's, and not validator's: a default build of its trait has three small dependencies, where validator
//! brings regular expressions, IDNA and URLs, and its reports have the path of each value at fault.

use crate::tool::ToolError;

/// Has a value check itself.
///
/// # Errors
/// Names the first value at fault, in the words of its type's author.
#[cfg(feature = "garde")]
pub fn validate<T>(argument: &str, value: &T) -> Result<(), ToolError>
where
    T: garde::Validate<Context: Default>,
{
    let Err(report) = value.validate() else { return Ok(()) };
    let Some((path, error)) = report.iter().next() else { return Ok(()) };
    let path = path.to_string();
    let path = match (argument, path.as_str()) {
        (argument, "") => argument.to_owned(),
        ("", path) => path.to_owned(),
        (argument, path) => format!("{argument}.{path}"),
    };
    Err(ToolError::constraint(path, error.message()))
}

/// What nothing implements without the feature.
#[cfg(not(feature = "garde"))]
#[diagnostic::on_unimplemented(
    message = "`#[jit_tool(validate)]` needs the feature `garde` of jit-tools",
    label = "there is nothing that would check it",
    note = "write `jit-tools = {{ version = \"…\", features = [\"garde\"] }}`, and derive `garde::Validate`"
)]
pub trait Validate {}

/// Has a value check itself, with the feature `garde`.
///
/// # Errors
/// Never: it cannot be called.
#[cfg(not(feature = "garde"))]
pub fn validate<T: Validate>(_: &str, _: &T) -> Result<(), ToolError> {
    Ok(())
}
