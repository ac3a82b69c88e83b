"""The agent of the vendor's documentation, two tools on the OpenAI Agents SDK, against a running `jit-authority`.

    agent.py PATH_OF_JIT_AUTHORITY AUDIT_FILE

A script stands in for the model. Which calls are made, and in which order, is held against the trace that the
documented example leaves.
"""

import asyncio
import json
import re
import sys
import urllib.parse
from typing import Any

import requests
from agents import Agent, Runner, function_tool, set_tracing_disabled
from agents.items import ModelResponse
from agents.models.interface import Model
from agents.usage import Usage
from lumoauth import JITContext, LumoAuthAgent
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

from authority import ORG, Authority, Documents

CLIENT = ("agt_x", "s3cret")
EXPECTED = [
    "oauth/token",
    "jit/task",
    "model",
    "GET documents/doc_9982 403",
    "jit/request",
    "jit/request/ID/token",
    "GET documents/doc_9982 200",
    "model",
    "POST summaries 403",
    "jit/request",
    "jit/request/ID/token",
    "POST summaries 201",
    "model",
    "jit/task/ID/complete",
]
DENIED = [*EXPECTED[:3], "GET payments/pay_1 403", "jit/request", "model", EXPECTED[-1]]


class Trace(list[str]):
    """Every call, in order: the SDK's over HTTP, and the model's."""

    def __enter__(self) -> "Trace":
        self.original = requests.Session.send
        trace = self

        def send(session: requests.Session, request: requests.PreparedRequest, **more: Any) -> requests.Response:
            answer = trace.original(session, request, **more)
            path = urllib.parse.urlsplit(request.url).path
            if "/api/v1/" in path:
                trace.append(re.sub(r"(task|jitreq)_\w+", "ID", path.split("/api/v1/")[1]))
            else:
                trace.append(f"{request.method} {path.removeprefix('/v1/')} {answer.status_code}")
            return answer

        requests.Session.send = send  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        requests.Session.send = self.original  # type: ignore[method-assign]


class Script(Model):
    """A model that calls these tools, one after the other, and ends with a text."""

    def __init__(self, trace: Trace, *calls: tuple[str, dict[str, str]]) -> None:
        self.trace, self.calls, self.seen = trace, list(calls), []

    async def get_response(self, system_instructions: Any, input: Any, *_: Any, **__: Any) -> ModelResponse:
        self.trace.append("model")
        self.seen = input
        if self.calls:
            name, arguments = self.calls.pop(0)
            output: Any = ResponseFunctionToolCall(
                type="function_call", call_id=f"call_{name}", name=name, arguments=json.dumps(arguments)
            )
        else:
            text = ResponseOutputText(type="output_text", text="Done.", annotations=[])
            output = ResponseOutputMessage(
                type="message", id="m", role="assistant", status="completed", content=[text]
            )
        return ModelResponse(output=[output], usage=Usage(), response_id=None)

    def stream_response(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError


def tools(jit: JITContext, api: str) -> list[Any]:
    @function_tool
    def fetch_protected_document(document_id: str) -> str:
        """Fetch a sensitive document from the protected API."""
        answer = jit.call_with_escalation("GET", f"{api}/v1/documents/{document_id}", justification="For the user.")
        return answer.text

    @function_tool
    def summarize_and_save(document_id: str, summary: str) -> str:
        """Save a summary of a document."""
        body = {"document_id": document_id, "summary": summary}
        return jit.call_with_escalation("POST", f"{api}/v1/summaries", justification="To save it.", data=body).text

    @function_tool
    def fetch_payment(payment_id: str) -> str:
        """Fetch a payment."""
        original = jit.request_permission
        jit.request_permission = lambda *a, **k: original(*a, **{**k, "wait_for_approval": False})  # type: ignore
        return jit.call_with_escalation("GET", f"{api}/v1/payments/{payment_id}").text

    return [fetch_protected_document, summarize_and_save, fetch_payment]


def run(authority: Authority, *calls: tuple[str, dict[str, str]]) -> tuple[Trace, Script, Documents]:
    api = Documents(authority, CLIENT)
    with Trace() as trace:
        identity = LumoAuthAgent(base_url=authority.url, org_id=ORG, client_id=CLIENT[0], client_secret=CLIENT[1])
        assert identity.authenticate()
        with JITContext(identity) as jit:
            jit.create_task(name="OpenAI Agents document task")
            script = Script(trace, *calls)
            analyst = Agent(
                name="Document Analyst",
                instructions="Answer from the documents that you can fetch.",
                tools=tools(jit, api.url),
                model=script,
            )
            result = asyncio.run(Runner.run(analyst, "Fetch document doc_9982, summarize it, and save the summary."))
    assert result.final_output == "Done."
    return trace, script, api


def main() -> None:
    set_tracing_disabled(True)
    with Authority(sys.argv[1], "--client", ":".join(CLIENT), "--audit", sys.argv[2]) as authority:
        trace, script, api = run(
            authority,
            ("fetch_protected_document", {"document_id": "doc_9982"}),
            ("summarize_and_save", {"document_id": "doc_9982", "summary": "Revenue is up."}),
        )
        assert list(trace) == EXPECTED, trace
        assert api.summaries == {"doc_9982": "Revenue is up."}
        assert "12 percent" in str(script.seen), "the model saw the document"
        print(f"   granted: {len(trace)} calls")

        trace, script, api = run(authority, ("fetch_payment", {"payment_id": "pay_1"}))
        assert list(trace) == DENIED, trace
        assert "insufficient_authorization_details" in str(script.seen), "the model was told"
        print(f"   left undecided: {len(trace)} calls")
    events = [json.loads(line) for line in open(sys.argv[2])]
    issued = {event["jti"] for event in events if event["event"] == "jit_token_issued"}
    revoked = {event["jti"] for event in events if event["event"] == "token_revoked"}
    assert len(issued) == 2 and issued == revoked, events
    print("   two JIT tokens issued, none alive at the end")


if __name__ == "__main__":
    main()
