use jit_tools::url;

fn main() {
    let query = "a=b";
    let _ = url!("https://api.acme.com/documents?{query}");
}
