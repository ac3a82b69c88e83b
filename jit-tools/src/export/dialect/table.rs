//! The table: one dialect a provider, and one more where there is a strict mode.
//!
//! Each entry names its source. Where a provider documents nothing, the entry is the narrowest that its SDK and
//! the reports of its users bear out.

use super::{
    Anything, Constants, Dialect, Formats, Keywords, Limits, Maps, Names, Null, Objects, Recursion, Root, Tuples, Types,
};
use crate::export::Provider;

/// The dialect of a provider's plain form.
pub(in crate::export) fn plain(provider: Provider) -> &'static Dialect {
    match provider {
        Provider::OpenAiChat | Provider::OpenAiResponses | Provider::Mistral | Provider::DeepSeek => &OPEN_AI,
        Provider::Anthropic => &ANTHROPIC,
        Provider::Gemini => &GEMINI,
        Provider::GeminiOpenApi => &GEMINI_OPEN_API,
        Provider::Bedrock => &BEDROCK,
        Provider::Cohere => &COHERE,
        Provider::Ollama => &OLLAMA,
        Provider::Xai => &XAI,
        Provider::Mcp20250618 | Provider::Mcp20251125 | Provider::Mcp20260728 => &MCP,
    }
}

/// The dialect of a provider's strict mode, if it has one.
pub(in crate::export) fn strict(provider: Provider) -> Option<&'static Dialect> {
    match provider {
        Provider::OpenAiChat | Provider::OpenAiResponses => Some(&OPEN_AI_STRICT),
        Provider::Anthropic => Some(&ANTHROPIC_STRICT),
        Provider::Bedrock => Some(&BEDROCK_STRICT),
        Provider::DeepSeek => Some(&DEEP_SEEK_STRICT),
        _ => None,
    }
}

const NO_LIMITS: Limits = Limits {
    properties: None,
    depth: None,
    enum_values: None,
    name_characters: None,
    large_enum_characters: None,
    tools: None,
    strict_tools: None,
    optional_properties: None,
    unions: None,
};

const NAMES_64: Names = Names { length: 64, punctuation: "-", starts_with_letter: false };

/// <https://platform.openai.com/docs/guides/function-calling>: any JSON Schema, whose root is an object. The service
/// checks it all the same, and refuses an array without `items`.
const OPEN_AI: Dialect = Dialect {
    tool_names: NAMES_64,
    property_names: None,
    has_references: true,
    recursion: Recursion::Kept,
    has_one_of: false,
    root: Root::Object,
    joins_constants: false,
    tuples: Tuples::Objects,
    maps: Maps::Kept,
    anything: Anything::Kept,
    constants: Constants::All,
    has_empty_constants: true,
    has_const: true,
    has_empty_objects: true,
    null: Null::InType,
    objects: Objects::AsWritten,
    keywords: Keywords::All,
    formats: Formats::All,
    largest_min_items: None,
    types: Types::Lower,
    limits: Limits { tools: Some(128), ..NO_LIMITS },
};

/// <https://platform.openai.com/docs/guides/structured-outputs#supported-schemas>
const OPEN_AI_STRICT: Dialect = Dialect {
    maps: Maps::Pairs,
    anything: Anything::Refused,
    objects: Objects::ClosedAndRequired,
    keywords: Keywords::Only(&[
        "pattern",
        "multipleOf",
        "maximum",
        "exclusiveMaximum",
        "minimum",
        "exclusiveMinimum",
        "minItems",
        "maxItems",
    ]),
    formats: Formats::Only(&["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"]),
    limits: Limits {
        properties: Some(5000),
        depth: Some(10),
        enum_values: Some(1000),
        name_characters: Some(120_000),
        large_enum_characters: Some(15_000),
        tools: Some(128),
        ..NO_LIMITS
    },
    ..OPEN_AI
};

/// <https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use>: JSON Schema 2020-12, whose root
/// is an object and no union. Names of properties are held to a pattern.
const ANTHROPIC: Dialect = Dialect {
    tool_names: Names { length: 128, punctuation: "-", starts_with_letter: false },
    property_names: Some(Names { length: 64, punctuation: "-.", starts_with_letter: false }),
    has_one_of: true,
    tuples: Tuples::Kept,
    limits: NO_LIMITS,
    ..OPEN_AI
};

/// <https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations>
const ANTHROPIC_STRICT: Dialect = Dialect {
    recursion: Recursion::Refused,
    has_one_of: false,
    joins_constants: true,
    tuples: Tuples::Objects,
    maps: Maps::Pairs,
    anything: Anything::Refused,
    objects: Objects::Closed,
    keywords: Keywords::Only(&["minItems"]),
    formats: Formats::Only(&[
        "date-time",
        "time",
        "date",
        "duration",
        "email",
        "hostname",
        "uri",
        "ipv4",
        "ipv6",
        "uuid",
    ]),
    largest_min_items: Some(1),
    limits: Limits { strict_tools: Some(20), optional_properties: Some(24), unions: Some(16), ..NO_LIMITS },
    ..ANTHROPIC
};

/// <https://ai.google.dev/api/generate-content#FIELDS.response_json_schema> lists the subset: a `$ref` stands alone,
/// and a recursive one only beneath properties that are not required. The service refuses an empty text in an `enum`
/// (`enum[0]: cannot be empty`). How many tools there may be is told at
/// <https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1beta1/Tool>.
const GEMINI: Dialect = Dialect {
    tool_names: Names { length: 128, punctuation: "-.:", starts_with_letter: true },
    recursion: Recursion::InOptional,
    joins_constants: true,
    tuples: Tuples::Kept,
    maps: Maps::WithoutPatterns,
    constants: Constants::StringsAndNumbers,
    has_empty_constants: false,
    has_const: false,
    keywords: Keywords::Only(&["minItems", "maxItems", "minimum", "maximum"]),
    formats: Formats::Only(&["date-time", "date", "time"]),
    limits: Limits { tools: Some(512), ..NO_LIMITS },
    ..OPEN_AI
};

