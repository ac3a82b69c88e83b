#![allow(unused)]


struct Fetch {}

fn main() {
    let _ = jit_tools::tools![Fetch];
}
