// Drives Chromium through the page: node chat.cjs URL CHROMIUM FOLDER. The folder, which must be new, is the browser's profile.
// What the model does is posted to /puppet/next; every wait is for something that must come, none for time to pass.
"use strict";

const assert = require("node:assert/strict");
const { chromium } = require("playwright-core");

const [base, executablePath, profile] = process.argv.slice(2);

// next lets the model do something.
async function next(thing) {
  const response = await fetch(`${base}/puppet/next`, { method: "POST", body: JSON.stringify(thing) });
  assert.equal(response.status, 200);
}

// left waits for the request to the model to end because the customer has gone.
async function left() {
  const response = await fetch(`${base}/puppet/left`);
  assert.equal(response.status, 200);
}

async function main() {
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
  try {
    const page = browser.pages()[0] ?? (await browser.newPage());
    page.setDefaultTimeout(30_000);
    const mistakes = [];
    page.on("pageerror", (error) => mistakes.push(String(error)));
    await steps(page);
    assert.deepEqual(mistakes, []);
  } finally {
    await browser.close();
  }
}

async function steps(page) {
  const say = async (text) => {
    await page.fill("#message", text);
    await page.press("#message", "Enter");
  };
  // shows waits until the last line of a kind is a text, and not more.
  const shows = (kind, text) =>
    page.waitForFunction(([kind, text]) => [...document.querySelectorAll(kind)].at(-1)?.textContent === text, [kind, text]);
  const ready = () => page.waitForSelector("#send:not([hidden])");

  await page.goto(base);

  console.log("text appears piece by piece, with a tool before it");
  await say("Where is order 4392?");
  await shows(".customer", "Where is order 4392?");
  await next({ Order: "4392" });
  await shows(".news", "lookup_order: done");
  await next({ Text: "It is " });
  await shows(".agent", "It is ");
  assert.equal(await page.getAttribute(".agent", "aria-busy"), "true");
  await next({ Text: "<b>shipped</b>," });
  await shows(".agent", "It is <b>shipped</b>,");
  await next({ Text: "\nÄnn \u{1F600}." });
  await shows(".agent", "It is <b>shipped</b>,\nÄnn \u{1F600}.");
  assert.equal(await page.isHidden("#send"), true);
  await say("Where is it?"); // too early: nothing is sent before the answer is there
  assert.equal(await page.locator(".customer").count(), 1);
  assert.equal(await page.inputValue("#message"), "Where is it?");
  await next({ End: true });
  await ready();
  assert.equal(await page.getAttribute(".agent", "aria-busy"), null);
  assert.equal(await page.locator(".failure").count(), 0);
  assert.equal(await page.locator("#chat b").count(), 0);

  console.log("events are read as they come, whatever the network cuts in two");
  for (const end of ["\n", "\r\n", "\r"]) {
    const text = [": hello", "id: 1", "event: delta", "data: Ä", "data:\u{1F600}", "", "data", "", "event: lost", "", "data: c", "", "data: cut"].join(end);
    const events = await page.evaluate(async (text) => {
      const bytes = new TextEncoder().encode(text);
      const body = new ReadableStream({
        start(to) {
          for (const b of bytes) to.enqueue(new Uint8Array([b]));
          to.close();
        },
      });
      const all = [];
      for await (const event of readEvents(new Response(body))) all.push(event);
      return all;
    }, text);
    assert.deepEqual(events, [{ name: "delta", data: "Ä\n\u{1F600}" }, { name: "message", data: "" }, { name: "message", data: "c" }]);
  }

  console.log("a tool that fails is told of");
  await say("And 9999?");
  await next({ Order: "9999" });
  await shows(".news", "lookup_order: The tool failed.");
  await next({ Text: "I do not know it." });
  await next({ End: true });
  await ready();
  await shows(".agent", "I do not know it.");

  console.log("the stop button ends the request on the server");
  await say("Tell me a story");
  await next({ Text: "Once " });
  await shows(".agent", "Once ");
  await page.click("#stop");
  await left();
  await shows("[role=alert]", "Stopped.");
  await ready();

  console.log("a reload ends the request on the server");
  await say("Tell me a story");
  await next({ Text: "Once " });
  await shows(".agent", "Once ");
  await page.reload();
  await left();
  assert.equal(await page.locator("#chat p").count(), 0);

  console.log("an error amid the answer is shown, and nothing of what the vendor said");
  await say("Hello");
  await next({ Text: "It is " });
  await shows(".agent", "It is ");
  await next({ Status: 401 });
  await shows("[role=alert]", "The model's vendor refused the request.");
  await ready();

  console.log("an error before the answer is shown");
  await say("Hello");
  await next({ Status: 401 });
  await page.waitForFunction(() => document.querySelectorAll("[role=alert]").length === 2);
  await ready();

  console.log("a message that is refused is shown");
  await say(" ");
  await shows("[role=alert]", "write something first");
  await ready();

  console.log("the chat goes on");
  await say("Hello");
  await next({ Text: "Hello!" });
  await next({ End: true });
  await ready();
  await shows(".agent", "Hello!");
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
