//! A task at an authority in this process.

use std::sync::Arc;

use jit_tools::{
    JitContext, LumoAuthAgent, Toolset, local_authority::LocalAuthority, testing::InProcess, tool::CallOptions,
};

const AUTHORITY: &str = "https://authority.test";

pub(crate) async fn task() -> JitContext {
    let authority =
        LocalAuthority::builder().url(AUTHORITY).org("acme-corp").client("agt_x", "s3cret").build().unwrap();
    let agent = LumoAuthAgent::builder()
        .url(AUTHORITY)
        .org("acme-corp")
        .client_id("agt_x")
        .client_secret("s3cret")
        .transport(Arc::new(InProcess::new().serve(AUTHORITY, authority.router()).unwrap()))
        .build()
        .unwrap();
    JitContext::create_task(&agent, "test").await.unwrap()
}

/// What a model reads after a call of the only tool.
pub(crate) async fn answer(tools: Toolset, arguments: &str) -> String {
    answer_with(tools, arguments, CallOptions::new()).await
}

pub(crate) async fn answer_with(tools: Toolset, arguments: &str, options: CallOptions) -> String {
    let name = tools.definitions().next().unwrap().name().to_owned();
    match tools.call_with(&task().await, &name, arguments, &options).await {
        Ok(output) => output.into_text(),
        Err(error) => error.for_model(),
    }
}
