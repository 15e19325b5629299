// What a figure is told of the room it has, and a frame of the theme.
"use strict";

Object.assign(lectern, (() => {
  // Whatever is wider than its box says that it can be slid, in a line above it.
  const boxes = new ResizeObserver((entries) => {
    for (const box of new Set(entries.map(({ target }) => target.closest(".scroll")))) {
      box?.classList.toggle("overflows", box.scrollWidth > box.clientWidth + 1);
    }
  });
  new MutationObserver(() => {
    for (const box of document.querySelectorAll(".scroll:not([data-hinted])")) {
      box.dataset.hinted = "";
      const hint = Object.assign(document.createElement("p"), { className: "slide" });
      hint.textContent = "Slide sideways to see the rest.";
      hint.dataset.export = "no";
      box.before(hint);
      boxes.observe(box);
      if (box.firstElementChild) boxes.observe(box.firstElementChild);
    }
  }).observe(document, { childList: true, subtree: true });

  // A frame knows the theme of the system; the page tells it its own.
  function tellTheme() {
    const theme = document.body.classList.contains("dark") ? "dark" : "light";
    for (const frame of document.querySelectorAll("iframe.bertviz")) {
      frame.contentWindow.postMessage(theme, "*");
    }
  }
  const followTheme = () =>
    new MutationObserver(tellTheme).observe(document.body, { attributeFilter: ["class"] });
  const onLoad = (event) => event.target.matches?.("iframe.bertviz") && tellTheme();
  document.addEventListener("load", onLoad, true);

  return { followTheme };
})());
