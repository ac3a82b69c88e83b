#![deny(warnings, missing_docs)]

/// Public, beside what a public tool takes.
pub mod public {
    /// For all.
    #[jit_tools::jit_tool]
    pub async fn for_all(
        /// What is wanted.
        wanted: Wanted,
    ) -> String {
        wanted.0
    }

    /// An argument of a public tool.
    #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
    pub struct Wanted(String);
}

mod inner {
    use jit_tools::jit_tool;

    /// For the crate.
    #[jit_tool]
    pub(crate) async fn for_the_crate() {}

    /// For the parent.
    #[jit_tool]
    pub(super) async fn for_the_parent() {}

    pub(crate) mod deeper {
        /// For some.
        #[jit_tools::jit_tool]
        pub(in crate::forms::visibility) async fn for_some() {}
    }
}

use inner::for_the_parent;

#[test]
fn all_are_tools() {
    let tools = jit_tools::tools![
        public::for_all,
        for_the_parent,
        inner::for_the_crate,
        crate::forms::visibility::inner::deeper::for_some
    ];
    assert_eq!(tools.len(), 4);
}
