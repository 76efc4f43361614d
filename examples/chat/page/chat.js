"use strict";

const chat = document.getElementById("chat");
const composer = document.getElementById("composer");
const message = document.getElementById("message");
const send = document.getElementById("send");
const stop = document.getElementById("stop");
const earlier = []; // what was said, for the agent, which keeps no memory

// show adds a line to the chat. Everything from outside is text, never HTML.
function show(kind, text) {
  const line = document.createElement("p");
  line.className = kind;
  line.textContent = text;
  chat.append(line);
  line.scrollIntoView({ block: "end" });
  return line;
}

function fail(text) {
  show("failure", text).setAttribute("role", "alert");
}

// ask posts a message and shows the answer while it is written.
async function ask(text, signal) {
  const response = await fetch("respond", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept": "text/event-stream" },
    body: JSON.stringify({ message: text, earlier }),
    signal,
  });
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    fail(problem.detail || response.statusText);
    return;
  }
  let answer = null;
  const tools = new Map(); // the lines of those that run
  try {
    for await (const event of readEvents(response)) {
      const data = JSON.parse(event.data);
      switch (event.name) {
        case "delta":
          answer ??= show("agent", "");
          answer.setAttribute("aria-busy", "true");
          answer.textContent += data.text;
          break;
        case "tool":
          if (data.state === "started") {
            tools.set(data.call_id, show("news", `${data.name} …`));
            answer?.removeAttribute("aria-busy");
            answer = null; // what comes after it is another line
          } else {
            tools.get(data.call_id).textContent = `${data.name}: ${data.error || "done"}`;
          }
          break;
        case "retry":
          show("news", `trying again in ${data.delay_ms / 1000} s`);
          break;
        case "result":
          answer ??= show("agent", data);
          earlier.push({ own: false, text }, { own: true, text: data });
          return;
        case "error":
          fail(data.detail);
          return;
      }
    }
    fail("The connection was lost.");
  } finally {
    answer?.removeAttribute("aria-busy");
  }
}

// busy shows the button that can be used. One that is disabled keeps Enter from sending, too.
function busy(is) {
  send.hidden = send.disabled = is;
  stop.hidden = !is;
}

composer.addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  const text = message.value;
  const leaving = new AbortController();
  stop.onclick = () => leaving.abort();
  message.value = "";
  busy(true);
  show("customer", text);
  try {
    await ask(text, leaving.signal);
  } catch (error) {
    fail(error.name === "AbortError" ? "Stopped." : "The connection was lost.");
  }
  busy(false);
  message.focus();
});
