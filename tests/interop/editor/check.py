"""Asks rust-analyzer, as an editor does, about functions with #[jit_tool]: completion in bodies that are being written,
and renaming of an argument."""

import json
import os
import pathlib
import queue
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(sys.argv[1]).resolve()
FILE = ROOT / "src/lib.rs"
URI, TEXT = FILE.as_uri(), FILE.read_text()
SETTINGS = {"checkOnSave": False, "cachePriming": {"enable": False}, "cargo": {"targetDir": sys.argv[2]}}


class Editor:
    """An editor that knows as much of the protocol as is needed here."""

    def __init__(self):
        self.server = subprocess.Popen(["rust-analyzer"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
        self.received, self.number, self.is_ready = queue.Queue(), 0, False
        threading.Thread(target=self.read, daemon=True).start()
        capabilities = {"experimental": {"serverStatusNotification": True}, "workspace": {"configuration": True}}
        folder = {"uri": ROOT.as_uri(), "name": "crate"}
        self.ask("initialize", {"processId": os.getpid(), "rootUri": ROOT.as_uri(), "workspaceFolders": [folder],
                                "initializationOptions": SETTINGS, "capabilities": capabilities})
        self.send({"method": "initialized", "params": {}})
        document = {"uri": URI, "languageId": "rust", "version": 1, "text": TEXT}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        self.wait(lambda message: self.is_ready, 900)

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.server.stdin.flush()

    def read(self):
        while header := self.server.stdout.readline():
            length = int(header.split(b":")[1])
            while self.server.stdout.readline().strip():
                pass
            self.received.put(json.loads(self.server.stdout.read(length)))
        self.received.put(None)

    def wait(self, is_it, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                message = self.received.get(timeout=left)
            except queue.Empty:
                break
            if message is None:
                sys.exit("rust-analyzer stopped")
            if "id" in message and "method" in message:
                settings = message["method"] == "workspace/configuration"
                result = [SETTINGS for _ in message["params"]["items"]] if settings else None
                self.send({"id": message["id"], "result": result})
            if message.get("method") == "experimental/serverStatus":
                self.is_ready |= message["params"]["quiescent"]
            if is_it(message):
                return message
        sys.exit("rust-analyzer did not answer in time")

    def ask(self, method, params):
        while True:
            self.number += 1
            self.send({"id": self.number, "method": method, "params": params})
            answer = self.wait(lambda message: message.get("id") == self.number and "method" not in message, 300)
            # The content changed, or the request was cancelled: it is asked again.
            if answer.get("error", {}).get("code") not in (-32801, -32802):
                return answer.get("result")
            time.sleep(1)

    def at(self, text, offset):
        """The place so many letters after a text begins."""
        at = TEXT.index(text) + offset
        line = TEXT.count("\n", 0, at)
        return {"textDocument": {"uri": URI}, "position": {"line": line, "character": at - TEXT.rfind("\n", 0, at) - 1}}

    def complete(self, text):
        answer = self.ask("textDocument/completion", self.at(text, len(text)))
        return {item["label"].split("(")[0] for item in (answer or {}).get("items", [])}

    def rename(self, text):
        answer = self.ask("textDocument/rename", {**self.at(text, 0), "newName": "renamed"}) or {}
        edits = [edit for document in answer.get("documentChanges", []) for edit in document["edits"]]
        edits += [edit for edits in answer.get("changes", {}).values() for edit in edits]
        return sorted((edit["range"]["start"]["line"] + 1, edit["newText"]) for edit in edits)


def check(what, holds, found):
    print(f"{'ok' if holds else 'FAILED'}: {what}" + ("" if holds else f": {found}"))
    return holds


def main():
    editor = Editor()
    results = []
    for body, word in [("words.le", "len"), ("title.le", "len"), ("self.ro", "root")]:
        found = editor.complete(body)
        results.append(check(f"`{body}` is completed to `{word}`", word in found, sorted(found)[:10]))
    line = TEXT[: TEXT.index("text: &str")].count("\n") + 1
    expected = [(line, "renamed"), (line + 1, "renamed")]
    for place, text in [("signature", "text: &str"), ("body", "text.len()")]:
        found = editor.rename(text)
        results.append(check(f"an argument is renamed from the {place}", found == expected, found))
    editor.server.kill()
    sys.exit(0 if all(results) else 1)


main()
