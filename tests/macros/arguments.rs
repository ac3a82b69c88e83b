//! Arguments: borrowed, with defaults, all in one struct, and those that the call hands in.

#![expect(clippy::too_many_arguments, reason = "all forms at once")]

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use jit_tools::{
    Tool, ToolContext, ToolError, jit_tool,
    tool::{CallData, CallOptions, CancellationToken, FromContext, Progress, State},
    tools,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::task::task;

/// Echoes what it borrows.
#[jit_tool(justification = "{text} {cow}")]
async fn borrow<'a>(
    text: &'a str,
    list: &[u8],
    cow: Cow<'a, str>,
    maybe_text: Option<&str>,
    maybe_list: Option<&[String]>,
    maybe_cow: Option<Cow<'_, str>>,
    #[serde(default)] left_out: &str,
    #[serde(rename = "other-name")] renamed: Option<&str>,
    #[jit_tool(default = "none")] defaulted: &str,
) -> String {
    let is_borrowed = matches!(cow, Cow::Borrowed(_));
    format!(
        "{text} {list:?} {cow} {is_borrowed} {maybe_text:?} {maybe_list:?} {maybe_cow:?} {left_out:?} {renamed:?} {defaulted}"
    )
}

#[tokio::test]
async fn arguments_are_borrowed_where_the_json_has_them_as_they_are() {
    let jit = task().await;
    let tools = tools![borrow];
    let arguments = r#"{"text":"a","list":[1,2],"cow":"c"}"#;
    let output = tools.call(&jit, "borrow", arguments).await.unwrap();
    assert_eq!(output.as_text(), r#"a [1, 2] c true None None None "" None none"#);
    let arguments = r#"{"text":"a\n\u0062","list":[],"cow":"\u0063","maybe_text":"\t","maybe_list":["l"],
        "maybe_cow":"m","left_out":"\u00e4","other-name":"o","defaulted":"\\"}"#;
    let output = tools.call(&jit, "borrow", arguments).await.unwrap();
    assert_eq!(output.as_text(), "a\nb [] c false Some(\"\\t\") Some([\"l\"]) Some(\"m\") \"ä\" Some(\"o\") \\");
    assert!(borrow {}.entitlement(arguments).unwrap().justification_text().unwrap().starts_with("\"ab\" \"c\""));
    let schema = Tool::definition(&borrow {}).parameters().as_value();
    assert_eq!(schema["required"], json!(["text", "list", "cow"]));
    assert_eq!(schema["properties"]["maybe_list"], json!({ "type": ["array", "null"], "items": { "type": "string" } }));
    assert_eq!(schema["properties"]["defaulted"], json!({ "type": "string", "default": "none" }));
}

const LARGE: u32 = 1000;

/// Lists.
#[jit_tool(justification = "{limit} of {sort}")]
fn list(
    #[jit_tool(default = 10)] limit: u32,
    #[jit_tool(default = -1)] offset: i64,
    #[jit_tool(default = LARGE)] most: u32,
    #[jit_tool(default = "name")]
    #[schemars(length(min = 2))]
    sort: String,
    #[jit_tool(default = vec!["a".to_owned()])] tags: &[String],
) -> String {
    format!("{limit} {offset} {most} {sort} {tags:?}")
}

