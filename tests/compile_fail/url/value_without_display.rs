use jit_tools::url;

fn main() {
    let id = Some("doc_1");
    let _ = url!("https://api.acme.com/documents/{id}");
}
