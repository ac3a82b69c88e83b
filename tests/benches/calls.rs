//! What a call costs: one that meets no 403, beside the same work written by hand, and one that is escalated.
//!
//! `cargo bench --bench calls`, and with `--features count-allocations` the allocations, the counting of which takes
//! longer than a small call; the figures of one run may be compared with each other, and with nothing else.

#![expect(clippy::too_many_arguments, reason = "twenty are what is measured")]

#[path = "../integration/support.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod support;

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

#[cfg(feature = "count-allocations")]
use divan::AllocProfiler;
use divan::{Bencher, black_box};
use jit_tools::{JitContext, ToolContext, ToolError, Toolset, jit_tool, tools, url};
use serde::Deserialize;
use tokio::runtime::Runtime;

use crate::support::{API, World};

#[cfg(feature = "count-allocations")]
#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Adds two numbers.
#[jit_tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Reads a note.
#[jit_tool(may_request(type = "note", actions = ["read"], identifier = "{id}"))]
async fn read_note(cx: &ToolContext, id: String) -> Result<String, ToolError> {
    Ok(cx.http().get(url!("{API}/notes/{id}")).send().await?.error_for_status()?.text().await?)
}

/// Takes twenty numbers and texts.
#[jit_tool]
async fn twenty(
    a: i64,
    b: i64,
    c: i64,
    d: i64,
    e: i64,
    f: i64,
    g: i64,
    h: i64,
    i: i64,
    j: i64,
    k: String,
    l: String,
    m: String,
    n: String,
    o: String,
    p: String,
    q: String,
    r: String,
    s: String,
    t: String,
) -> usize {
    let numbers = a + b + c + d + e + f + g + h + i + j;
    let texts = [k, l, m, n, o, p, q, r, s, t];
    usize::try_from(numbers).unwrap_or_default() + texts.iter().map(String::len).sum::<usize>()
}

/// Takes a text of its own.
#[jit_tool]
async fn owned(text: String) -> usize {
    text.len()
}

/// Takes a text that stays in the JSON.
#[jit_tool]
async fn borrowed(text: &str) -> usize {
    text.len()
}

const ARGUMENTS: &str = r#"{"a":12,"b":30}"#;

/// The least that a call of `add` has to do.
#[divan::bench(sample_count = 300, sample_size = 1000)]
fn add_by_hand(bencher: Bencher) {
    #[derive(Deserialize)]
    struct Arguments {
        a: i64,
        b: i64,
    }
    bencher.with_inputs(|| ARGUMENTS.to_owned()).bench_values(|arguments| {
        let Arguments { a, b } = serde_json::from_str(black_box(&arguments)).unwrap();
        (a + b).to_string()
    });
}

/// The same through a toolset of 20: look-up by name, parse, body, output.
#[divan::bench(sample_count = 300, sample_size = 1000)]
fn add_as_a_tool(bencher: Bencher) {
    bench_tool(bencher, &set_of_20(), "add", || ARGUMENTS.to_owned());
}

/// Twenty fields, ten of them owned texts, by hand.
#[divan::bench(sample_count = 100, sample_size = 200)]
fn twenty_fields_by_hand(bencher: Bencher) {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Arguments {
        a: i64,
        b: i64,
        c: i64,
        d: i64,
        e: i64,
        f: i64,
        g: i64,
        h: i64,
        i: i64,
        j: i64,
        k: String,
        l: String,
        m: String,
        n: String,
        o: String,
        p: String,
        q: String,
        r: String,
        s: String,
        t: String,
    }
    bencher.with_inputs(of_twenty).bench_values(|arguments| {
        let Arguments { a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t } =
            serde_json::from_str(black_box(&arguments)).unwrap();
        let numbers = a + b + c + d + e + f + g + h + i + j;
        let texts = [k, l, m, n, o, p, q, r, s, t];
        (usize::try_from(numbers).unwrap_or_default() + texts.iter().map(String::len).sum::<usize>()).to_string()
    });
}

/// The same as a tool.
#[divan::bench(sample_count = 100, sample_size = 200)]
fn twenty_fields_as_a_tool(bencher: Bencher) {
    bench_tool(bencher, &tools![twenty], "twenty", of_twenty);
}

/// A text of 1,000 letters, copied out of the JSON.
#[divan::bench(sample_count = 100, sample_size = 200)]
fn an_owned_text(bencher: Bencher) {
    bench_tool(bencher, &tools![owned], "owned", of_text);
}

/// The same text, borrowed from the JSON.
#[divan::bench(sample_count = 100, sample_size = 200)]
fn a_borrowed_text(bencher: Bencher) {
    bench_tool(bencher, &tools![borrowed], "borrowed", of_text);
}

/// A tool that takes and does nothing: what dispatch costs by itself.
#[divan::bench(sample_count = 300, sample_size = 1000)]
fn dispatch(bencher: Bencher) {
    bench_tool(bencher, &set_of_20(), "write_e", String::new);
}

fn bench_tool(bencher: Bencher, tools: &Toolset, name: &'static str, arguments: fn() -> String) {
    let runtime = Runtime::new().unwrap();
    let jit = runtime.block_on(async { World::new().trusting_task().await });
    let _entered = runtime.enter();
    bencher.with_inputs(arguments).bench_values(|arguments| {
        // In its place, as where it is awaited.
        let call = pin!(tools.call(&jit, black_box(name), arguments));
        match call.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output.unwrap(),
            Poll::Pending => unreachable!("these tools wait for nothing"),
        }
    });
}

fn of_twenty() -> String {
    let numbers = ('a'..='j').map(|name| format!("\"{name}\":1"));
    let texts = ('k'..='t').map(|name| format!("\"{name}\":\"text\""));
    format!("{{{}}}", numbers.chain(texts).collect::<Vec<_>>().join(","))
}

fn of_text() -> String {
    format!("{{\"text\":\"{}\"}}", "x".repeat(1000))
}

/// A task, a call that meets a 403, a permission, the call again, and the end of the task, in this process: no
/// network, but all signatures.
#[divan::bench(sample_size = 1)]
fn a_whole_escalation(bencher: Bencher) {
    let runtime = Runtime::new().unwrap();
    let world = World::new();
    let tools = tools![read_note];
    bencher.bench_local(|| {
        runtime.block_on(async {
            let jit = JitContext::create_task(&world.agent, "bench").await.unwrap();
            let output = tools.call(&jit, "read_note", r#"{"id":"n1"}"#).await.unwrap();
            jit.complete_task().await.unwrap();
            output
        })
    });
}

/// The same call once the token is held: the 403, and the request again.
#[divan::bench(sample_size = 1)]
fn a_call_with_a_token_that_is_held(bencher: Bencher) {
    let runtime = Runtime::new().unwrap();
    let world = World::new();
    let tools = tools![read_note];
    let jit = runtime.block_on(JitContext::create_task(&world.agent, "bench")).unwrap();
    bencher.bench_local(|| runtime.block_on(tools.call(&jit, "read_note", r#"{"id":"n1"}"#)).unwrap());
}

/// `add` among 19 others, so that finding it is work.
fn set_of_20() -> Toolset {
    macro_rules! others {
        ($($name:ident)*) => {{
            $(
                /// Does nothing.
                #[jit_tool]
                async fn $name() {}
            )*
            tools![$($name),*]
        }};
    }
    let mut tools = others! {
        read_a read_b read_c read_d read_e read_f read_g read_h read_i read_j
        write_a write_b write_c write_d write_e write_f write_g write_h write_i
    };
    tools.merge(tools![add]).unwrap();
    tools
}
