//! Prints tools in the form that a provider takes.
//!
//! ```text
//! cargo run --example export_schemas -- --provider openai-responses --strict
//! cargo run --example export_schemas -- --list
//! ```

use std::{
    env,
    error::Error,
    io::{self, Write},
    process::ExitCode,
};

use jit_tools::{
    Toolset,
    export::{ExportOptions, Provider},
    tools,
};
use jit_tools_examples::{
    document_analyst::tools::{fetch_protected_document, summarize_and_save},
    export_schemas::{
        command_line::{self, Request},
        tools::book_room,
    },
};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("export_schemas: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    match command_line::read(env::args().skip(1))? {
        Request::List => {
            for provider in Provider::all() {
                let strict = if provider.has_strict_mode() { " (also --strict)" } else { "" };
                writeln!(io::stdout(), "{provider}{strict}")?;
            }
            Ok(())
        }
        Request::Print(options) => {
            // Copy the function below, and name your own tools here.
            let tools = tools![fetch_protected_document, summarize_and_save, book_room];
            print(&tools, &options)
        }
    }
}

/// Prints what a provider is sent, and says which tools could not be strict and why.
fn print(tools: &Toolset, options: &ExportOptions) -> Result<(), Box<dyn Error>> {
    let export = tools.export_with(options)?;
    writeln!(io::stdout(), "{:#}", export.request())?;
    for tool in export.relaxed() {
        eprintln!("{} is not strict: at {}, {}; {}", tool.tool(), tool.path(), tool.reason(), tool.remedy());
    }
    Ok(())
}
