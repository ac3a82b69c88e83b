//! How tools are written: each form of a function, and each attribute, with an example that compiles.
//!
//! - [A function](#a-function)
//! - [Arguments](#arguments)
//! - [What the call hands in](#what-the-call-hands-in)
//! - [Results](#results)
//! - [What the model and people read](#what-the-model-and-people-read)
//! - [What a call may ask for](#what-a-call-may-ask-for)
//! - [How a call is run](#how-a-call-is-run)
//! - [Methods](#methods)
//! - [When something is wrong](#when-something-is-wrong)
//!
//! # A function
//!
//! `#[jit_tool]` goes on an `async fn` or a plain `fn`, of any visibility, in any module or body. It stays an ordinary
//! function. Lifetimes are fine; a function with type parameters is a tool for each choice of them. `tools![…]` names
//! functions by their paths, each of which may depend on a `#[cfg(…)]`.
//!
//! ```
//! use jit_tools::{jit_tool, tools};
//! use schemars::JsonSchema;
//! use serde::de::DeserializeOwned;
//!
//! /// Adds two numbers.
//! #[jit_tool]
//! fn add(a: i64, b: i64) -> i64 {
//!     a + b
//! }
//!
//! /// Counts things of one kind.
//! #[jit_tool]
//! async fn count<T: DeserializeOwned + JsonSchema + Send>(things: Vec<T>) -> usize {
//!     things.len()
//! }
//!
//! let tools = tools![
//!     add,
//!     count::<String>,
//!     #[cfg(target_os = "none")]
//!     reboot,
//! ];
//! assert_eq!((add(1, 2), tools.len()), (3, 2));
//! ```
//!
//! A tool is also a struct of the function's name. Where a type of that name is in use (`fn uuid` beside
//! `uuid::Uuid`), rename the function and give the tool its `name`. A function without `#[jit_tool]` has no such struct,
//! and Rust says of `tools![…]` that it expected a type; of a method, `tools![Documents::fetch]`, it says that the type is
//! ambiguous, since only `#[jit_toolset]` makes tools of methods.
//!
//! # Arguments
//!
//! An argument implements [`serde::Deserialize`] and [`schemars::JsonSchema`]. Its doc comment is its description.
//! `&str`, `&[T]`, `Cow<str>` and an `Option` of one are borrowed; a text is copied only where its JSON has escapes. A
//! struct of your own borrows with `Cow<str>` and `#[serde(borrow)]`; a `&str` in it could hold no text with escapes.
//! `#[serde(…)]` and `#[schemars(…)]` mean what they mean on a field, but for what would change the schema only.
//! `#[jit_tool(default = …)]` takes any expression, and a literal stands in the schema. What an `async fn` takes is
//! [`Send`].
//!
//! Arguments are held against their schema before the body runs, with ranges, lengths and patterns (without Unicode
//! classes and look-around). Another name (`alias`) of an argument is read, and held to the same; one of a field in a
//! struct of your own is in no schema, and refused where a bound stands beside it. A parameter that is handed in keeps
//! its name for itself: a flattened map has no member of that name.
//!
//! What the schema allows is read: `30.0` is `30` where an integer is asked for, and an object that a server wrote as a
//! JSON string is that object. A `$ref` that leads nowhere, which schemars never writes, makes the tool fail at each call
//! and in each export, with the reference.
//!
//! ```
//! use std::borrow::Cow;
//!
//! use jit_tools::{Tool, jit_tool};
//!
//! /// Searches the documents.
//! #[jit_tool]
//! async fn search(
//!     /// What to look for.
//!     text: &str,
//!     folders: &[String],
//!     note: Option<Cow<'_, str>>,
//!     #[jit_tool(default = 10)]
//!     #[schemars(range(min = 1, max = 50))]
//!     limit: u32,
//!     #[jit_tool(default = "name")] sort: String,
//!     #[serde(default, rename = "onlyOpen", alias = "open")] only_open: bool,
//! ) -> String {
//!     format!("{text} {folders:?} {note:?} {limit} {sort} {only_open}")
//! }
//!
//! let schema = Tool::definition(&search {}).parameters().as_value();
//! assert_eq!(schema["required"], serde_json::json!(["text", "folders"]));
//! assert_eq!(schema["properties"]["limit"]["default"], 10);
//! ```
//!
//! With `#[jit_tool(args)]`, one argument is the struct of all of them.
//!
//! ```
//! use jit_tools::jit_tool;
//!
//! /// Where to search.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! struct Search {
//!     /// What to look for.
//!     text: String,
//! }
//!
//! /// Searches the documents.
//! #[jit_tool(justification = "Searching {text}")]
//! async fn search(#[jit_tool(args)] search: Search) -> String {
//!     search.text
//! }
//! ```
//!
//! With the feature `garde`, `#[jit_tool(validate)]` on an argument has it check itself before the body runs: its type
//! derives `garde::Validate`.
//!
//! ```
//! # #[cfg(feature = "garde")]
//! # mod mails {
//! use jit_tools::jit_tool;
//!
//! /// Whom to write to.
//! #[derive(serde::Deserialize, schemars::JsonSchema, garde::Validate)]
//! struct Recipient {
//!     #[garde(length(min = 3), contains("@"))]
//!     address: String,
//! }
//!
//! /// Sends a mail.
//! #[jit_tool]
//! async fn send(#[jit_tool(validate)] to: Recipient, text: String) -> String {
//!     format!("{text}, to {}", to.address)
//! }
//! # }
//! ```
//!
//! Dates and UUIDs are arguments once your own `schemars` has the feature for them, such as `chrono04` or `uuid1`.
//!
//! # What the call hands in
//!
//! A parameter whose type implements [`FromContext`](crate::tool::FromContext) is handed in, and is not part of the
//! schema. The compiler is asked, so aliases and qualified paths work. It needs no name: `_: State<Database>`, or
//! `CallData(user): CallData<User>`.
//!
//! ```
//! use jit_tools::{
//!     ToolContext, jit_tool,
//!     tool::{CallData, CallOptions, CancellationToken, Progress, State},
//!     tools,
//! };
//!
//! struct Database;
//!
//! #[derive(Clone)]
//! struct User(String);
//!
//! /// Writes a report.
//! #[jit_tool]
//! async fn report(
//!     cx: &ToolContext,          // the task, and an HTTP client that obtains what is missing
//!     database: State<Database>, // what all calls share
//!     CallData(user): CallData<User>, // what belongs to one call
//!     cancelled: CancellationToken,
//!     progress: Progress,
//!     title: &str,
//! ) -> String {
//!     let _ = (cx.http(), &*database, cancelled.is_cancelled());
//!     progress.report(1.0, Some(1.0), Some("written"));
//!     format!("{title}, for {}", user.0)
//! }
//!
//! let tools = tools![report].with_state(State::new(Database));
//! let options = CallOptions::new().data(User("Ada".to_owned())).progress(|update| assert_eq!(update.done, 1.0));
//! # let _ = (tools, options);
//! ```
//!
//! # Results
//!
//! A tool gives back a text, a number, a `bool`, `()`, a JSON value, [`Json<T>`](crate::Json) (whose schema becomes the
//! tool's output schema, and in debug builds is checked), [parts](crate::tool::ContentPart) such as images, whatever else
//! implements [`IntoToolOutput`](crate::IntoToolOutput), or a `Result` of one of these. Its error is any
//! [`std::error::Error`], an `anyhow::Error`, a `Box<dyn Error + Send + Sync>`, or a [`ToolError`](crate::ToolError). The
//! model reads that the tool failed, and a text of yours where the error is or holds a
//! [`ToolError::new`](crate::ToolError::new).
//!
//! ```
//! use jit_tools::{IntoToolOutput, Json, Tool, jit_tool, tool::ContentPart};
//!
//! type Answer<T> = Result<T, std::io::Error>;
//!
//! /// Lists the documents.
//! #[jit_tool]
//! fn list() -> Answer<Json<Vec<String>>> {
//!     Ok(Json(vec!["doc_1".to_owned()]))
//! }
//!
//! /// Draws a map.
//! #[jit_tool]
//! fn draw() -> ContentPart {
//!     ContentPart::Image { media_type: "image/png".to_owned(), data: vec![1, 2, 3].into() }
//! }
//!
//! /// Says something.
//! #[jit_tool]
//! async fn say() -> impl IntoToolOutput {
//!     "something"
//! }
//!
//! assert_eq!(Tool::definition(&list {}).output().unwrap().as_value()["type"], "array");
//! ```
//!
//! # What the model and people read
//!
//! | key | meaning |
//! |---|---|
//! | `name = "…"` | What the model calls the tool; the function's name without it. At most 64 ASCII letters, digits, `_` and `-`. |
//! | `title = "…"` | A name for people. |
//! | `description = …` | What the model reads, in place of the doc comment: a literal, a constant, `concat!(…)` or `include_str!(…)`. |
//! | `read_only`, `destructive`, `idempotent`, `open_world` | What the tool does to the world, as hints; also `read_only = false`. |
//! | `strict` | Exports the tool in a provider's strict mode; `strict = false` never does. |
//!
//! ```
//! use jit_tools::{Tool, jit_tool};
//!
//! const ABOUT: &str = "Reads a document.";
//!
//! #[jit_tool(
//!     name = "read-document",
//!     title = "Read a document",
//!     description = ABOUT,
//!     read_only,
//!     idempotent,
//!     destructive = false,
//!     open_world = false,
//!     strict
//! )]
//! fn read(id: &str) -> String {
//!     id.to_owned()
//! }
//!
//! let definition = Tool::definition(&read {});
//! assert_eq!((definition.name(), definition.description()), ("read-document", ABOUT));
//! assert_eq!(definition.annotations().unwrap().read_only, Some(true));
//!
//! #[jit_tool(description = concat!("Lists documents, ", "the newest first."))]
//! fn list() {}
//!
//! #[jit_tool(description = include_str!("guide/archive.txt"))]
//! fn archive() {}
//!
//! assert_eq!(Tool::definition(&archive {}).description(), "Archives a document.\n");
//! ```
//!
//! # What a call may ask for
//!
//! | key | meaning |
//! |---|---|
//! | `may_request(…)` | One permission that a call may ask for: `type`, and optionally `actions`, `identifier` and `locations` (RFC 9396). Several may be given; a call asks for nothing else. |
//! | `justification = "…"` | Why, for the person who approves. |
//! | `ttl = "5m"` | How long the token may live, at most 15 minutes; the policy may say less. A token that is held and lives longer does not serve the call. |
//! | `approval = "wait"`, `"suspend"` | Whether a call waits for a person, or fails at once with the pending request as a value. As the task says otherwise. |
//! | `preflight` | Says that the permission is asked for before the body runs. |
//! | `retry = "request"`, `"body"`, `"never"` | What is done again once a permission was obtained: only a request, only the body, or nothing. Either, otherwise. |
//!
//! A token is for the API that asked for the permission: its challenge names a location, or the authority is asked for a
//! token with the API's origin as its `resource` (RFC 8707).
//!
//! In `justification` and `identifier`, `{id}` stands for the value of that argument.
//!
//! A permission without `locations` may be asked for by every https API that the tool calls. Where a model or a link
//! chooses the address, give it `locations`, or name the APIs with [`Policy::allow_origin`](crate::Policy::allow_origin).
//!
//! URLs are built with [`url!`](crate::url), in which a value is one segment of the path or one value of the query,
//! whatever a model wrote. `base_url` keeps all requests of a tool below one URL, and the tokens that it gets by
//! [`ToolContext::access_token`](crate::ToolContext::access_token); where the address is known at run time only,
//! [`Policy::allow_requests_to`](crate::Policy::allow_requests_to) does the same for a task. A URL in a text is refused
//! if a parser would change it ([`IntoUrl`](crate::IntoUrl)).
//!
//! `base_url` is a bound and no prefix: each URL is written whole. A base that is known at run time only is a
//! [`State`](crate::tool::State), and the placeholder at the beginning of `url!`.
//!
//! ```
//! use jit_tools::{BaseUrl, Policy, ToolContext, ToolError, jit_tool, tool::State, tools, url};
//!
//! /// Reads a document.
//! #[jit_tool(may_request(type = "document", actions = ["read"], identifier = "{id}"))]
//! async fn read_document(cx: &ToolContext, api: State<BaseUrl>, id: &str) -> Result<String, ToolError> {
//!     Ok(cx.http().get(url!("{api}/v1/documents/{id}")).send().await?.error_for_status()?.text().await?)
//! }
//!
//! let api: BaseUrl = "http://127.0.0.1:8080".parse()?; // of the configuration
//! let tools = tools![read_document].with_state(State::new(api.clone()));
//! let policy = Policy::new().allow_requests_to(api)?;
//! # let _ = (tools, policy);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A request whose body is a [stream](crate::resource::RequestBuilder::stream) cannot be sent twice, so that nothing is asked
//! for with it; a tool with `retry = "body"` makes the stream anew, and gets what is missing.
//!
//! ```
//! use jit_tools::{ToolContext, ToolError, jit_tool, tools, url};
//!
//! /// Moves a document.
//! #[jit_tool(
//!     justification = "Moving {id} to {folder}",
//!     may_request(type = "document", actions = ["read", "delete"], identifier = "{id}"),
//!     may_request(type = "folder", actions = ["write"], identifier = "{folder}", locations = ["https://api.acme.com"]),
//!     base_url = "https://api.acme.com/v1/",
//!     ttl = "5m",
//!     approval = "suspend",
//!     preflight,
//!     retry = "request"
//! )]
//! async fn move_document(cx: &ToolContext, id: &str, folder: &str) -> Result<String, ToolError> {
//!     Ok(cx.http().put(url!("https://api.acme.com/v1/folders/{folder}/{id}")).send().await?.error_for_status()?.text().await?)
//! }
//!
//! /// Reads the news, which another client fetches.
//! #[jit_tool(may_request(type = "news", actions = ["read"]), approval = "wait", retry = "body")]
//! async fn read_news() {}
//!
//! /// Pays, at most once.
//! #[jit_tool(may_request(type = "payment", actions = ["write"]), retry = "never")]
//! async fn pay() {}
//!
//! let tools = tools![move_document, read_news, pay];
//! let entitlement = tools.get("move_document").unwrap().entitlement(r#"{"id":"doc_1","folder":"f"}"#)?;
//! assert_eq!(entitlement.ceiling().unwrap()[0].identifier.as_deref(), Some("doc_1"));
//! # Ok::<(), ToolError>(())
//! ```
//!
//! # How a call is run
//!
//! | key | meaning |
//! |---|---|
//! | `timeout = "30s"` | How long a call may take (`ms`, `s`, `m`, `h`). The time in which it waits for a permission does not count. |
//! | `needs_approval` | A call is run only if the [approver](crate::tool::CallOptions::approver) of its options says so. |
//! | `crate = ::path` | Where `jit_tools` is, for a crate that renamed it. |
//!
//! ```
//! use std::sync::Arc;
//!
//! use jit_tools::{
//!     jit_tool,
//!     tool::{CallApprover, CallOptions},
//! };
//!
//! /// Pays an invoice.
//! #[jit_tool(timeout = "30s", needs_approval, crate = ::jit_tools)]
//! async fn pay(invoice: &str) -> String {
//!     format!("{invoice} is paid")
//! }
//!
//! struct Nobody;
//!
//! #[async_trait::async_trait]
//! impl CallApprover for Nobody {
//!     async fn approves(&self, tool: &str, arguments: &str) -> bool {
//!         println!("{tool} {arguments}?");
//!         false
//!     }
//! }
//!
//! let options = CallOptions::new().approver(Arc::new(Nobody));
//! # let _ = options;
//! ```
//!
//! # Methods
//!
//! `#[jit_toolset]` on an `impl` makes a set of its methods with `#[jit_tool]`, over one shared value. It stands above
//! other attributes that rewrite methods, such as `#[async_trait]`.
//!
//! ```
//! use std::sync::Arc;
//!
//! use jit_tools::{jit_tool, jit_toolset, tools};
//!
//! struct Documents {
//!     root: String,
//! }
//!
//! #[jit_toolset]
//! impl Documents {
//!     /// Says where a document is.
//!     #[jit_tool(read_only)]
//!     async fn locate(&self, id: &str) -> String {
//!         format!("{}/{id}", self.root)
//!     }
//! }
//!
//! // Another block names its function; a crate that renamed jit_tools says where it is.
//! #[jit_toolset(fn = admin_tools, crate = ::jit_tools)]
//! impl Documents {
//!     /// Says how long the root's name is.
//!     #[jit_tool]
//!     fn length(self: Arc<Self>) -> usize {
//!         self.root.len()
//!     }
//! }
//!
//! /// Adds two numbers.
//! #[jit_tool]
//! fn add(a: i64, b: i64) -> i64 {
//!     a + b
//! }
//!
//! let documents = Arc::new(Documents { root: "/srv".to_owned() });
//! let mut tools = tools![add];
//! tools.merge(Documents::tools(Arc::clone(&documents)))?;
//! tools.merge(Documents::admin_tools(documents))?;
//! assert_eq!(tools.len(), 3);
//! # Ok::<(), jit_tools::toolset::ToolNameError>(())
//! ```
//!
//! # When something is wrong
//!
//! All mistakes of a function are told in one compile, each at its place, with what to write instead; the function stays,
//! and so does a tool of its name, so that nothing else is told. What a call was given that it does not take is told to
//! the model, with the field; what its program did not give it, to the author only.
