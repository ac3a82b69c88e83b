#![deny(warnings)]

macro_rules! getter {
    ($name:ident, $text:literal, $argument:ident: $type:ty) => {
        /// Gets.
        #[jit_tools::jit_tool(name = $text, justification = "Getting {id}")]
        async fn $name(cx: &jit_tools::ToolContext, $argument: $type) -> $type {
            let _ = cx;
            $argument
        }
    };
}

getter!(get_text, "get-text", id: String);
getter!(get_number, "get-number", id: u64);

#[test]
fn all_are_tools() {
    assert_eq!(jit_tools::tools![get_text, get_number].len(), 2);
}
