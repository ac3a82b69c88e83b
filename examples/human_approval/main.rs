//! A tool deletes a document, which is for a person to decide: the run waits, and goes on when the person has.
//!
//! ```text
//! cargo run --example human_approval
//! ```
//!
//! Without any environment it starts an authority on loopback, and prints the link to its page. Approve there, and the
//! document is deleted; run it again and deny, and it stays.
//!
//! Such an authority ends with the run. With one that does not, a run can be stopped while it waits (Ctrl-C, or even
//! `kill -9`), and the next one goes on with the same request:
//!
//! ```text
//! cargo run -p jit-tools --features local-authority --bin jit-authority     # in another terminal
//! export LUMOAUTH_URL=… LUMOAUTH_ORG_ID=… AGENT_CLIENT_ID=… AGENT_CLIENT_SECRET=…     # as it prints them
//! cargo run --example human_approval     # Ctrl-C while it waits
//! cargo run --example human_approval
//! ```
//!
//! What has to outlive a run is in the folder `HUMAN_APPROVAL_FOLDER`, or else in one for temporary files.

use std::{
    env,
    error::Error,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use jit_tools::{
    ApprovalWait, FileJournal, JitContext, LumoAuthAgent, ToolError, ToolOutput, Toolset,
    local_authority::LocalAuthority,
    resource_server::{TokenVerifier, TokenVerifierBuilder},
    session::JitContextBuilder,
    tools,
};
use jit_tools_examples::human_approval::{
    document_api,
    stop::Stop,
    tools::{self as document_tools, delete_document},
    waiting::Waiting,
};

/// The call, as a model would write it.
const ARGUMENTS: &str = r#"{"document_id":"doc_1207","reason":"nobody opened it for nine years"}"#;
/// How long a task is kept for the next run.
const KEEP_FOR: Duration = Duration::from_secs(3600);

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("human_approval: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut stop = Stop::listen()?;
    // The local authority lives as long as this function.
    let local = if is_set("LUMOAUTH_URL") { None } else { Some(LocalAuthority::start().await?) };
    let (agent, verifier) = access(local.as_ref())?;
    let folder = folder(local.is_some());
    tokio::fs::create_dir_all(&folder).await?;

    let earlier = Waiting::load(&folder, &agent).await?;
    let documents = folder.join("documents");
    if earlier.is_none() {
        document_api::fill(&documents).await?;
    }
    // An approval is bound to the address, so it has to be the same again.
    let address = earlier.as_ref().map_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), |earlier| earlier.api);
    let api = document_api::start(address, documents, verifier).await?;
    document_tools::use_api(format!("http://{api}").parse()?);

    let journal = FileJournal::open(folder.join("tasks")).await?.shared();
    let builder = JitContext::builder(&agent, "Tidy up the archive").journal(journal);
    let toolset = tools![delete_document];
    let waiting = match earlier {
        Some(earlier) => {
            println!("An earlier run was stopped while it waited; this one goes on with its request.");
            Some(earlier)
        }
        None => ask(&builder, &toolset, api, &folder).await?,
    };
    if let Some(waiting) = waiting {
        match &local {
            Some(local) => println!("Decide at {}", local.login_link()),
            None => println!("Decide on the page of {}", agent.origin()),
        }
        wait(&builder, &toolset, waiting, &folder, &mut stop, local.is_some()).await?;
    }
    if local.is_some() {
        tokio::fs::remove_dir_all(&folder).await?;
    }
    Ok(())
}

/// Calls the tool without waiting for a person. `None` where none has to decide, and all is done.
async fn ask(
    builder: &JitContextBuilder,
    toolset: &Toolset,
    api: SocketAddr,
    folder: &Path,
) -> Result<Option<Waiting>, Box<dyn Error>> {
    let jit = builder.clone().approval_wait(ApprovalWait::none()).create_task().await?;
    let outcome = toolset.call(&jit, "delete_document", ARGUMENTS).await;
    let pending = outcome.as_ref().err().and_then(ToolError::escalation).and_then(|error| error.pending());
    let Some(pending) = pending.cloned() else {
        jit.complete_task().await?;
        tell(outcome)?;
        return Ok(None);
    };
    let waiting = Waiting { pending, api };
    waiting.save(folder).await?;
    // From here on the task does not depend on this process.
    jit.suspend(KEEP_FOR).await?;
    Ok(Some(waiting))
}

