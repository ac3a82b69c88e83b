//! A model behind any server that speaks `OpenAI`'s Chat Completions, over the crate `genai`.

use std::{env, fmt, time::Duration};

use async_trait::async_trait;
use genai::{
    Client, ModelIden, ServiceTarget,
    adapter::AdapterKind,
    chat::{ChatMessage, ChatOptions, ChatRequest, ContentPart, MessageContent, Tool, ToolResponse},
    resolver::{AuthData, Endpoint},
};
use http::{HeaderMap, HeaderValue, header::ACCEPT_ENCODING};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{Item, Model, ModelError, ModelRequest, ModelResponse, ToolCall};
use crate::{
    export::{Export, Provider, ToolUse, told},
    plain_text,
};

const DEFAULT_BASE_URL: &str = "https://api.openai.com/v1";
const DEFAULT_MODEL: &str = "gpt-4o-mini";

/// How long a model may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(300);

/// How much of what a server says about an error is repeated, in characters.
const MAX_SERVER_TEXT: usize = 200;

/// A model behind a server that speaks `OpenAI`'s Chat Completions.
///
/// ```
/// use jit_tools::agent::OpenAiModel;
///
/// let model = OpenAiModel::new("http://127.0.0.1:11434/v1", "any", "llama3.2")?;
/// assert!(!format!("{model:?}").contains("any"));
/// # Ok::<(), jit_tools::agent::OpenAiModelError>(())
/// ```
pub struct OpenAiModel {
    client: Client,
    endpoint: Endpoint,
    key: SecretString,
    model: String,
}

