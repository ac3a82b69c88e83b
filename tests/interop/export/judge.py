"""Holds what is exported against the providers' own packages.

A judge accepts a value when the package's typed model reads it, and writes the same again: what a model does not know
would be dropped, and is found so.
"""

import copy
import json
import sys
import warnings
from typing import Any, Callable

import botocore.session
import botocore.validate
import cohere
import ollama
from google.genai import types as gemini
from mistralai.client import models as mistral
import mcp.types
import mcp_types._v2025_11_25 as mcp_2025_11_25
import mcp_types._v2026_07_28 as mcp_2026_07_28
from anthropic.types import MessageParam, ToolParam, ToolResultBlockParam, ToolUseBlockParam, TextBlockParam
from openai.lib._pydantic import _ensure_strict_json_schema
from openai.types.chat import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionFunctionToolParam,
    ChatCompletionToolMessageParam,
)
from openai.types.responses import (
    EasyInputMessageParam,
    FunctionToolParam,
    ResponseFunctionToolCallParam,
)
from openai.types.responses.response_input_item_param import FunctionCallOutput
from pydantic import BaseModel, ConfigDict, TypeAdapter

warnings.filterwarnings("ignore")

Judge = Callable[[Any], None]


def typed(kind: Any) -> Judge:
    """A typed dictionary: every member is known, and of its type."""

    def judge(value: Any) -> None:
        known = set(getattr(kind, "__annotations__", {}))
        for base in getattr(kind, "__orig_bases__", ()):
            known |= set(getattr(base, "__annotations__", {}))
        unknown = set(value) - known
        assert not unknown, f"{kind.__name__} has no {unknown}"
        TypeAdapter(kind).validate_python(value)

    return judge


def model(kind: type[BaseModel]) -> Judge:
    """A model: it reads the value, and writes the same."""

    def judge(value: Any) -> None:
        read = kind.model_validate(value)
        written = read.model_dump(mode="json", by_alias=True, exclude_unset=True)
        assert written == value, f"{kind.__name__} reads {value} as {written}"

    return judge


def one(*judges: Judge) -> Judge:
    def judge(value: Any) -> None:
        errors = []
        for attempt in judges:
            try:
                return attempt(value)
            except Exception as error:
                errors.append(str(error))
        raise AssertionError("; ".join(errors))

    return judge


# --- What each provider's package says of a tool, and of a message.


def anthropic_message(message: Any) -> None:
    assert set(message) == {"role", "content"} and message["role"] in ("user", "assistant"), message
    block = one(typed(ToolResultBlockParam), typed(ToolUseBlockParam), typed(TextBlockParam))
    for part in message["content"]:
        block(part)
    TypeAdapter(MessageParam).validate_python(message)


def gemini_declaration(value: Any) -> None:
    # Schemas are written with camel case and capital types; unknown members are an error of the model itself.
    read = gemini.FunctionDeclaration.model_validate(value)
    written = read.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert written == value, f"{value} is read as {written}"


BEDROCK = botocore.session.get_session().get_service_model("bedrock-runtime", api_version=None)
CONVERSE = BEDROCK.operation_model("Converse").input_shape


def bedrock(**members: Any) -> None:
    request = {"modelId": "m", **members}
    report = botocore.validate.ParamValidator().validate(request, CONVERSE)
    assert not report.has_errors(), report.generate_report()


def bedrock_tool(value: Any) -> None:
    import re

    bedrock(toolConfig={"tools": [value]})
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", value["toolSpec"]["name"])


def bedrock_message(value: Any) -> None:
    import re

    bedrock(messages=[value])
    for block in value["content"]:
        for use in (block.get("toolUse"), block.get("toolResult")):
            assert use is None or re.fullmatch(r"[a-zA-Z0-9_.:-]{1,64}", use["toolUseId"]), use


def mistral_tool(value: Any) -> None:
    mistral.Tool.model_validate(value)
    mistral.Function.model_validate(value["function"])
    assert set(value["function"]) <= set(mistral.Function.model_fields), value


def mistral_message(value: Any) -> None:
    import re

    kind = mistral.ToolMessage if value["role"] == "tool" else mistral.AssistantMessage
    kind.model_validate(value)
    assert set(value) <= set(kind.model_fields), value
    ids = [value["tool_call_id"]] if value["role"] == "tool" else [call["id"] for call in value["tool_calls"]]
    assert all(re.fullmatch(r"[a-zA-Z0-9]{9}", id) for id in ids), ids


def known_fields(kind: type[BaseModel], **inner: type[BaseModel]) -> Judge:
    """A model that lets unknown members pass: they are looked for here."""

    def judge(value: Any) -> None:
        kind.model_validate(value)
        assert set(value) <= set(kind.model_fields), f"{kind.__name__} has no {set(value) - set(kind.model_fields)}"
        for name, below in inner.items():
            for part in value.get(name, []) if isinstance(value.get(name), list) else [value[name]]:
                known_fields(below)(part)

    return judge


