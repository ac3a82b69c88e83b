use jit_tools::url;

fn main() {
    let text = "https://api.acme.com/documents";
    let _ = url!(text);
    let _ = url!("https://api.acme.com/documents/{id}", text);
}
