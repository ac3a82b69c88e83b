//! The documented agent, end to end: real HTTP, real tokens, a real authority.

use std::sync::Arc;

use jit_tools::{
    Agent, JitContext, LumoAuthAgent, Runner, agent::OpenAiModel, local_authority::LocalAuthority,
    resource_server::TokenVerifier, tools, transport::HttpTransport,
};
use jit_tools_examples::document_analyst::{
    account::Account,
    document_api, scripted_model,
    tools::{fetch_protected_document, summarize_and_save, use_api},
};

#[tokio::test]
async fn the_documented_run_makes_these_14_calls_and_leaves_no_live_token() {
    let authority = LocalAuthority::start().await.unwrap();
    let account = Account::new(authority.url().parse().unwrap(), |_| {});
    let agent = LumoAuthAgent::builder()
        .url(authority.url())
        .org(authority.org())
        .client_id(authority.client_id())
        .client_secret(authority.client_secret())
        .transport(account.transport(Arc::new(HttpTransport::new().unwrap())))
        .build()
        .unwrap();
    let verifier = TokenVerifier::builder(authority.url(), authority.org())
        .client(authority.client_id(), authority.client_secret());
    let api = document_api::start(verifier).await.unwrap();
    use_api(api.parse().unwrap());
    let model = OpenAiModel::new(&scripted_model::start().await.unwrap(), "none", "scripted").unwrap();
    let analyst = Agent::builder("Document Analyst")
        .tools(tools![fetch_protected_document, summarize_and_save])
        .model(account.model(model))
        .build();

    let result = JitContext::builder(&agent, "Document Analyst")
        .run_task(|jit| async move {
            let task = "Fetch document doc_9982, summarize it in two sentences, and save the summary.";
            Runner::new(&jit).run(&analyst, task).await
        })
        .await
        .unwrap();
    assert!(result.final_output().contains("The harbour authority of Port Lindqvist"), "{}", result.final_output());

    let without_ids = |call: String| {
        let hide = |part: &str| {
            if part.starts_with("task_") || part.starts_with("jitreq_") { "{id}" } else { part }.to_owned()
        };
        call.split('/').map(hide).collect::<Vec<_>>().join("/")
    };
    assert_eq!(
        account.calls().into_iter().map(without_ids).collect::<Vec<_>>(),
        [
            "authority POST /oauth/token 200",
            "authority POST /jit/task 201",
            "model",
            "API GET /v1/documents/doc_9982 403",
            "authority POST /jit/request 201",
            "authority POST /jit/request/{id}/token 200",
            "API GET /v1/documents/doc_9982 200",
            "model",
            "API POST /v1/documents/doc_9982/summaries 403",
            "authority POST /jit/request 201",
            "authority POST /jit/request/{id}/token 200",
            "API POST /v1/documents/doc_9982/summaries 201",
            "model",
            "authority POST /jit/task/{id}/complete 200",
        ]
    );
    assert_eq!(authority.issued_tokens().len(), 2);
    assert!(authority.live_tokens().is_empty());
}
