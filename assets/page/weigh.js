// Pictures on their way in: a file is weighed before it is sent, however it comes, and the drawing
// pad opens with its brush in hand.
"use strict";

Object.assign(lectern, (() => {
  // Gradio would say how large a file may be but not how large it is, in a box that goes away. The
  // sentence has an element of its own: what Svelte has drawn may not be written into.
  function weigh(id, most) {
    const said = Object.assign(document.createElement("p"), { className: "weighed" });
    said.setAttribute("role", "alert");

    const refusal = ({ size }) => size <= most ? "" :
      `The picture's file has ${size.toLocaleString("en")} bytes; ` +
      `at most ${most.toLocaleString("en")} are allowed.`;

    function say(sentence) {
      said.textContent = sentence;
      said.remove();
      if (sentence) document.getElementById(id).after(said);
      return Boolean(sentence);
    }

    // Before Gradio hears of it.
    function chosen(event) {
      const input = event.target;
      if (!input.matches?.(`#${id} input[type=file]`) || !input.files.length) return;
      if (!say([...input.files].map(refusal).find(Boolean) ?? "")) {
        input.files = asPictures(input.files);
        return;
      }
      event.stopImmediatePropagation();
      input.value = "";
    }

    // Whether it is a picture its content decides, which the server sees. Gradio goes by `type`,
    // and that is no more than the ending of the name.
    function asPictures(files) {
      const called = new DataTransfer();
      for (const file of files) {
        const type = file.type.startsWith("image/") ? file.type : "image/unknown";
        called.items.add(new File([file], file.name, { type }));
      }
      return called.files;
    }

    // Gradio would empty the box before it knows whether what is dropped can be read; and it takes
    // what is pasted only by a button that has no right to the clipboard on a page without HTTPS.
    async function given(event, files) {
      const ours = event.type === "paste" || event.target.closest?.(`#${id}`);
      // A saved state that is dropped here is none of ours.
      const states = [...(files ?? [])].every(({ type }) => type === "application/json");
      if (!ours || states || !document.getElementById(id)?.checkVisibility()) return;
      event.stopImmediatePropagation();
      event.preventDefault();
      const one = new DataTransfer();
      one.items.add(files[0]);
      const input = await place();
      input.parentElement.dispatchEvent(new DragEvent("dragleave")); // the box was lit up
      input.files = one.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }

    // Where files go in; an empty box that waits for the camera or the clipboard has no such place.
    async function place() {
      const find = () => document.querySelector(`#${id} input[type=file]`);
      if (!find()) document.querySelector(`#${id} .source-selection button`).click();
      while (!find()) await new Promise(requestAnimationFrame);
      return find();
    }

    function pressed(event) {
      if (event.isTrusted) said.remove();
      const button = event.target.closest?.(`#${id} .source-selection button`);
      if (window.isSecureContext || !/clipboard|camera/.test(button?.ariaLabel)) return;
      event.stopImmediatePropagation();
      say("Browsers give the clipboard and the camera to pages with HTTPS only: press Ctrl-V " +
        "instead, or choose a file (a phone offers its camera there).");
    }

    const listen = (kind, listener) => document.addEventListener(kind, listener, true);
    listen("change", chosen);
    listen("drop", (event) => given(event, event.dataTransfer?.files));
    listen("paste", (event) => given(event, event.clipboardData?.files));
    listen("click", pressed);
    listen("input", (event) => event.isTrusted && event.target.type !== "file" && said.remove());
  }

  // The pad sends every stroke three times: background, layer, and both together, which alone is
  // looked at. The server takes nothing else.
  const ask = window.fetch;
  window.fetch = (what, how) => {
    const part = how?.body instanceof FormData && how.body.get("fn_name") && how.body.get("type");
    if (!part || part === "composite") return ask(what, how);
    return Promise.resolve(new Response("null"));
  };

  // The pad would open with no tool in hand, and say so over the sheet.
  function brush(id) {
    const press = () => {
      const tool = document.querySelector(`#${id} button[aria-label=Brush]`);
      tool?.click();
      return tool;
    };
    const drawn = new MutationObserver(() => press() && drawn.disconnect());
    if (!press()) drawn.observe(document.body, { childList: true, subtree: true });
  }

  return { brush, weigh };
})());
