//! The HTML. maud escapes every value.

pub(super) mod frame;
pub(super) mod lists;
mod pieces;
pub(super) mod request;
pub(super) mod task;
