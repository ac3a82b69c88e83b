//! An agent with two tools meets a 403 twice, asks for exactly what is missing, finishes the work and gives everything
//! back.
//!
//! ```text
//! cargo run --example document_analyst
//! ```
//!
//! Without any environment it starts all that it needs on loopback: an authority, the document API, and a scripted
//! model. Each is replaced by what the environment names, on its own:
//!
//! - the authority: `LUMOAUTH_URL`, with `LUMOAUTH_ORG_ID` or `LUMOAUTH_TENANT`, `AGENT_CLIENT_ID` and
//!   `AGENT_CLIENT_SECRET`;
//! - the document API: `ACME_API_URL`;
//! - the model: `OPENAI_BASE_URL`, with `OPENAI_API_KEY` and `OPENAI_MODEL`.

use std::{env, error::Error, process::ExitCode};

use jit_tools::{
    Agent, BaseUrl, JitContext, LumoAuthAgent, Policy, Runner,
    agent::OpenAiModel,
    authority::LumoAuthAgentBuilder,
    local_authority::LocalAuthority,
    resource_server::{TokenVerifier, TokenVerifierBuilder},
    tools,
    transport::HttpTransport,
};
use jit_tools_examples::document_analyst::{
    account::Account,
    document_api, scripted_model,
    tools::{self as document_tools, fetch_protected_document, summarize_and_save},
};

const TASK: &str = "Fetch document doc_9982, summarize it in two sentences, and save the summary.";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(answer) => {
            println!("\n{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("document_analyst: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<String, Box<dyn Error>> {
    // The authority, and who the agent is there. The local one lives as long as this function.
    let local = if is_set("LUMOAUTH_URL") { None } else { Some(LocalAuthority::start().await?) };
    let access = Access::of(local.as_ref())?;
    let account = Account::new(access.url.parse()?, |line| println!("{line}"));
    let http = std::sync::Arc::new(HttpTransport::new()?);
    let agent = access.agent().transport(account.transport(http)).build()?;

    let api = match env::var("ACME_API_URL") {
        Ok(url) if !url.is_empty() => url,
        _ => document_api::start(access.verifier()?).await?,
    };
    let api: BaseUrl = api.parse().map_err(|error| format!("ACME_API_URL: {error}"))?;
    document_tools::use_api(api.clone());

    let model = if is_set("OPENAI_BASE_URL") {
        OpenAiModel::from_env()?
    } else {
        OpenAiModel::new(&scripted_model::start().await?, "none", "scripted")?
    };

    println!("Task:      {TASK}\nAuthority: {}\nAPI:       {api}\nModel:     {}\n", access.url, model.base_url());
    let analyst = Agent::builder("Document Analyst")
        .instructions("You fetch documents and summarize them with the tools that you have. Never invent a document.")
        .tools(tools![fetch_protected_document, summarize_and_save])
        .model(account.model(model))
        .build();

    // What the tools may ask for is theirs to declare, and none has business anywhere else than at this API. It answers
    // 403 without a token too, so it is sent none before.
    let policy = Policy::new().allow_requests_to(api)?;
    let result = JitContext::builder(&agent, "Document Analyst")
        .policy(policy)
        .run_task(|jit| async move { Runner::new(&jit).run(&analyst, TASK).await })
        .await?;
    Ok(result.final_output().to_owned())
}

/// The authority in use, and the agent's credentials there.
struct Access<'a> {
    local: Option<&'a LocalAuthority>,
    url: String,
}

impl<'a> Access<'a> {
    fn of(local: Option<&'a LocalAuthority>) -> Result<Self, Box<dyn Error>> {
        let url = match local {
            Some(local) => local.url(),
            None => env::var("LUMOAUTH_URL")?,
        };
        Ok(Self { local, url })
    }

    fn agent(&self) -> LumoAuthAgentBuilder {
        match self.local {
            None => LumoAuthAgent::builder().from_env(),
            Some(local) => LumoAuthAgent::builder()
                .url(local.url())
                .org(local.org())
                .client_id(local.client_id())
                .client_secret(local.client_secret()),
        }
    }

    /// What the document API asks about tokens, where it is started here.
    fn verifier(&self) -> Result<TokenVerifierBuilder, Box<dyn Error>> {
        Ok(match self.local {
            Some(local) => {
                TokenVerifier::builder(local.url(), local.org()).client(local.client_id(), local.client_secret())
            }
            None => {
                let tenant = env::var("LUMOAUTH_ORG_ID").or_else(|_| env::var("LUMOAUTH_TENANT"))?;
                TokenVerifier::builder(self.url.as_str(), tenant)
                    .client(env::var("AGENT_CLIENT_ID")?, env::var("AGENT_CLIENT_SECRET")?)
            }
        })
    }
}

fn is_set(variable: &str) -> bool {
    env::var(variable).is_ok_and(|value| !value.is_empty())
}
