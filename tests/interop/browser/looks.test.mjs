// What the pages look like: pictures in both themes, no page wider than a small screen, and no barrier that axe-core
// knows of.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, person, start } from "./authority.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser, authority, cookies, root;
const pages = new Map();

before(async () => {
  browser = await launch();
  authority = await start();
  const { agent } = authority;
  const task = await agent.task();
  await agent.exchange(await agent.ask(task, { actions: ["read"] }));
  const { context, page } = await person(browser);
  await page.goto(authority.link);
  root = new URL(page.url()).pathname.slice(0, -1);
  const denied = await agent.ask(task, { identifier: "doc_1207" });
  await page.locator(`#${denied}`).getByLabel("Message to the agent (optional)").fill("ask Ann first");
  await page.locator(`#${denied}`).getByRole("button", { name: "Deny" }).click();
  await page.getByText("Not approved").waitFor();
  cookies = await context.cookies();
  await context.close();

  pages.set("nothing", "/login");
  await agent.ask(task);
  await agent.ask(task, { type: "payment", actions: ["refund", "*"], identifier: undefined, justification: undefined });
  await agent.ask(await agent.task("x".repeat(200)), {
    actions: ["y".repeat(300)], identifier: "z".repeat(300), justification: "w".repeat(500),
  });
  pages.set("requests", `${root}/?done=${denied}`);
  pages.set("tasks", `${root}/tasks`).set("task", `${root}/tasks/${task}`);
  pages.set("history", `${root}/history`).set("audit", `${root}/audit`);
});
after(async () => {
  await browser?.close();
  await authority?.stop();
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1100, 400]) {
    test(`${colorScheme}, ${width} pixels wide`, async () => {
      const { context, page } = await person(browser, { colorScheme, viewport: { width, height: 900 } });
      for (const [name, path] of pages) {
        // The first page is the one for whoever is not logged in.
        if (name === "requests") await context.addCookies(cookies);
        await page.goto(authority.page + path);
        await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}-${colorScheme}-${width}.png`), fullPage: true });
        const widest = await page.evaluate(() => document.scrollingElement.scrollWidth);
        assert.ok(widest <= width, `${name} is ${widest} pixels wide`);
        for (const each of await page.locator("summary").all()) await each.click();
        await page.evaluate(AXE);
        const { violations, passes } = await page.evaluate(() => axe.run());
        assert.ok(passes.length > 5, "axe-core looked at the page");
        const told = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" ")}`);
        assert.deepEqual(told, [], name);
      }
      await context.close();
    });
  }
}
