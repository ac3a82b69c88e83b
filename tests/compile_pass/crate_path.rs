#![deny(warnings)]

mod renamed {
    pub(super) use ::jit_tools::*;
}

/// Adds.
#[renamed::jit_tool(crate = self::renamed, justification = "{a}", may_request(type = "sum", identifier = "{a}"))]
async fn add(a: i64, b: Option<i64>) -> i64 {
    a + b.unwrap_or(0)
}

#[test]
fn it_is_a_tool() {
    assert_eq!(renamed::tools![add].len(), 1);
}
