#![deny(warnings)]

use jit_tools::{
    jit_tool,
    tool::{CallOptions, Progress},
    tools,
};

use crate::task::answer_with;

/// Reports.
#[jit_tool]
async fn echo(progress: Progress) {
    progress.report(1.0, None, None);
}

#[tokio::test]
async fn a_call_hands_in_who_hears_of_progress() {
    let options = CallOptions::new().progress(|update| assert!(update.done > 0.5));
    assert_eq!(answer_with(tools![echo], "", options).await, "done");
}
