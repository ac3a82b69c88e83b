//! The command line of `jit-authority`.

mod arguments;
mod desk;
mod shown;
mod table;

use std::{
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
};

use self::arguments::{Command, Options, REVIEWER_VARIABLE};
use super::{LocalAuthority, LocalAuthorityBuilder, LocalAuthorityError};
use crate::secret::AccessToken;

/// The exit status of a command line that cannot be followed.
const USAGE: u8 = 2;

/// Runs `jit-authority` until Ctrl-C or SIGTERM, or one command of a reviewer against one that runs.
///
/// `arguments` are those of the process, its own name first; `variable` looks up the environment. The first line on
/// standard output is `ready URL`. Ends with 0 after a signal, with 2 when the command line is at fault, and with 1 when
/// anything else is; each fault is one sentence on standard error.
pub async fn run(arguments: impl IntoIterator<Item = OsString>, variable: impl Fn(&str) -> Option<String>) -> ExitCode {
    let fail = |code: u8, sentence: &dyn std::fmt::Display| {
        // Where even this cannot be written, the exit status still says it.
        let _ = writeln!(io::stderr(), "jit-authority: {sentence}");
        ExitCode::from(code)
    };
    let options = match arguments::parse(arguments, variable) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Print(text)) => {
            return match io::stdout().write_all(text.as_bytes()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            };
        }
        Ok(Command::Review(call)) => {
            return match desk::run(call).await {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => fail(1, &error),
            };
        }
        Err(sentence) => return fail(USAGE, &format!("{sentence}; see --help")),
    };
    match serve(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Start(error)) if error.is_setting() => fail(USAGE, &error),
        Err(error) => fail(1, &error),
    }
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Start(#[from] LocalAuthorityError),
    #[error("signals cannot be received: {0}")]
    Signals(io::Error),
    #[error("a user cannot be signed in: the audit log or the store cannot be written")]
    NothingGranted,
    #[error("standard output cannot be written: {0}")]
    Output(io::Error),
}

async fn serve(options: Options) -> Result<(), Failure> {
    // Before anything is printed: whoever reads `ready` may stop the process at once.
    let mut signals = Signals::listen().map_err(Failure::Signals)?;

    let mut builder = LocalAuthority::builder().listen(options.listen).org(options.org);
    // A secret that nobody chose has to be shown to somebody.
    let shows_secret = options.clients.is_empty();
    for (id, secret) in options.clients {
        builder = builder.client(id, secret);
    }
    for (id, capabilities) in options.capabilities {
        builder = builder.capabilities(id, capabilities);
    }
    for (id, tokens) in options.budgets {
        builder = builder.budget(id, tokens);
    }
    builder = options.users.iter().fold(builder, LocalAuthorityBuilder::user);
    builder = options.low_risk_types.into_iter().fold(builder, LocalAuthorityBuilder::low_risk_type);
    builder = options.webhook_origins.into_iter().fold(builder, LocalAuthorityBuilder::webhook_origin);
    let shows_reviewer = options.reviewer_token.is_none();
    if let Some(token) = options.reviewer_token {
        builder = builder.reviewer_token(token);
    }
    builder = builder.rate_limits(options.limits);
    if let Some(path) = options.store {
        builder = builder.store_file(path);
    }
    builder = match options.audit {
        None => builder,
        Some(path) if path.as_os_str() == "-" => builder.audit_writer(io::stdout()),
        Some(path) => builder.audit_file(path),
    };
    let authority = builder.start().await?;
    let mut tokens = Vec::new();
    for user in &options.users {
        let token = authority.user_token(user).await.ok_or(Failure::NothingGranted)?;
        tokens.push((user.as_str(), token));
    }
    let printed = announce(&authority, shows_secret, shows_reviewer, &tokens);
    if printed.is_ok() {
        tokio::select! {
            () = signals.received() => {}
            () = authority.audit_failed() => {
                let sentence = "jit-authority: the audit log cannot be written: nothing is granted until a restart";
                let _ = writeln!(io::stderr(), "{sentence}");
                // What was granted can still be given back.
                signals.received().await;
            }
        }
    }
    authority.shutdown().await;
    printed.map_err(Failure::Output)
}

fn announce(
    authority: &LocalAuthority,
    shows_secret: bool,
    shows_reviewer: bool,
    users: &[(&str, AccessToken)],
) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "ready {}", authority.url())?;
    writeln!(out, "approve or deny at {}", authority.login_link())?;
    if shows_reviewer {
        writeln!(out, "for a reviewer: {REVIEWER_VARIABLE}={}", authority.reviewer_token().expose())?;
    }
    writeln!(out, "for an agent: LUMOAUTH_URL={}", authority.url())?;
    writeln!(out, "for an agent: LUMOAUTH_ORG_ID={}", authority.org())?;
    writeln!(out, "for an agent: AGENT_CLIENT_ID={}", authority.client_id())?;
    if shows_secret {
        writeln!(out, "for an agent: AGENT_CLIENT_SECRET={}", authority.client_secret())?;
    }
    for (user, token) in users {
        writeln!(out, "the token of {user}: {}", token.expose())?;
    }
    if let Some(secret) = authority.webhook_secret() {
        writeln!(out, "webhooks are signed with {secret}")?;
    }
    out.flush()
}

/// What ends the process in an orderly way.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    #[cfg(unix)]
    async fn received(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn received(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
