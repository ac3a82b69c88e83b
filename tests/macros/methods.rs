//! Methods as tools: `#[jit_toolset]`.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use jit_tools::{Json, ToolContext, ToolError, Toolset, jit_tool, jit_toolset, tools};
use serde_json::json;

use crate::task::task;

struct Documents {
    prefix: &'static str,
    calls: AtomicU32,
}

#[jit_toolset]
impl Documents {
    /// How many there may be.
    const MOST: usize = { 2 };

    fn new(prefix: &'static str) -> Self {
        Self { prefix, calls: AtomicU32::new(0) }
    }

    /// Fetches a document.
    #[jit_tool(
        justification = "Fetching {id}",
        may_request(type = "document", actions = ["read"], identifier = "{id}")
    )]
    async fn fetch(
        &self,
        cx: &ToolContext,
        /// The document's id.
        id: &str,
    ) -> Result<String, ToolError> {
        let _ = (cx, Self::MOST);
        self.calls.fetch_add(1, Ordering::Relaxed);
        Ok(format!("{}{id}", self.prefix))
    }

    /// Counts the calls.
    #[jit_tool(name = "count-calls")]
    fn count(self: Arc<Self>) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Is called on nothing.
    #[jit_tools::jit_tool]
    fn most() -> usize {
        Self::MOST
    }

    /// Is not there.
    #[cfg(target_os = "none")]
    #[jit_tool]
    async fn gone(&self, _no_such: NoSuchType) {}

    /// Is there in one form.
    #[cfg(any(unix, not(unix)))]
    #[jit_tool]
    fn form(&self) -> &'static str {
        "one"
    }

    /// Is there in one form.
    #[cfg(not(any(unix, not(unix))))]
    #[jit_tool]
    fn form(&self) -> &'static str {
        "another"
    }
}

#[jit_toolset(fn = admin_tools)]
impl Documents {
    /// Forgets how many calls there were.
    #[jit_tool]
    async fn forget(&self) {
        self.calls.store(0, Ordering::Relaxed);
    }
}

trait Storage {
    type Id;
    async fn size(&self, id: Self::Id) -> Json<u32>;
}

#[jit_toolset(fn = storage_tools)]
impl Storage for Documents {
    type Id = u32;

    /// Says how large a document is.
    #[jit_tool]
    async fn size(&self, id: Self::Id) -> Json<u32> {
        Json(id)
    }
}

/// A store of any kind.
struct Store<K>(K);

#[jit_toolset]
impl<K: std::fmt::Display + Clone + Send + Sync + 'static> Store<K>
where
    K: serde::de::DeserializeOwned + schemars::JsonSchema,
{
    /// Says whether a key is the one.
    #[jit_tool(justification = "{key}")]
    async fn is_key(&self, key: K) -> bool {
        key.to_string() == self.0.to_string()
    }
}

/// Adds.
#[jit_tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[tokio::test]
async fn methods_are_tools_over_a_shared_value_beside_functions() {
    let jit = task().await;
    let documents = Arc::new(Documents::new("doc_"));
    let mut tools: Toolset = tools![add];
    tools.merge(Documents::tools(Arc::clone(&documents))).unwrap();
    tools.merge(Documents::admin_tools(Arc::clone(&documents))).unwrap();
    tools.merge(Documents::storage_tools(documents)).unwrap();
    let names: Vec<_> = tools.definitions().map(jit_tools::ToolDefinition::name).collect();
    assert_eq!(names, ["add", "fetch", "count-calls", "most", "form", "forget", "size"]);
    for (name, arguments, output) in [
        ("add", r#"{"a":1,"b":2}"#, "3"),
        ("fetch", r#"{"id":"\u0061"}"#, "doc_a"),
        ("count-calls", "", "1"),
        ("most", "{}", "2"),
        ("form", "{}", "one"),
        ("forget", "{}", "done"),
        ("count-calls", "{}", "0"),
        ("size", r#"{"id":7}"#, "7"),
    ] {
        assert_eq!(tools.call(&jit, name, arguments).await.unwrap().as_text(), output, "{name}");
    }
    assert_eq!(tools.get("size").unwrap().definition().output().unwrap().as_value()["format"], "uint32");
}

#[test]
fn a_method_declares_what_it_may_ask_for() {
    let tools = Documents::tools(Documents::new(""));
    let fetch = tools.get("fetch").unwrap();
    let entitlement = fetch.entitlement(r#"{"id":"a"}"#).unwrap();
    assert_eq!(entitlement.justification_text(), Some("Fetching \"a\" [quoted: from the model]"));
    assert_eq!(entitlement.ceiling().unwrap().len(), 1);
    assert_eq!(
        fetch.definition().parameters().as_value()["properties"],
        json!({ "id": { "type": "string", "description": "The document's id." } })
    );
}

#[tokio::test]
async fn a_generic_impl_has_the_schema_of_its_parameters() {
    let jit = task().await;
    let numbers = Store::tools(Store(7_u8));
    let texts = Store::tools(Store("seven".to_owned()));
    let type_of = |tools: &Toolset| {
        tools.get("is_key").unwrap().definition().parameters().as_value()["properties"]["key"]["type"].clone()
    };
    assert_eq!((type_of(&numbers), type_of(&texts)), (json!("integer"), json!("string")));
    assert_eq!(numbers.call(&jit, "is_key", r#"{"key":7}"#).await.unwrap().as_text(), "true");
    assert_eq!(texts.call(&jit, "is_key", r#"{"key":"six"}"#).await.unwrap().as_text(), "false");
}

#[tokio::test]
async fn a_method_is_still_a_method() {
    let jit = task().await;
    let documents = Documents::new("d");
    assert_eq!(documents.fetch(&ToolContext::new(&jit), "1").await.unwrap(), "d1");
    assert_eq!(Documents::most(), 2);
}
