//! A task at an authority in this process.

use std::sync::Arc;

use jit_tools::{JitContext, LumoAuthAgent, local_authority::LocalAuthority, testing::InProcess};

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