/// What keeps a model from being set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenAiModelError {
    /// No key is given.
    #[error("the model's key is missing: set OPENAI_API_KEY (a server of your own that needs none takes any value)")]
    MissingKey,
    /// A variable holds something that is not text.
    #[error("{0} is not valid UTF-8")]
    NotUnicode(&'static str),
    /// The base URL is not one.
    #[error("the base URL of the model's API is not an http or https URL")]
    InvalidUrl,
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up")]
    Http(#[from] reqwest::Error),
    /// The model client could not be set up.
    #[error("the model client could not be set up")]
    Client,
}

impl OpenAiModel {
    /// A model behind `base_url`, the part of its addresses before `/chat/completions`.
    pub fn new(base_url: &str, key: impl Into<String>, model: impl Into<String>) -> Result<Self, OpenAiModelError> {
        let url = url::Url::parse(base_url).map_err(|_| OpenAiModelError::InvalidUrl)?;
        let origin = crate::origin::Origin::of(&url).ok_or(OpenAiModelError::InvalidUrl)?;
        // The key goes to this address: not on to another one, and not by a proxy to this very machine.
        let mut http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .timeout(TIMEOUT)
            // Decided here, and not by what another crate has reqwest built with.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .default_headers(HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]));
        if origin.is_loopback() {
            http = http.no_proxy();
        }
        Ok(Self {
            client: Client::builder().with_reqwest(http.build()?).build().map_err(|_| OpenAiModelError::Client)?,
            endpoint: Endpoint::from_owned(format!("{}/", base_url.trim_end_matches('/'))),
            key: SecretString::from(key.into()),
            model: model.into(),
        })
    }

    /// The model that the environment names:
    ///
    /// | variable | what | default |
    /// |---|---|---|
    /// | `OPENAI_BASE_URL` | the part of the addresses before `/chat/completions` | `https://api.openai.com/v1` |
    /// | `OPENAI_API_KEY` | the key | none; needed only where `OPENAI_BASE_URL` is not set |
    /// | `OPENAI_MODEL` | the model's name | `gpt-4o-mini` |
    pub fn from_env() -> Result<Self, OpenAiModelError> {
        let base_url = variable("OPENAI_BASE_URL")?;
        let key = match (variable("OPENAI_API_KEY")?, &base_url) {
            (Some(key), _) => key,
            (None, Some(_)) => "none".to_owned(),
            (None, None) => return Err(OpenAiModelError::MissingKey),
        };
        let model = variable("OPENAI_MODEL")?.unwrap_or_else(|| DEFAULT_MODEL.to_owned());
        Self::new(base_url.as_deref().unwrap_or(DEFAULT_BASE_URL), key, model)
    }

    /// The part of the addresses before `/chat/completions`.
    pub fn base_url(&self) -> &str {
        self.endpoint.base_url()
    }

    fn target(&self) -> ServiceTarget {
        ServiceTarget {
            endpoint: self.endpoint.clone(),
            auth: AuthData::from_single(self.key.expose_secret()),
            model: ModelIden::new(AdapterKind::OpenAI, self.model.as_str()),
        }
    }

    /// What to tell the author of an answer that is an error.
    fn failed(&self, error: genai::Error) -> ModelError {
        let genai::Error::WebModelCall { webc_error, .. } = error else {
            // Its text holds the whole request.
            return ModelError::new("its answer could not be understood");
        };
        let message = match &webc_error {
            genai::webc::Error::ResponseFailedStatus { status, body, .. } => {
                match server_text(body, self.key.expose_secret()) {
                    Some(text) => format!("the server answered {status}: {text}"),
                    None => format!("the server answered {status}"),
                }
            }
            genai::webc::Error::Reqwest(error) if error.is_connect() => "the server could not be reached".to_owned(),
            genai::webc::Error::Reqwest(error) if error.is_timeout() => "the server did not answer in time".to_owned(),
            genai::webc::Error::Reqwest(_) => "the connection broke off".to_owned(),
            _ => "the server's answer is not JSON; is OPENAI_BASE_URL right?".to_owned(),
        };
        let failed = ModelError::new(message);
        match webc_error.status() {
            Some(status) => failed.with_status(status),
            None => failed,
        }
    }
}

#[async_trait]
impl Model for OpenAiModel {
    async fn respond(&self, request: ModelRequest<'_>) -> Result<ModelResponse, ModelError> {
        // genai parses the arguments of calls, and gives up the whole answer where one model's JSON is malformed.
        // That JSON has to reach the tool, which tells the model what is wrong, so it is read from the answer itself.
        let tools = request
            .tools
            .export(Provider::OpenAiChat)
            .map_err(|error| ModelError::new("a tool cannot be exported for it").with_source(error))?;
        let options = ChatOptions::default().with_capture_raw_body(true);
        let answer = match self.client.exec_chat(self.target(), chat_request(request, &tools), Some(&options)).await {
            Ok(answer) => answer.captured_raw_body.unwrap_or_default(),
            Err(genai::Error::ChatResponseGeneration { response_body, .. }) => *response_body,
            Err(error) => return Err(self.failed(error)),
        };
        read(&answer, &tools)
    }
}

impl fmt::Debug for OpenAiModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiModel")
            .field("base_url", &self.base_url())
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

fn variable(name: &'static str) -> Result<Option<String>, OpenAiModelError> {
    match env::var(name) {
        Ok(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(OpenAiModelError::NotUnicode(name)),
    }
}

fn chat_request(request: ModelRequest<'_>, tools: &Export) -> ChatRequest {
    let mut chat = ChatRequest::from_messages(request.items.iter().map(|item| message(item, tools)).collect());
    if !request.instructions.is_empty() {
        chat = chat.with_system(request.instructions);
    }
    if request.tools.is_empty() {
        return chat;
    }
    chat.with_tools(request.tools.definitions().map(|definition| {
        let name = definition.name();
        Tool::new(tools.wire_name(name).unwrap_or(name))
            .with_description(definition.description())
            .with_schema(tools.schema(name).cloned().unwrap_or_default())
    }))
}

fn message(item: &Item, tools: &Export) -> ChatMessage {
    match item {
        Item::User(text) => ChatMessage::user(text.as_str()),
        Item::Assistant { text, tool_calls } => {
            let text = text.iter().map(|text| ContentPart::Text(text.clone()));
            let calls = tool_calls.iter().map(|call| {
                ContentPart::ToolCall(genai::chat::ToolCall {
                    call_id: call.id.clone(),
                    fn_name: tools.wire_name(&call.name).unwrap_or(&call.name).to_owned(),
                    // What is no JSON goes back as a JSON string, so that the conversation stays valid JSON.
                    fn_arguments: match serde_json::from_str(&call.arguments) {
                        Ok(arguments) => tools.encode(&call.name, &arguments).unwrap_or(arguments),
                        Err(_) => Value::String(call.arguments.clone()),
                    },
                    thought_signatures: None,
                })
            });
            ChatMessage::assistant(text.chain(calls).collect::<MessageContent>())
        }
        Item::ToolResult(result) => {
            // It takes texts only, as Chat Completions do of a result.
            let text = told(&result.text, result.is_error);
            ToolResponse::new(result.call_id.as_str(), text).with_fn_name(result.name.as_str()).into()
        }
    }
}

/// What a run needs of a Chat Completions answer: its first choice's text and calls.
fn read(answer: &Value, tools: &Export) -> Result<ModelResponse, ModelError> {
    let Some(choices) = answer.get("choices").and_then(Value::as_array) else {
        return Err(ModelError::new("its answer is not a chat completion"));
    };
    if choices.is_empty() {
        return Err(ModelError::new("its answer has no choices"));
    }
    let calls = tools
        .calls(answer)
        .map_err(|error| ModelError::new("its answer is not a chat completion").with_source(error))?;
    let tool_calls = calls.iter().map(|call: &ToolUse| ToolCall {
        id: call.id().to_owned(),
        name: call.name().to_owned(),
        arguments: call.json().to_owned(),
    });
    let text = answer.pointer("/choices/0/message/content").and_then(Value::as_str);
    Ok(ModelResponse {
        text: text.filter(|text| !text.is_empty()).map(str::to_owned),
        tool_calls: tool_calls.collect(),
    })
}

/// What an error answer says, capped, and without characters that a terminal would obey; nothing of it where it repeats
/// the key.
fn server_text(body: &str, key: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    let text = body.pointer("/error/message")?.as_str()?;
    plain_text::without_secrets(text, MAX_SERVER_TEXT, [key])
}
