//! What was asked for on the command line.

use jit_tools::export::{ExportOptions, Provider};

/// How the example is called.
pub const USAGE: &str = "usage: export_schemas --provider NAME [--strict] | --list";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// Name the providers.
    List,
    /// Print the tools.
    Print(ExportOptions),
}

/// Reads the arguments after the program's name.
pub fn read(arguments: impl IntoIterator<Item = String>) -> Result<Request, String> {
    let (mut provider, mut is_strict) = (None, false);
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--list" => return Ok(Request::List),
            "--strict" => is_strict = true,
            "--provider" => {
                let name = arguments.next().ok_or_else(|| format!("--provider needs a name\n{USAGE}"))?;
                provider = Some(name.parse::<Provider>().map_err(|error| error.to_string())?);
            }
            other => return Err(format!("{other} is not known\n{USAGE}")),
        }
    }
    let options = ExportOptions::new(provider.ok_or(USAGE)?);
    Ok(Request::Print(if is_strict { options.strict() } else { options }))
}
