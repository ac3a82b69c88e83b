use jit_tools::url;

struct Document {
    id: String,
}

fn main() {
    let document = Document { id: String::new() };
    let _ = url!("https://api.acme.com/documents/{document.id}");
}