def cohere_message(value: Any) -> None:
    kind = cohere.ToolChatMessageV2 if value["role"] == "tool" else cohere.AssistantChatMessageV2
    known_fields(kind)(value)
    for call in value.get("tool_calls", []):
        known_fields(cohere.ToolCallV2, function=cohere.ToolCallV2Function)(call)


def ollama_tool(value: Any) -> None:
    read = ollama.Tool.model_validate(value)
    parameters = read.model_dump(mode="json", by_alias=True, exclude_unset=True)["function"]["parameters"]
    # Descriptions, types and enums of the arguments are all that reaches a model's template.
    for name, schema in value["function"]["parameters"]["properties"].items():
        for keyword in ("type", "description", "enum"):
            if keyword in schema:
                assert parameters["properties"][name][keyword] == schema[keyword], (name, keyword)


def mcp_result(*kinds: type[BaseModel]) -> Judge:
    return lambda value: [known_by_alias(kind)(value) for kind in kinds] and None


def known_by_alias(kind: type[BaseModel]) -> Judge:
    def judge(value: Any) -> None:
        kind.model_validate(value)
        known = {field.alias or name for name, field in kind.model_fields.items()}
        assert set(value) <= known, f"{kind.__name__} has no {set(value) - known}"

    return judge


CHAT = (
    typed(ChatCompletionFunctionToolParam),
    one(typed(ChatCompletionToolMessageParam), typed(ChatCompletionAssistantMessageParam)),
)
GEMINI = (gemini_declaration, model(gemini.Content))
PROVIDERS: dict[str, tuple[Judge, Judge]] = {
    "openai-chat": CHAT,
    # Both speak the form of Chat Completions, and say to use its package.
    "deepseek": CHAT,
    "xai": CHAT,
    "openai-responses": (
        typed(FunctionToolParam),
        one(typed(EasyInputMessageParam), typed(ResponseFunctionToolCallParam), typed(FunctionCallOutput)),
    ),
    "anthropic": (typed(ToolParam), anthropic_message),
    "gemini": GEMINI,
    "gemini-openapi": GEMINI,
    "bedrock": (bedrock_tool, bedrock_message),
    "mistral": (mistral_tool, mistral_message),
    "cohere": (known_fields(cohere.ToolV2, function=cohere.ToolV2Function), cohere_message),
    "ollama": (ollama_tool, known_fields(ollama.Message)),
    "mcp-2025-06-18": (known_by_alias(mcp.types.Tool), mcp_result(mcp.types.CallToolResult)),
    "mcp-2025-11-25": (known_by_alias(mcp_2025_11_25.Tool), mcp_result(mcp_2025_11_25.CallToolResult)),
    "mcp-2026-07-28": (known_by_alias(mcp_2026_07_28.Tool), mcp_result(mcp_2026_07_28.CallToolResult)),
}


def main() -> int:
    with open(sys.argv[1]) as file:
        fixtures = json.load(file)
    failures: list[str] = []
    counts = {"tools": 0, "messages": 0, "strict schemas unchanged": 0}

    def ask(judge: Judge, value: Any, what: str, counted: str) -> None:
        try:
            judge(copy.deepcopy(value))
            counts[counted] += 1
        except Exception as error:
            failures.append(f"{what}: {type(error).__name__}: {str(error)[:600]}")

    def is_unchanged(schema: Any) -> None:
        helped = _ensure_strict_json_schema(copy.deepcopy(schema), path=(), root=copy.deepcopy(schema))
        assert helped == schema, f"the helper makes it {json.dumps(helped)}"

    def sees_what_is_wrong(judge: Judge, value: Any, what: str) -> None:
        try:
            judge(value)
        except Exception:
            return
        failures.append(f"{what}: a judge accepts {json.dumps(value)}")

    for form, content in fixtures["forms"].items():
        tool_judge, message_judge = PROVIDERS[content["provider"]]
        for name, exported in content["tools"].items():
            ask(tool_judge, exported["tool"], f"{form} {name}", "tools")
            if exported["strict"] and content["provider"].startswith("openai"):
                ask(is_unchanged, exported["schema"], f"{form} {name}, by the strict helper", "strict schemas unchanged")
        broken = json.dumps(content["tools"]["bool"]["tool"]).replace('"name": "bool"', '"name": {"no": "name"}')
        sees_what_is_wrong(tool_judge, json.loads(broken), form)
        sees_what_is_wrong(message_judge, {"role": 5, "content": 5, "type": 5}, form)
        messages = content["results"]
        if not content["provider"].startswith("mcp"):
            messages = content["turn"] + messages
        for message in messages:
            ask(message_judge, message, f"{form} message", "messages")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(", ".join(f"{count} {what}" for what, count in counts.items()), f"accepted, {len(failures)} refused")
    return 1 if failures or not all(counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
