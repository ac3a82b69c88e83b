//! The providers, and their names.

use std::{fmt, str::FromStr};

/// A provider's way of taking tools.
///
/// ```
/// use jit_tools::export::Provider;
///
/// let provider: Provider = "openai-responses".parse()?;
/// assert_eq!(provider, Provider::OpenAiResponses);
/// assert!(Provider::all().iter().all(|provider| provider.to_string().parse() == Ok(*provider)));
/// # Ok::<(), jit_tools::export::UnknownProvider>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Provider {
    /// `OpenAI` Chat Completions, and the many servers that speak it.
    /// <https://platform.openai.com/docs/guides/function-calling>
    OpenAiChat,
    /// `OpenAI` Responses. <https://platform.openai.com/docs/api-reference/responses/create>
    OpenAiResponses,
    /// Anthropic Messages. <https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview>
    Anthropic,
    /// Gemini, with `parametersJsonSchema`. <https://ai.google.dev/api/caching#FunctionDeclaration>
    Gemini,
    /// Gemini, with the older `parameters`, a subset of `OpenAPI` 3.0. <https://ai.google.dev/api/caching#Schema>
    GeminiOpenApi,
    /// Amazon Bedrock Converse.
    /// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html>
    Bedrock,
    /// Mistral. <https://docs.mistral.ai/capabilities/function_calling>
    Mistral,
    /// Cohere, version 2 of its API. <https://docs.cohere.com/v2/docs/tool-use-overview>
    Cohere,
    /// Ollama's own API. <https://docs.ollama.com/capabilities/tool-calling>
    Ollama,
    /// `DeepSeek`. <https://api-docs.deepseek.com/guides/tool_calls>
    DeepSeek,
    /// xAI. <https://docs.x.ai/docs/guides/function-calling>
    Xai,
    /// The Model Context Protocol of 2025-06-18.
    /// <https://modelcontextprotocol.io/specification/2025-06-18/server/tools>
    Mcp20250618,
    /// The Model Context Protocol of 2025-11-25.
    /// <https://modelcontextprotocol.io/specification/2025-11-25/server/tools>
    Mcp20251125,
    /// The Model Context Protocol of 2026-07-28.
    /// <https://modelcontextprotocol.io/specification/2026-07-28/server/tools>
    Mcp20260728,
}

/// Every provider with its name, in the order in which they are listed to people.
const NAMES: [(Provider, &str); 14] = [
    (Provider::OpenAiChat, "openai-chat"),
    (Provider::OpenAiResponses, "openai-responses"),
    (Provider::Anthropic, "anthropic"),
    (Provider::Gemini, "gemini"),
    (Provider::GeminiOpenApi, "gemini-openapi"),
    (Provider::Bedrock, "bedrock"),
    (Provider::Mistral, "mistral"),
    (Provider::Cohere, "cohere"),
    (Provider::Ollama, "ollama"),
    (Provider::DeepSeek, "deepseek"),
    (Provider::Xai, "xai"),
    (Provider::Mcp20250618, "mcp-2025-06-18"),
    (Provider::Mcp20251125, "mcp-2025-11-25"),
    (Provider::Mcp20260728, "mcp-2026-07-28"),
];

const ALL: [Provider; NAMES.len()] = [
    Provider::OpenAiChat,
    Provider::OpenAiResponses,
    Provider::Anthropic,
    Provider::Gemini,
    Provider::GeminiOpenApi,
    Provider::Bedrock,
    Provider::Mistral,
    Provider::Cohere,
    Provider::Ollama,
    Provider::DeepSeek,
    Provider::Xai,
    Provider::Mcp20250618,
    Provider::Mcp20251125,
    Provider::Mcp20260728,
];

impl Provider {
    /// All of them.
    pub const fn all() -> &'static [Self] {
        &ALL
    }

    /// The name, such as `openai-chat`.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(provider, _)| *provider == self).map_or("", |(_, name)| name)
    }

    /// Whether tools may be marked as strict there: the model's arguments then fit the schema by construction.
    pub fn has_strict_mode(self) -> bool {
        super::dialect::strict(self).is_some()
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that no provider has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no provider `{name}`; there are {}", names())]
pub struct UnknownProvider {
    name: String,
}

fn names() -> String {
    NAMES.map(|(_, name)| name).join(", ")
}

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(name: &str) -> Result<Self, UnknownProvider> {
        NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(provider, _)| *provider)
            .ok_or_else(|| UnknownProvider { name: name.to_owned() })
    }
}
