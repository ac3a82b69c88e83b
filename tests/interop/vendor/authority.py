"""A running `jit-authority`, and an API that asks it about tokens, for the suites beside this file."""

import base64
import json
import os
import subprocess
import threading
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ORG = "acme-corp"
USER = "ann@acme.com"
REVIEWER = "the reviewer's own token"


class Authority:
    """The real process. What it prints first says that it is ready, and what an agent needs."""

    def __init__(self, binary: str, *options: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AGENT_CLIENT")}
        environment["JIT_AUTHORITY_REVIEWER_TOKEN"] = REVIEWER
        self.process = subprocess.Popen(
            [binary, "--listen", "127.0.0.1:0", "--user", USER, *options],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self.process.stdout is not None
        self.user_token = ""
        for line in self.process.stdout:
            if line.startswith("ready "):
                self.url = line.removeprefix("ready ").strip()
            if line.startswith(f"the token of {USER}: "):
                self.user_token = line.rsplit(" ", 1)[1].strip()
                break
        assert self.user_token, "the authority did not start"

    def __enter__(self) -> "Authority":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)

    def post(self, path: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.url}/orgs/{ORG}/api/v1{path}",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def introspect(self, token: str, client: str, secret: str) -> dict[str, Any]:
        form = urllib.parse.urlencode({"token": token, "client_id": client, "client_secret": secret}).encode()
        with urllib.request.urlopen(f"{self.url}/orgs/{ORG}/api/v1/oauth/introspect", form) as answer:
            return json.load(answer)


@dataclass
class Documents:
    """A document API in the vendor's manner: 403 with a challenge, until a JIT token permits the call.

    It asks the authority about each token, as RFC 7662 has it, and remembers what it was sent.
    """

    authority: Authority
    client: tuple[str, str]
    documents: dict[str, str] = field(default_factory=lambda: {"doc_9982": "Q4: revenue is up by 12 percent."})
    summaries: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.handle(self, "read")

            def do_POST(self) -> None:
                outer.handle(self, "create")

            def do_DELETE(self) -> None:
                outer.handle(self, "delete")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handle(self, call: BaseHTTPRequestHandler, action: str) -> None:
        body = call.rfile.read(int(call.headers.get("Content-Length") or 0))
        _, _, kind, *rest = call.path.split("/")
        name = rest[0] if rest else json.loads(body or b"{}").get("document_id", "")
        need = {"type": kind.removesuffix("s").replace("ie", "y"), "actions": [action], "identifier": name}
        token = call.headers.get("Authorization", "").removeprefix("Bearer ")
        told = self.authority.introspect(token, *self.client)
        if not told.get("active") or need not in told.get("authorization_details", []):
            header = base64.b64encode(json.dumps(need).encode()).decode()
            bearer = 'Bearer error="insufficient_authorization_details"'
            body = {"error": "insufficient_authorization_details", "authorization_details_hint": need}
            headers = {"Insufficient-Authorization-Details": header, "WWW-Authenticate": bearer}
            self.answer(call, 403, body, headers)
        elif action == "create":
            self.summaries[name] = json.loads(body)["summary"]
            self.answer(call, 201, {"saved": name})
        elif action == "delete":
            self.documents.pop(name, None)
            self.answer(call, 200, {"deleted": name})
        else:
            self.answer(call, 200, {"content": self.documents[name]})

    def answer(self, call: BaseHTTPRequestHandler, status: int, body: Any, headers: dict[str, str] = {}) -> None:
        self.calls.append((f"{call.command} {call.path}", status))
        call.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            call.send_header(name, value)
        call.end_headers()
        call.wfile.write(json.dumps(body).encode())


class Reviewer:
    """A person who decides, as soon as something waits, what was said beforehand."""

    def __init__(self, authority: Authority, verdict: str, **words: str) -> None:
        self.authority, self.verdict, self.words = authority, verdict, words
        self.done = threading.Event()
        self.decided: list[str] = []
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self) -> "Reviewer":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()

    def watch(self) -> None:
        url = f"{self.authority.url}/orgs/{ORG}/api/v1/jit/pending"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {REVIEWER}"})
        while not self.done.wait(0.02):
            with urllib.request.urlopen(request) as answer:
                waiting = json.load(answer)["data"]
            for one in waiting:
                self.authority.post(f"/jit/{self.verdict}/{one['request_id']}", REVIEWER, dict(self.words))
                self.decided.append(one["request_id"])
