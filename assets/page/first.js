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
    .first { max-width: 1840px; margin-inline: auto; padding: 0 1.25rem; }
    .contain > p { margin: 0; height: 52px; line-height: 52px; } .contain > p b { font-size: 1.15rem; }
    .area.bar, .area.input i { border-radius: 8px; background: color-mix(in srgb, currentColor 6%, transparent); }
    .area.input i { display: block; height: 42px; margin-bottom: 6px; }
    .area.input:has(.stage) { padding-top: 50px; } .builder :not(.stage, .stage *, :has(.stage)) { display: none !important; }
    @media (max-width: 800px) { .first { padding: 0 1.25rem; } .contain > p { height: 92px; } .area.bar { min-height: 92px; } .area.bar.only { min-height: 48px; } }
    code, .mono { font-family: var(--font-mono); } h3, h4 { margin: 0.6rem 0 0.2rem; font-size: 1.15rem; }`;

  // What is in sight of a kind in an area of a tab, each with the classes that it stands in.
  function seen({ components, layout }, kind, ...areas) {
    const parts = new Map(components.map((one) => [one.id, one]));
    const found = [];
    const walk = ({ id, children = [] }, left, around) => {
      const { type, props = {} } = parts.get(id) ?? {};
      if (props.visible === false || props.visible === "hidden" || type === "accordion") return;
      const names = props.elem_classes ?? [];
      const rest = left.length && left[0].every((name) => names.includes(name)) ? left.slice(1) : left;
      const classes = left.length ? [] : [...around, ...names];
      if (!left.length && type === kind) found.push({ props, classes });
      for (const one of children) walk(one, rest, classes);
    };
    walk(layout, areas, []);
    return found;
  }

  function show() {
    const { components = [], title, version } = window.gradio_config ?? {};
    const tabs = components.filter(({ type }) => type === "tabitem").map(({ props }) => props);
    const tab = tabs.find(({ id }) => id === asked.get("tab")) ?? tabs[0];
    const named = [`${tab?.id}-figure`, `${tab?.id}-picture`];
    const picture = components.find(({ props }) => named.includes(props.elem_id) && props.value);
    if (!picture || !isStart) return;
    const stage = components.find(({ props }) => props.elem_id === `${tab.id}-builder`);
    const room = ["room", tab.id];
    const views = seen(window.gradio_config, "radio", room, ["area", "bar"]).map(({ props }) => `<b id="${props.elem_id}"><input type="radio" value="${props.value}" checked hidden></b>`).join("");
    const boxes = seen(window.gradio_config, "textbox", room, ["area", "input"]).map(({ classes }) => `<i class="${classes.join(" ")}"></i>`).join("");
    const first = document.createElement("div");
    first.id = "first";
    // Of its own, so that neither ids nor rules are on the page twice. Gradio's sheets stand before
    // the mark in ours, and there is nothing of Gradio's in the picture.
    const rules = [...document.getElementById("style").sheet.cssRules];
    const ours = rules.slice(rules.findIndex(({ selectorText }) => selectorText === ":host"));
    first.attachShadow({ mode: "closed" }).innerHTML =
      `<style>${ours.map(({ cssText }) => cssText).join("")}${STYLE}</style>` +
      `<div class="${isDark ? "dark" : ""}"><div class="first gradio-container gradio-container-${version.replaceAll(".", "-")}">` +
      `<div class="contain"><p><b>${title}</b> · ${tab.label}</p>` +
      // The same places as on the page, so that the picture stays where it is when that comes.
      `<div class="room ${tab.id}"><div class="area bar${views.length ? "" : " only"}">${views}</div>` +
      `<div class="area input">${boxes}${stage?.props.value ?? ""}</div>` +
      `<div class="area result">${picture.props.value}</div></div></div></div></div>`;
    document.body.prepend(first);
    const began = performance.now();
    const come = () => document.querySelector(`gradio-app :is(#${named.join(", #")}) :is(.figure, .banner)`);
    const drawn = new MutationObserver(() => {
      if (!come()) return;
      drawn.disconnect();
      // What moves goes on where it is, and does not begin again.
      document.querySelector("gradio-app").style.setProperty("--since", `${performance.now() - began}ms`);
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
