#![allow(unused)]


async fn fetch() {}

fn main() {
    let _ = jit_tools::tools![fetch];
}
