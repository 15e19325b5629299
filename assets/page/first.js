// The picture that the page opens with, before anything else has come: it stands in the page's own
// HTML, as a value of the configuration that Gradio's scripts, half a megabyte, will read later.
"use strict";

(() => {
  const asked = new URLSearchParams(location.search);
  const isStart = [...asked.keys()].every((name) => ["tab", "__theme"].includes(name));
  const isDark =
    asked.get("__theme") === "dark" || matchMedia("(prefers-color-scheme: dark)").matches;
  // What Gradio's style sheet would give, which has not come either.
  const LOOK = isDark
    ? "--body-text-color: #f3f4f6; --background-fill-primary: #0b0f19; --border-color-primary: #374151; "
    : "--body-text-color: #1f2937; --background-fill-primary: #fff; --border-color-primary: #e5e7eb; ";
  const STYLE = `:host { ${LOOK} --body-text-color-subdued: color-mix(in srgb, currentColor 70%, transparent);
      --font: system-ui, sans-serif; --font-mono: ui-monospace, monospace; /* of the phone: no later face moves a line */
      position: fixed; inset: 0; z-index: 60; overflow: hidden; font: 400 16px/1.5 var(--font);
      color: var(--body-text-color); background: var(--background-fill-primary); }
    .first { padding: 0 1rem; } .first > p { margin: 0 0 1rem; line-height: 52px; } .first > p b { font-size: 1.15rem; }
    code, .mono { font-family: var(--font-mono); } h3, h4 { margin: 0.6rem 0 0.2rem; font-size: 1.15rem; }`;

  function show() {
    const { components = [], title } = window.gradio_config ?? {};
    const tabs = components.filter(({ type }) => type === "tabitem").map(({ props }) => props);
    const tab = tabs.find(({ id }) => id === asked.get("tab")) ?? tabs[0];
    const named = [`${tab?.id}-figure`, `${tab?.id}-picture`];
    const picture = components.find(({ props }) => named.includes(props.elem_id) && props.value);
    if (!picture || !isStart) return;
    const first = document.createElement("div");
    first.id = "first";
    // Of its own, so that neither ids nor rules are on the page twice. Gradio's sheets stand before
    // the mark in ours, and there is nothing of Gradio's in the picture.
    const rules = [...document.getElementById("style").sheet.cssRules];
    const ours = rules.slice(rules.findIndex(({ selectorText }) => selectorText === ":host"));
    first.attachShadow({ mode: "closed" }).innerHTML =
      `<style>${ours.map(({ cssText }) => cssText).join("")}${STYLE}</style>` +
      `<div class="first gradio-container${isDark ? " dark" : ""}"><p><b>${title}</b> · ${tab.label}</p>` +
      `<div class="room ${tab.id}" style="display: block !important">${picture.props.value}</div></div>`;
    document.body.prepend(first);
    const come = () => document.querySelector(`gradio-app :is(#${named.join(", #")}) :is(.figure, .banner)`);
    const drawn = new MutationObserver(() => {
      if (!come()) return;
      drawn.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(() => first.remove()));
    });
    drawn.observe(document.body, { childList: true, subtree: true });
  }

  const parsed = new MutationObserver(() => {
    if (!document.querySelector("gradio-app")) return;
    parsed.disconnect();
    show();
  });
  parsed.observe(document.documentElement, { childList: true, subtree: true });
})();
