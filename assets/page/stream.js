// Gradio's server ends a page's stream of results when no run of the page is left, and its client
// opens another for the next run. A run that is asked for just then, while the word of the end is
// still on its way, is answered on no stream: it waits until the visitor does something else.
// So the end reaches the client only when nothing is awaited; else the stream goes on with another
// connection (docs/decisions/0112-stream.md). And what a busy server refuses is asked for again.
"use strict";

(() => {
  const ask = window.fetch.bind(window);
  const asking = new Set(); // requests for a run that are not answered yet
  const awaited = new Set(); // runs that are asked for and not done
  const early = new Set(); // runs that were done before their request was answered
  const busy = new Set(); // what runs were told that found no place yet
  const longest = 120_000; // milliseconds for which they are asked for again
  const patience = 1000; // milliseconds for the client to hear the end
  let heard = Promise.resolve(); // that the client has taken note of the last end

  window.fetch = (what, how) => {
    const { pathname } = new URL(what.url ?? what, location.href);
    const once = () => ask(what, how);
    if (pathname.endsWith("/queue/join")) return patiently(() => run(once()));
    if (/\/run\/\w+$/.test(pathname)) return patiently(once);
    if (pathname.endsWith("/queue/data")) return lasting(() => ask(what, how), what.signal);
    return ask(what, how);
  };

  // A busy server says in a sentence why it takes nothing more just now, and when to ask again. The
  // page shows the sentence (runs.js) and asks again by itself, not all pages at the same moment.
  async function patiently(once) {
    const since = performance.now();
    const told = {};
    let answer, detail;
    for (;;) {
      answer = await once();
      const seconds = [429, 503].includes(answer.status) && +answer.headers.get("Retry-After");
      if (!seconds) break;
      ({ detail } = await answer.clone().json().catch(() => ({})));
      if (performance.now() - since > longest) {
        // Gradio's client has a sentence of its own for 503.
        answer = new Response(JSON.stringify({ detail }), { status: 429 });
        break;
      }
      told.sentence = `${detail ?? "This page is busy."} This page does so by itself.`;
      busy.add(told);
      tell();
      await new Promise((next) => setTimeout(next, seconds * 1000 * (1 + Math.random())));
    }
    if (busy.delete(told)) tell();
    return answer;
  }

  function tell() {
    const detail = [...busy].at(-1)?.sentence ?? "";
    document.dispatchEvent(new CustomEvent("lectern-busy", { detail }));
  }

  async function run(answer) {
    const known = answer.then(note, () => {});
    asking.add(known);
    await known;
    asking.delete(known);
    await heard; // else the client would take the stream that ends for an open one
    return answer;
  }

  async function note(response) {
    const { event_id: id } = await response.clone().json().catch(() => ({}));
    if (id && !early.delete(id)) awaited.add(id);
  }

  async function lasting(connect, signal) {
    const open = async () => ({ before: [...awaited], answer: await connect() });
    let now = await open();
    if (!now.answer.ok) return now.answer;
    const text = new TextEncoder();
    const start = async (stream) => {
      const pass = (line) => stream.enqueue(text.encode(`${line}\n`));
      try {
        let end = await relay(now.answer, pass);
        while (end && (await isAwaited(now.before)) && !signal?.aborted) {
          now = await open();
          end = await relay(now.answer, pass);
        }
        if (end) heard = noticed(signal);
        if (end) pass(`${end}\n`);
        stream.close();
      } catch (error) {
        stream.error(error);
      }
    };
    return new Response(new ReadableStream({ start }), now.answer);
  }

  // Whether there are runs that the server did not know yet when it ended a connection; it is done
  // with those that came before the connection.
  async function isAwaited(before) {
    await Promise.all(asking);
    for (const id of before) awaited.delete(id);
    return awaited.size > 0;
  }

  // Pass a connection's lines on, but not the word that it ends: that is returned.
  async function relay(response, pass) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let parts = [];
    for (let read; !(read = await reader.read()).done; ) {
      const [rest, ...lines] = read.value.split("\n");
      parts.push(rest);
      for (const next of lines) {
        const line = parts.join("");
        const [, message, id] = line.match(/^data: ?\{"msg":"(\w+)","event_id":"?(\w+)/) ?? [];
        if (message === "close_stream") return line;
        if (message === "process_completed" && !awaited.delete(id)) early.add(id);
        pass(line);
        parts = [next];
      }
    }
    return "";
  }

  // The client aborts its request once it has heard the end.
  const noticed = (signal) =>
    new Promise((done) => {
      signal?.addEventListener("abort", done);
      setTimeout(done, signal ? patience : 0);
    });
})();
