"use strict";

// readEvents yields the events of an answer as {name, data}, as the HTML standard has them (section 9.2.6): an EventSource
// cannot post. What the network cuts in two is put together: a character by the decoder, a line by what is pending. Leaving the
// loop ends the request.
async function* readEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "", name = "", data = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return; // an event without its blank line is none
      const lines = (pending + value).split(/\r\n|\n|\r(?!$)/); // a \r at the end may be half of a line break
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
  } finally {
    reader.cancel().catch(() => {}); // of a request that has failed already
  }
}
