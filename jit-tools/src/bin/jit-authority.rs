//! An authority on this machine, for development and tests. `jit-authority --help` explains.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    jit_tools::local_authority::cli::run(std::env::args_os(), |name| std::env::var(name).ok()).await
}
