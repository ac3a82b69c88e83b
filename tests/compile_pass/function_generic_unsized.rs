#![deny(warnings)]

use jit_tools::{jit_tool, tool::State, tools};

use crate::task::answer;

trait Store: Send + Sync + 'static {
    fn size(&self) -> usize;
}

impl Store for str {
    fn size(&self) -> usize {
        self.len()
    }
}

/// Says how large the store is.
#[jit_tool]
async fn size<S: Store + ?Sized>(store: State<S>) -> usize {
    store.size()
}

/// Says how large the store is, twice.
#[jit_tool]
async fn twice<S>(store: State<S>) -> usize
where
    S: Store + ?Sized,
{
    store.size() * 2
}

#[tokio::test]
async fn a_type_parameter_has_no_size_where_the_author_asks_for_none() {
    let state = || State::<str>::from(std::sync::Arc::from("abc"));
    assert_eq!(answer(tools![size::<str>].with_state(state()), "").await, "3");
    assert_eq!(answer(tools![twice::<str>].with_state(state()), "").await, "6");
}
