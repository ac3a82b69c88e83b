#![deny(warnings)]

use jit_tools::jit_tool;

/// Counts things of one kind.
#[jit_tool]
pub(crate) async fn count<T, const MOST: usize>(things: Vec<T>) -> usize
where
    T: serde::de::DeserializeOwned + schemars::JsonSchema + Send,
{
    things.len().min(MOST)
}

#[test]
fn it_is_a_tool_for_each_choice_of_its_types() {
    assert_eq!(jit_tools::tools![count::<u8, 3>].len(), 1);
    assert_eq!(jit_tools::tools![count::<String, 4>].len(), 1);
}
