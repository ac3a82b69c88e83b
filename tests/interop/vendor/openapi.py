"""Fuzzes a running `jit-authority` by its own OpenAPI document: no 500s, and no answer that is not declared.

    openapi.py PATH_OF_JIT_AUTHORITY PATH_OF_SCHEMATHESIS
"""

import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request

from authority import ORG, REVIEWER, Authority

CLIENT = ("agt_x", "s3cret")
# A store in memory takes a thousand open tasks: what is beyond is a declared answer, and each run has its own.
RUNS = ["agent", "review", "oauth", "discovery"]
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
]


def agent_token(authority: Authority) -> str:
    form = {"grant_type": "client_credentials", "client_id": CLIENT[0], "client_secret": CLIENT[1]}
    url = f"{authority.url}/orgs/{ORG}/api/v1/oauth/token"
    with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode()) as answer:
        return json.load(answer)["access_token"]


def leave_work(authority: Authority) -> None:
    """Requests that wait, for the calls of a reviewer to find."""
    token = agent_token(authority)
    for _ in range(50):
        task = authority.post("/jit/task", token, {})["task_id"]
        delete = {"type": "document", "actions": ["delete"]}
        authority.post("/jit/request", token, {"task_id": task, "authorization_details": delete})


def main() -> None:
    failed = []
    for tag in RUNS:
        options = ["--client", ":".join(CLIENT), "--token-calls", "1000000", "--api-calls", "1000000"]
        with Authority(sys.argv[1], *options) as authority:
            checks = list(CHECKS)
            command = [sys.argv[2], "--config-file", f"{os.path.dirname(__file__)}/schemathesis.toml"]
            command += ["run", f"{authority.url}/openapi.json", "--include-tag", tag, "--no-color", "--seed", "1"]
            command += ["--max-examples", "50", "--warnings", "off"]
            # Where one call's answer leads to another call, that way is taken as well.
            command += ["--phases", "coverage,fuzzing" + (",stateful" if tag in ("agent", "review") else "")]
            command += ["--generation-database", "none"]
            if tag == "agent":
                command += ["--header", f"Authorization: Bearer {agent_token(authority)}"]
            if tag == "review":
                leave_work(authority)
                command += ["--header", f"Authorization: Bearer {REVIEWER}"]
            if tag in ("agent", "review"):
                # An OAuth error for a wrong grant is 400 (RFC 6749, section 5.2), and no document can say which is right.
                checks += ["positive_data_acceptance", "ignored_auth"]
            command += ["--checks", ",".join(checks)]
            print(f"   {tag}", flush=True)
            done = subprocess.run(command, capture_output=True, text=True)
            lines = done.stdout.strip().splitlines()
            print(*(lines if done.returncode else lines[-1:]), sep="\n", flush=True)
            if done.returncode != 0:
                print(done.stderr, file=sys.stderr)
                failed.append(tag)
    assert not failed, f"not as declared: {failed}"


if __name__ == "__main__":
    main()
