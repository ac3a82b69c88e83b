use jit_tools::url;

fn main() {
    let id = "doc_1";
    let _ = url!("https://api.acme.com/documents/{id}", document_id = id);
}
