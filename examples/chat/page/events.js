"use strict";

// readEvents yields the events of an answer as {name, data}, as the HTML standard has them (section 9.2.6): an EventSource
// cannot post. A character, and a line break of two, may be cut by the network; the decoder and the pending text see to that.
async function* readEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "", name = "", data = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return; // an event without its blank line is none
    const lines = (pending + value).split("\n");
    pending = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) yield { name: name || "message", data: data.join("\n") };
        name = "";
        data = [];
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue; // a comment, which keeps the connection alive
      const field = colon < 0 ? line : line.slice(0, colon);
      const text = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "event") name = text;
      if (field === "data") data.push(text);
    }
  }
}
