use jit_tools::url;

fn main() {
    let id = "doc_1";
    let _ = url!("/documents/{id}");
}