#[tokio::test]
async fn a_default_is_an_expression_and_stands_in_the_schema_where_it_is_a_literal() {
    let jit = task().await;
    let tools = tools![list];
    assert_eq!(tools.call(&jit, "list", "").await.unwrap().as_text(), r#"10 -1 1000 name ["a"]"#);
    let output = tools.call(&jit, "list", r#"{"limit":1,"offset":2,"most":3,"sort":"id","tags":[]}"#).await.unwrap();
    assert_eq!(output.as_text(), "1 2 3 id []");
    assert!(tools.call(&jit, "list", r#"{"limit":null}"#).await.unwrap_err().is_invalid_arguments());
    assert_eq!(
        list {}.entitlement("{}").unwrap().justification_text(),
        Some("\"10\" of \"name\" [quoted: from the model]")
    );
    let schema = Tool::definition(&list {}).parameters().as_value();
    assert_eq!(schema["properties"]["limit"]["default"], json!(10));
    assert_eq!(schema["properties"]["offset"]["default"], json!(-1));
    assert_eq!(schema["properties"]["most"].get("default"), None);
    assert_eq!(schema.get("required"), None);
}

/// How to search.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Search<'a> {
    /// What for.
    search_text: Cow<'a, str>,
    #[serde(default)]
    #[schemars(range(max = 50))]
    limit: u8,
    within: Option<Box<Search<'a>>>,
}

/// Searches.
#[jit_tool(justification = "Searching {search_text}", may_request(type = "index", identifier = "{limit}"))]
async fn search(cx: &ToolContext, #[jit_tool(args)] search: Search<'_>, state: State<String>) -> String {
    let _ = cx;
    let inner = search.within.map(|inner| inner.search_text.into_owned());
    format!("{} {} {inner:?} {}", search.search_text, search.limit, *state)
}

#[tokio::test]
async fn a_struct_may_be_all_arguments() {
    let jit = task().await;
    let tools = tools![search].with_state(State::new("state".to_owned()));
    let arguments = r#"{"searchText":"x","limit":3,"within":{"searchText":"y"}}"#;
    assert_eq!(tools.call(&jit, "search", arguments).await.unwrap().as_text(), "x 3 Some(\"y\") state");
    let schema = tools.get("search").unwrap().definition().parameters().as_value();
    assert_eq!(schema["required"], json!(["searchText"]));
    assert_eq!(search {}.entitlement(arguments).unwrap().ceiling().unwrap()[0].identifier.as_deref(), Some("3"));
}

#[tokio::test]
async fn ranges_lengths_and_patterns_are_checked_before_the_body_runs() {
    /// Books.
    #[jit_tool]
    async fn book(
        #[schemars(range(min = 1, max = 9))] seats: u8,
        #[schemars(length(max = 3))] names: Vec<String>,
        #[schemars(regex(pattern = r"^[A-Z]\d+$"))] row: Option<String>,
        within: Option<Search<'static>>,
    ) -> String {
        let _ = (seats, names, row, within);
        "booked".to_owned()
    }
    let jit = task().await;
    let tools = tools![book];
    for (arguments, said) in [
        (r#"{"seats":0,"names":[]}"#, "`seats`: must be at least 1"),
        (r#"{"seats":1,"names":["","","",""]}"#, "`names`: must have at most 3 items"),
        (r#"{"seats":1,"names":[],"row":"a1"}"#, r"`row`: must match the pattern ^[A-Z]\d+$"),
        (r#"{"seats":1,"names":[],"within":{"searchText":"","limit":51}}"#, "`within.limit`: must be at most 50"),
        (r#"{"seats":"x","names":["","","",""]}"#, "`seats`: must be of the type integer"),
    ] {
        let error = tools.call(&jit, "book", arguments).await.unwrap_err();
        assert!(error.is_invalid_arguments() && error.for_model().contains(said), "{arguments}: {error}");
    }
    let good = r#"{"seats":9,"names":["a","b","c"],"row":"A12","within":{"searchText":"","limit":50}}"#;
    assert_eq!(tools.call(&jit, "book", good).await.unwrap().as_text(), "booked");
}

#[derive(Deserialize, JsonSchema, garde::Validate)]
struct Invoice {
    #[garde(length(min = 3))]
    number: String,
    #[garde(custom(is_even))]
    cents: u32,
    #[garde(dive)]
    next: Option<Box<Invoice>>,
}

fn is_even(value: &u32, (): &()) -> garde::Result {
    if value.is_multiple_of(2) { Ok(()) } else { Err(garde::Error::new("must be even")) }
}

#[tokio::test]
async fn an_argument_checks_itself_before_the_body_runs() {
    /// Pays.
    #[jit_tool]
    fn pay(#[jit_tool(validate)] invoice: Invoice) -> String {
        invoice.number
    }
    /// Pays.
    #[jit_tool]
    fn pay_whole(#[jit_tool(args, validate)] invoice: Invoice) -> String {
        invoice.number
    }
    let jit = task().await;
    let tools = tools![pay, pay_whole];
    for (tool, arguments, said) in [
        ("pay", r#"{"invoice":{"number":"1","cents":2}}"#, "`invoice.number`: must have at least 3 characters"),
        (
            "pay",
            r#"{"invoice":{"number":"123","cents":2,"next":{"number":"123","cents":3}}}"#,
            "`invoice.next.cents`: must be even",
        ),
        ("pay_whole", r#"{"number":"123","cents":1}"#, "`cents`: must be even"),
    ] {
        let error = tools.call(&jit, tool, arguments).await.unwrap_err();
        assert!(error.is_invalid_arguments() && error.for_model().contains(said), "{arguments}: {error}");
    }
    let good = r#"{"number":"123","cents":2}"#;
    assert_eq!(tools.call(&jit, "pay_whole", good).await.unwrap().as_text(), "123");
}

type Context = ToolContext;
type Database = State<dyn Fn() -> u32 + Send + Sync>;

mod qualified {
    pub(crate) type Token = jit_tools::tool::CancellationToken;
}

#[derive(Clone)]
struct User(&'static str);

/// What an application hands in.
struct Caller(String);

impl FromContext<'_> for Caller {
    fn from_context(cx: &ToolContext) -> Result<Self, ToolError> {
        Ok(Self(format!("{} bytes", cx.arguments().len())))
    }
}

/// Takes all that a call can hand in, by all kinds of names.
#[jit_tool(justification = "{text}")]
async fn injected(
    text: &str,
    cx: &Context,
    database: Database,
    user: CallData<User>,
    nobody: Option<CallData<u8>>,
    token: qualified::Token,
    progress: jit_tools::tool::Progress,
    caller: Caller,
) -> String {
    let _ = cx.http();
    progress.report(1.0, Some(2.0), Some("half"));
    let answer = (database.into_inner())();
    format!("{text} {answer} {} {} {} {}", user.0.0, nobody.is_none(), token.is_cancelled(), caller.0)
}

#[tokio::test]
async fn what_the_call_hands_in_is_recognized_by_a_trait() {
    let jit = task().await;
    let database: Arc<dyn Fn() -> u32 + Send + Sync> = Arc::new(|| 42);
    let tools = tools![injected].with_state(State::from(database));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let token = CancellationToken::new();
    token.cancel();
    let options = CallOptions::new().data(User("ada")).cancellation(token).progress({
        let heard = Arc::clone(&heard);
        move |update| heard.lock().unwrap().push(update)
    });
    let output = tools.call_with(&jit, "injected", r#"{"text":"t"}"#, &options).await.unwrap();
    assert_eq!(output.as_text(), "t 42 ada true true 12 bytes");
    let update = heard.lock().unwrap().remove(0);
    assert_eq!((update.done, update.total, update.message.as_deref()), (1.0, Some(2.0), Some("half")));
    let schema = tools.get("injected").unwrap().definition().parameters().as_value();
    assert_eq!(schema["properties"], json!({ "text": { "type": "string" } }));
    assert_eq!(schema["required"], json!(["text"]));
    assert_eq!(schema["additionalProperties"], json!(false));
    // A model cannot write what the call hands in.
    let forged = r#"{"text":"t","database":{"a":1}}"#;
    assert!(tools.call_with(&jit, "injected", forged, &options).await.unwrap_err().is_invalid_arguments());
}

#[tokio::test]
async fn what_nobody_gave_is_told_to_the_author_and_not_to_the_model() {
    let jit = task().await;
    let options = CallOptions::new().data(User("ada"));
    let error = tools![injected].call_with(&jit, "injected", r#"{"text":"t"}"#, &options).await.unwrap_err();
    assert!(error.to_string().contains("`Toolset::with_state`"), "{error}");
    assert_eq!(error.for_model(), "The tool failed.");
    let database: Arc<dyn Fn() -> u32 + Send + Sync> = Arc::new(|| 42);
    let tools = tools![injected].with_state(State::from(database));
    let error = tools.call(&jit, "injected", r#"{"text":"t"}"#).await.unwrap_err();
    assert!(error.to_string().contains("CallOptions::data"), "{error}");
}

#[tokio::test]
async fn each_tool_keeps_the_state_that_its_set_had() {
    /// Reads a state.
    #[jit_tool]
    fn first(state: State<u8>) -> u8 {
        *state
    }
    /// Reads a state.
    #[jit_tool]
    fn second(state: State<u8>) -> u8 {
        *state
    }
    let jit = task().await;
    let mut tools = tools![first].with_state(State::new(1_u8));
    tools.merge(tools![second].with_state(State::new(2_u8))).unwrap();
    assert_eq!(tools.call(&jit, "first", "").await.unwrap().as_text(), "1");
    assert_eq!(tools.call(&jit, "second", "").await.unwrap().as_text(), "2");
    let tools = tools.with_state(State::new(3_u8));
    assert_eq!(tools.call(&jit, "first", "").await.unwrap().as_text(), "3");
}

/// Says the size of a thing.
#[jit_tool]
async fn size<T, const N: usize>(things: BTreeMap<String, T>) -> String
where
    T: serde::de::DeserializeOwned + JsonSchema + Send,
{
    format!("{} of {N}", things.len())
}

#[tokio::test]
async fn a_generic_function_is_a_tool_for_each_choice_of_its_types() {
    let jit = task().await;
    let (numbers, texts) = (tools![size::<u8, 1>], tools![size::<String, 2>]);
    assert_eq!(numbers.call(&jit, "size", r#"{"things":{"a":1}}"#).await.unwrap().as_text(), "1 of 1");
    assert_eq!(texts.call(&jit, "size", r#"{"things":{"a":"b"}}"#).await.unwrap().as_text(), "1 of 2");
    assert!(texts.call(&jit, "size", r#"{"things":{"a":1}}"#).await.unwrap_err().is_invalid_arguments());
}

#[test]
fn progress_is_told_to_nobody_by_default() {
    Progress::default().report(1.0, None, None);
}
