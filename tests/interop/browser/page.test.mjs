// A person decides, in a browser.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { launch, person, start } from "./authority.mjs";

let browser, authority, context, page, complaints;

before(async () => { browser = await launch(); });
after(() => browser?.close());

beforeEach(async () => {
  authority = await start();
  ({ context, page, complaints } = await person(browser));
});
afterEach(async () => {
  await context.close();
  await authority.stop();
  assert.deepEqual(complaints, []);
});

const card = (id) => page.locator(`#${id}`);
const logIn = () => page.goto(authority.link);

/** Presses Tab until this has the focus; each stop on the way is to be seen. */
async function tabTo(target) {
  for (let stops = 0; stops < 60; stops++) {
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, "none", `no outline at ${await page.evaluate(() => document.activeElement.outerHTML)}`);
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  assert.fail(`Tab does not lead to ${target}`);
}

test("a link logs in, once", async () => {
  await logIn();
  assert.equal(await page.textContent("h1"), "Permission requests in acme-corp");
  assert.match(page.url().slice(authority.page.length), /^\/s\/page_[0-9a-f]{64}\/$/, "the code is not left in the address");
  const other = await person(browser);
  const answer = await other.page.goto(authority.link);
  assert.equal(answer.status(), 403);
  assert.equal(await other.page.textContent("h1"), "Not logged in");
  await other.context.close();

  await page.click("text=Log out");
  assert.equal(await page.textContent("h1"), "Not logged in");
  // The browser reports each answer of this kind.
  assert.match(complaints.pop(), /403/);
});

test("a request appears without reloading, and what a person is writing stays", async () => {
  await logIn();
  await page.evaluate(() => { window.isTheSamePage = true; });
  const task = await authority.agent.task();
  const first = await authority.agent.ask(task);
  await card(first).waitFor();
  assert.equal(await page.title(), "(1) Permission requests");
  const message = card(first).getByLabel("Message to the agent (optional)");
  await message.fill("only thi");

  const second = await authority.agent.ask(task, { identifier: "doc_1207" });
  await card(second).waitFor();
  await page.keyboard.type("s one");
  assert.equal(await message.inputValue(), "only this one");
  await card(first).getByText("Request 1 of 2, one other waits").waitFor();
  assert.equal(await page.textContent("#waiting"), "2 requests wait for you.");
  assert.ok(await page.evaluate(() => window.isTheSamePage));

  // Another person decides the one that this person looks at.
  const other = await person(browser);
  await other.page.goto(await authority.newLink());
  await other.page.locator(`#${first}`).getByRole("button", { name: "Deny" }).click();
  await card(first).waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.localName), "h1", "the focus is not lost");
  assert.ok(await card(second).isVisible());
  await other.context.close();
});

test("a person sees what is asked for, in words and as JSON, and whose words the reason has", async () => {
  const task = await authority.agent.task();
  const id = await authority.agent.ask(task, { retention: { years: 7 } });
  await logIn();
  const text = await card(id).innerText();
  for (const words of [
    "May agt_clerk delete document doc_9982?", "high risk", "Tidy up the archive", "ann@acme.com", "10 min",
    "https://api.acme.com/v1/documents", '{"years":7}', "no other waits", "Untrusted",
  ]) assert.ok(text.includes(words), `${words} is missing in ${text}`);
  assert.equal(await card(id).locator("blockquote mark").innerText(), "“doc_9982”");
  await card(id).getByText("As JSON").click();
  const json = JSON.parse(await card(id).locator("pre").innerText());
  assert.deepEqual(json, {
    type: "document", locations: ["https://api.acme.com/v1/documents"], actions: ["delete"], identifier: "doc_9982",
    retention: { years: 7 },
  });
});

test("approved for a shorter time, with a message, and the token is seen to run out", async () => {
  const task = await authority.agent.task();
  const id = await authority.agent.ask(task);
  await logIn();
  await card(id).getByLabel("Approve for").selectOption("1 min");
  await card(id).getByLabel("Message to the agent (optional)").fill("only this one");
  await card(id).getByRole("button", { name: "Approve" }).click();
  await page.getByText("Approved for 1 min: agt_clerk may delete document doc_9982 +1 more member.").waitFor();
  const status = await authority.agent.status(id);
  assert.deepEqual([status.status, status.granted_ttl, status.agent_message], ["approved", 60, "only this one"]);

  await page.getByText("See its task").click();
  await page.getByText("None is alive.").waitFor();
  await authority.agent.exchange(id);
  await page.getByText("1 live token.").waitFor();
  const bar = page.getByRole("progressbar", { name: "What is left of the token's time" });
  const [most, left] = await bar.evaluate((each) => [each.max, each.value]);
  // What is granted ends a minute after the decision, however late it is exchanged.
  assert.ok(most > 50 && most <= 60 && left > 50, `${left} of ${most}`);
  await page.waitForFunction((left) => document.querySelector("#tokens progress").value < left, left);

  await page.getByRole("button", { name: "Stop the task and revoke its tokens" }).click();
  await page.getByText("suspended", { exact: true }).waitFor();
  await page.getByText("revoked", { exact: true }).waitFor();
});

