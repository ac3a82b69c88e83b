//! Schema, entitlement and calls of annotated functions.

use jit_tools::{AuthorizationDetail, IntoToolOutput, Tool, ToolContext, ToolError, jit_tool, tools};
use serde_json::json;

use crate::task::task;

/// Copy a document.
///
/// - Takes a moment.
///   So be patient.
#[jit_tool(
    justification = "Copying {document_id} to {{{folder}}} as {type}",
    may_request(type = "document", actions = ["read", "list"], identifier = "docs/{document_id}"),
    may_request(type = "folder", actions = ["write"], identifier = "{folder}", locations = ["https://api.test"]),
    may_request(type = "audit"),
)]
async fn copy_document(
    /// The document's id,
    /// such as `doc_9982`.
    document_id: String,
    cx: &ToolContext,
    folder: u32,
    /// The format.
    r#type: String,
    /// A note.
    note: Option<String>,
    #[serde(default)]
    #[schemars(range(max = 9))]
    copies: u8,
) -> Result<String, ToolError> {
    let _ = cx;
    Ok(format!("{document_id} {folder} {type} {note:?} {copies}", type = r#type))
}

#[jit_tool(name = "now-playing", description = "Tells what is played.")]
fn now_playing() -> &'static str {
    "nothing"
}

#[test]
fn a_definition_is_what_the_author_wrote() {
    let definition = Tool::definition(&copy_document {});
    assert_eq!(definition.name(), "copy_document");
    assert_eq!(definition.description(), "Copy a document.\n\n- Takes a moment.\n  So be patient.");
    assert_eq!(
        definition.parameters().as_value(),
        &json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "copy_document",
            "type": "object",
            "properties": {
                "document_id": { "description": "The document's id,\nsuch as `doc_9982`.", "type": "string" },
                "folder": { "type": "integer", "format": "uint32", "minimum": 0 },
                "type": { "description": "The format.", "type": "string" },
                "note": { "description": "A note.", "type": ["string", "null"] },
                "copies": { "type": "integer", "format": "uint8", "minimum": 0, "maximum": 9, "default": 0 },
            },
            "required": ["document_id", "folder", "type"],
            "additionalProperties": false,
        })
    );
    assert!(std::ptr::eq(definition, Tool::definition(&copy_document {})), "it is built once");
}

#[test]
fn name_and_description_can_be_given() {
    let definition = Tool::definition(&now_playing {});
    assert_eq!((definition.name(), definition.description()), ("now-playing", "Tells what is played."));
}

#[test]
fn an_entitlement_is_that_of_the_call() {
    let arguments = r#"{"document_id":"doc_1","folder":7,"type":"pdf"}"#;
    let entitlement = copy_document {}.entitlement(arguments).unwrap();
    assert_eq!(
        entitlement.justification_text(),
        Some("Copying \"doc_1\" to {\"7\"} as \"pdf\" [quoted: from the model]")
    );
    assert_eq!(
        entitlement.ceiling().unwrap(),
        [
            AuthorizationDetail::new("document").actions(["read", "list"]).identifier("docs/doc_1"),
            AuthorizationDetail::new("folder").actions(["write"]).identifier("7").locations(["https://api.test"]),
            AuthorizationDetail::new("audit"),
        ]
    );
    assert!(copy_document {}.entitlement("{}").unwrap_err().is_invalid_arguments());
    assert_eq!(now_playing {}.entitlement("").unwrap().ceiling(), None);
}

#[tokio::test]
async fn a_tool_is_called_with_json_and_the_function_with_values() {
    let jit = task().await;
    let arguments = r#"{"type":"pdf","document_id":"d","folder":7,"note":"n"}"#;
    let output = tools![copy_document].call(&jit, "copy_document", arguments).await.unwrap();
    assert_eq!(output.as_text(), r#"d 7 pdf Some("n") 0"#);

    let cx = ToolContext::new(&jit);
    let output = copy_document("d".into(), &cx, 7, "pdf".into(), None, 3).await;
    assert_eq!(output.into_tool_output().unwrap().as_text(), "d 7 pdf None 3");
    assert_eq!(now_playing(), "nothing");
}

#[tokio::test]
async fn wrong_arguments_are_told_with_the_field_and_without_a_name_of_ours() {
    let jit = task().await;
    let tools = tools![copy_document, now_playing];
    for (arguments, said) in [
        (r#"{"document_id":"d","folder":"x","type":"pdf"}"#, "`folder`"),
        (r#"{"document_id":"d","folder":7}"#, "missing field `type`"),
        (r#"{"document_id":"d","folder":7,"type":"pdf","pages":1}"#, "unknown field `pages`"),
        ("5", "JSON object"),
    ] {
        let error = tools.call(&jit, "copy_document", arguments).await.unwrap_err();
        let told = error.for_model();
        assert!(error.is_invalid_arguments() && told.contains(said) && !told.contains("__"), "{arguments}: {told}");
    }
}

#[test]
fn a_cow_that_owns_is_an_argument() {
    /// Echoes.
    #[jit_tool(justification = "Echoing {text}")]
    fn echo(text: std::borrow::Cow<'static, str>) -> std::borrow::Cow<'static, str> {
        text
    }
    assert!(echo {}.entitlement(r#"{"text":"a\nb"}"#).is_ok());
}

#[test]
fn tools_may_be_none() {
    assert!(tools![].is_empty());
}

#[test]
fn a_flattened_argument_takes_the_rest() {
    /// Searches.
    #[jit_tool(justification = "Searching {text}")]
    fn search(text: String, #[serde(flatten)] filters: std::collections::BTreeMap<String, u8>) -> String {
        format!("{text} {filters:?}")
    }
    assert_eq!(search("a".into(), [].into()), "a {}");
    assert!(search {}.entitlement(r#"{"text":"a","size":1}"#).is_ok());
    assert!(search {}.entitlement(r#"{"text":"a","size":"x"}"#).is_err());
}
