use jit_tools::url;

fn main() {
    let tenant = "acme";
    let _ = url!("https://{tenant}.example.com/documents");
}