test("denied, with a reason that the agent never sees", async () => {
  const id = await authority.agent.ask(await authority.agent.task());
  await logIn();
  await card(id).getByLabel("Message to the agent (optional)").fill("ask Ann first");
  await card(id).getByLabel("Reason, for your own records").fill("looks odd");
  await card(id).getByRole("button", { name: "Deny" }).click();
  await page.getByText("Not approved: agt_clerk may not delete document doc_9982 +1 more member.").waitFor();
  const status = await authority.agent.status(id);
  assert.deepEqual([status.status, status.agent_message], ["denied", "ask Ann first"]);
  assert.ok(!JSON.stringify(status).includes("looks odd"));
  await page.getByRole("link", { name: "History" }).click();
  await page.getByText("Noted: looks odd").waitFor();
});

test("keyboard only, and no stray key approves", async () => {
  const id = await authority.agent.ask(await authority.agent.task(), { type: "payment" });
  await logIn();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  await page.keyboard.press("Enter");
  await tabTo(card(id).getByText("As JSON"));
  await page.keyboard.press("Enter");
  assert.ok(await card(id).locator("pre").isVisible());
  await tabTo(card(id).getByLabel("Approve for"));
  await page.keyboard.type("1 min");
  await tabTo(card(id).getByLabel("Message to the agent (optional)"));
  await page.keyboard.type("once");
  await page.keyboard.press("Enter");
  const looked = card(id).getByRole("checkbox", { name: "I have looked twice" });
  await tabTo(looked);
  await page.keyboard.press("Enter");
  assert.equal((await authority.agent.status(id)).status, "pending", "Enter in a field decides nothing");

  const approve = card(id).getByRole("button", { name: "Approve" });
  await tabTo(approve);
  await page.keyboard.press("Enter");
  assert.ok(await looked.evaluate((box) => box.validity.valueMissing && box === document.activeElement));
  assert.equal((await authority.agent.status(id)).status, "pending", "critical, and nobody looked twice");
  await page.keyboard.press("Space");
  await tabTo(approve);
  await page.keyboard.press("Enter");
  await page.getByText("Approved for 1 min").waitFor();
  const status = await authority.agent.status(id);
  assert.deepEqual([status.status, status.granted_ttl, status.agent_message.trim()], ["approved", 60, "once"]);
});

test("without scripts a person looks again, and decides", async () => {
  const plain = await person(browser, { javaScriptEnabled: false });
  const { page } = plain;
  await page.goto(authority.link);
  const task = await authority.agent.task();
  const [one, two] = [await authority.agent.ask(task), await authority.agent.ask(task, { identifier: "doc_1207" })];
  await page.click("text=Look again");
  await page.locator(`#${one}`).getByLabel("Approve for").selectOption("5 min");
  await page.locator(`#${one}`).getByRole("button", { name: "Approve" }).click();
  await page.getByText("Approved for 5 min").waitFor();
  await page.locator(`#${two}`).getByRole("button", { name: "Deny" }).click();
  await page.getByText("Not approved").waitFor();
  const states = [await authority.agent.status(one), await authority.agent.status(two)].map(({ status }) => status);
  assert.deepEqual(states, ["approved", "denied"]);
  assert.equal(await page.locator("progress").count(), 0);
  await page.click("text=See its task");
  await page.getByText("What happened").waitFor();
  assert.deepEqual(plain.complaints, []);
  await plain.context.close();
});

test("markup in a reason stays text, and no script runs but the page's own", async () => {
  const attack = '<img src=x onerror="window.isHacked=1"><script>window.isHacked=1;alert(1)</script>';
  const id = await authority.agent.ask(await authority.agent.task(attack), {
    identifier: attack, justification: `${attack} "${attack}" [quoted: from the model]`,
  });
  await logIn();
  await card(id).waitFor();
  // Once more by the page's own way of taking over what is new.
  const second = await authority.agent.ask(await authority.agent.task(attack), { justification: attack });
  await card(second).waitFor();
  assert.ok((await card(second).innerText()).includes(attack));
  assert.equal(await page.evaluate(() => window.isHacked), undefined);
  assert.equal(await page.locator("main img, main script").count(), 0);

  // If something did get in, the browser would refuse it.
  await page.evaluate(() => {
    const script = document.createElement("script");
    try { script.textContent = "window.isHacked = 1"; } catch { /* no text becomes a script */ }
    document.body.append(script);
  });
  assert.equal(await page.evaluate(() => window.isHacked), undefined);
  assert.ok(complaints.length > 0 && complaints.every((text) => /Content Security Policy|TrustedScript/.test(text)), complaints);
  complaints.length = 0;
});

test("a page says that the authority is gone", async () => {
  await logIn();
  await authority.agent.task();
  await page.evaluate(() => source.readyState === EventSource.OPEN || new Promise((open) => source.addEventListener("open", open)));
  // The browser reports each call that nobody answers.
  context.removeAllListeners("console");
  await authority.stop();
  await page.getByText("The authority does not answer").waitFor();
});