/// Goes on with a request, in the run that asked or in a later one.
async fn wait(
    builder: &JitContextBuilder,
    toolset: &Toolset,
    waiting: Waiting,
    folder: &Path,
    stop: &mut Stop,
    ends_with_the_authority: bool,
) -> Result<(), Box<dyn Error>> {
    let Waiting { pending, .. } = waiting;
    let wait = ApprovalWait { interval: Duration::from_secs(1), ..ApprovalWait::default() };
    let jit = builder.clone().approval_wait(wait).resume_task(pending.task_id.clone()).await?;
    let what = pending.detail.summary();
    jit.adopt(pending)?;

    println!("Waits for a person: {what}");
    let line = progress(&what);
    let outcome = tokio::select! {
        outcome = toolset.call(&jit, "delete_document", ARGUMENTS) => Some(outcome),
        () = stop.received() => None,
    };
    line.finish_and_clear();
    match outcome {
        Some(outcome) => {
            // First of all the tokens end, whatever came out.
            let completed = jit.complete_task().await;
            Waiting::forget(folder).await?;
            tell(outcome)?;
            completed?;
            println!("The task is completed, and its tokens are revoked.");
        }
        None if ends_with_the_authority => {
            jit.complete_task().await?;
            println!("Stopped. The authority ends with this run, so the task is completed.");
        }
        None => {
            jit.suspend(KEEP_FOR).await?;
            println!("Stopped. The request still waits: run the example again to go on with it.");
        }
    }
    Ok(())
}

/// What came of the call. A person's no is no failure of the run.
fn tell(outcome: Result<ToolOutput, ToolError>) -> Result<(), Box<dyn Error>> {
    match outcome {
        Ok(output) => println!("Approved. {}", output.as_text()),
        Err(error) if error.is_denied() => {
            println!("Denied. The document stays.");
            if let Some(message) = error.escalation().and_then(|error| error.agent_message()) {
                println!("The person says: {}", message.escape_debug());
            }
        }
        Err(error) => return Err(error.to_string().into()),
    }
    Ok(())
}

/// A line that moves while nothing else does. It is drawn on a terminal, and nowhere else.
fn progress(what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}, {elapsed} so far (Ctrl-C stops)");
    let line = ProgressBar::new_spinner().with_message(format!("a person decides about {what}"));
    line.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    line.enable_steady_tick(Duration::from_millis(120));
    line
}

/// Who the agent is, and how the API checks tokens.
fn access(local: Option<&LocalAuthority>) -> Result<(LumoAuthAgent, TokenVerifierBuilder), Box<dyn Error>> {
    let (agent, secret) = match local {
        None => (LumoAuthAgent::from_env()?, env::var("AGENT_CLIENT_SECRET")?),
        Some(local) => {
            let agent = LumoAuthAgent::builder()
                .url(local.url())
                .org(local.org())
                .client_id(local.client_id())
                .client_secret(local.client_secret())
                .build()?;
            (agent, local.client_secret().to_owned())
        }
    };
    let verifier = TokenVerifier::builder(agent.origin().to_string(), agent.tenant());
    let verifier = verifier.client(agent.client_id(), secret);
    Ok((agent, verifier))
}

/// Where documents, the journal and what waits are kept. With an authority that ends with the run, nothing has to stay.
fn folder(ends_with_the_run: bool) -> PathBuf {
    match env::var_os("HUMAN_APPROVAL_FOLDER") {
        Some(folder) if !folder.is_empty() => folder.into(),
        _ if ends_with_the_run => env::temp_dir().join(format!("jit-tools-human-approval-{}", std::process::id())),
        _ => env::temp_dir().join("jit-tools-human-approval"),
    }
}

fn is_set(variable: &str) -> bool {
    env::var(variable).is_ok_and(|value| !value.is_empty())
}