/// <https://ai.google.dev/api/caching#Schema>: a message of named fields, in which any other one is an error. The
/// `type` is a single name, an `enum` is of strings, and an object has properties.
const GEMINI_OPEN_API: Dialect = Dialect {
    property_names: Some(Names { length: 64, punctuation: "-.", starts_with_letter: true }),
    has_references: false,
    recursion: Recursion::Refused,
    tuples: Tuples::Objects,
    maps: Maps::Pairs,
    anything: Anything::Text,
    constants: Constants::Strings,
    has_empty_objects: false,
    null: Null::Flag,
    objects: Objects::Unclosable,
    keywords: Keywords::Only(&[
        "minItems",
        "maxItems",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "pattern",
        "minProperties",
        "maxProperties",
    ]),
    formats: Formats::Only(&["date-time", "enum", "float", "double", "int32", "int64"]),
    types: Types::Upper,
    ..GEMINI
};

/// The models behind it differ; what all of them take is written out, and without keywords that only some know.
/// <https://docs.aws.amazon.com/nova/latest/userguide/tool-use-definition.html>: the root has a type, properties, and
/// which of them are required, and nothing else. Names of properties are Anthropic's. A type that contains itself
/// cannot be written out: it is for the models that take it.
const BEDROCK: Dialect = Dialect {
    property_names: Some(Names { length: 64, punctuation: "-.", starts_with_letter: false }),
    has_references: false,
    root: Root::Bare,
    joins_constants: true,
    maps: Maps::WithoutPatterns,
    has_const: false,
    keywords: Keywords::Only(&["minItems", "maxItems", "minimum", "maximum", "minLength", "maxLength", "pattern"]),
    formats: Formats::Only(&["date-time", "time", "date", "email", "uri", "ipv4", "ipv6", "uuid"]),
    limits: NO_LIMITS,
    ..OPEN_AI
};

/// <https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>: the subset, and what is told of it,
/// is Anthropic's.
const BEDROCK_STRICT: Dialect = Dialect { tool_names: NAMES_64, ..ANTHROPIC_STRICT };

/// <https://docs.cohere.com/v2/docs/structured-outputs#parameter-types-support>, where `strict_tools` is not set, but
/// without what is refused where it is (`uniqueItems`). A `pattern` may have no `^` and no `$`, which every one that
/// means the whole text has: it is said in the description.
const COHERE: Dialect = Dialect {
    joins_constants: true,
    maps: Maps::WithoutPatterns,
    keywords: Keywords::Only(&[]),
    formats: Formats::Only(&["date-time", "uuid", "date", "time"]),
    limits: NO_LIMITS,
    ..OPEN_AI
};

/// <https://github.com/ollama/ollama/blob/main/api/types.go>: what is not in `ToolProperty` does not reach the model's
/// template, so that all else is said in the description.
const OLLAMA: Dialect = Dialect {
    has_references: false,
    joins_constants: true,
    maps: Maps::Pairs,
    has_const: false,
    objects: Objects::Unclosable,
    keywords: Keywords::Only(&[]),
    formats: Formats::Only(&[]),
    limits: NO_LIMITS,
    ..OPEN_AI
};

/// <https://docs.x.ai/developers/model-capabilities/text/structured-outputs#json-schema-support>: tools are always
/// strict there, of `additionalProperties` only `true` and `false` are told of, and no schema without a type. Lengths
/// were refused with an error for long, so that they are said in the description.
const XAI: Dialect = Dialect {
    recursion: Recursion::Refused,
    maps: Maps::Pairs,
    anything: Anything::Text,
    objects: Objects::Closed,
    keywords: Keywords::Only(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "pattern"]),
    formats: Formats::Only(&["date", "time", "date-time", "email", "uuid", "ipv4"]),
    ..OPEN_AI
};

/// <https://api-docs.deepseek.com/guides/tool_calls#strict-mode-beta>: `const` is told of for numbers only. What the
/// page does not say is as rig sends it
/// (<https://docs.rs/crate/rig-core/0.46.0/source/src/providers/deepseek.rs>): an array of types may hold names of
/// scalars only, so that `null` beside an object or an array is a branch of `anyOf`; a `$ref` there is written out; and
/// an object without properties is refused.
const DEEP_SEEK_STRICT: Dialect = Dialect {
    has_references: false,
    recursion: Recursion::Refused,
    has_const: false,
    has_empty_objects: false,
    null: Null::InTypeOfScalars,
    keywords: Keywords::Only(&["pattern", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"]),
    formats: Formats::Only(&["email", "hostname", "ipv4", "ipv6", "uuid"]),
    limits: OPEN_AI.limits,
    ..OPEN_AI_STRICT
};

/// <https://modelcontextprotocol.io/specification/2025-11-25/server/tools>: JSON Schema 2020-12, whose root has the
/// type `object`; which model reads it is not known here, so it stays as it is.
const MCP: Dialect = Dialect {
    tool_names: Names { length: 128, punctuation: "-.", starts_with_letter: false },
    has_one_of: true,
    root: Root::Union,
    tuples: Tuples::Kept,
    limits: NO_LIMITS,
    ..OPEN_AI
};
