use jit_tools::ToolContext;

fn main() {}

pub fn get(cx: &ToolContext, id: u32) {
    let _ = cx.http().get(id);
}
