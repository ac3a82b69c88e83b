#![deny(warnings, missing_docs)]

mod inner {
    use jit_tools::jit_tool;

    /// For the crate.
    #[jit_tool]
    pub(crate) async fn for_the_crate() {}

    /// For the parent.
    #[jit_tool]
    pub(super) async fn for_the_parent() {}

    pub(crate) mod deeper {
        /// For all.
        #[jit_tools::jit_tool]
        pub(in crate::visibility) async fn for_some() {}
    }
}

use inner::for_the_parent;

#[test]
fn all_are_tools() {
    let tools = jit_tools::tools![for_the_parent, inner::for_the_crate, crate::visibility::inner::deeper::for_some];
    assert_eq!(tools.len(), 3);
}
