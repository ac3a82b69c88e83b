// A running `jit-authority`, an agent that calls it, and a browser to look at it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const API = "/orgs/acme-corp/api/v1";
const REVIEWER = "the reviewer's own token";

/** The real process. What it prints first says that it is ready, and what an agent and a person need. */
export async function start(listen = "127.0.0.1:0") {
  const process_ = spawn(process.env.JIT_AUTHORITY, ["--listen", listen, "--client", "agt_clerk:s3cret"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, JIT_AUTHORITY_REVIEWER_TOKEN: REVIEWER },
  });
  const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
  const after = async (words) => {
    const { value } = await lines.next();
    assert.ok(value?.startsWith(words), value);
    return value.slice(words.length);
  };
  const url = await after("ready ");
  const link = await after("approve or deny at ");
  const stop = async () => {
    if (process_.exitCode !== null || process_.signalCode !== null) return;
    process_.kill();
    await once(process_, "exit");
  };
  // The page has a host of its own, which leads to this machine in a browser, and by the operating system's resolver not
  // everywhere.
  return { url, page: new URL(link).origin, link, stop, newLink: () => newLink(url), agent: await Agent.of(url) };
}

async function newLink(url) {
  const headers = { authorization: `Bearer ${REVIEWER}` };
  const answer = await fetch(`${url}/login/links`, { method: "POST", headers });
  return (await answer.json()).login_link;
}

/** An agent, which is real but for the model. */
class Agent {
  static async of(url) {
    const form = { grant_type: "client_credentials", client_id: "agt_clerk", client_secret: "s3cret" };
    const answer = await fetch(`${url}${API}/oauth/token`, { method: "POST", body: new URLSearchParams(form) });
    return Object.assign(new Agent(), { url, token: (await answer.json()).access_token });
  }

  async call(method, path, body) {
    const answer = await fetch(`${this.url}${API}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    return answer.json();
  }

  async task(name = "Tidy up the archive") {
    return (await this.call("POST", "/jit/task", { name, on_behalf_of: "ann@acme.com" })).task_id;
  }

  async ask(task_id, { actions = ["delete"], type = "document", ...more } = {}) {
    const { justification = 'Deleting "doc_9982", which nobody needs [quoted: from the model]', ...detail } = more;
    const authorization_details = {
      type, actions, identifier: "doc_9982", locations: ["https://api.acme.com/v1/documents"], ...detail,
    };
    const asked = await this.call("POST", "/jit/request", { task_id, authorization_details, justification });
    assert.ok(asked.request_id, JSON.stringify(asked));
    return asked.request_id;
  }

  status(request) {
    return this.call("GET", `/jit/request/${request}/status`);
  }

  exchange(request) {
    return this.call("POST", `/jit/request/${request}/token`);
  }
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    // Chromium's sandbox does not work for root, as whom many containers run; the pages are ours.
    chromiumSandbox: process.getuid() !== 0,
  });
}

/**
 * A person's browser. What the page complains of in the console, such as a breach of its content security policy, is
 * an error of the test, and so is every dialogue.
 */
export async function person(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
  const complaints = [];
  context.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("dialog", (dialog) => complaints.push(`a dialogue: ${dialog.message()}`) && dialog.dismiss());
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  return { context, page, complaints };
}
