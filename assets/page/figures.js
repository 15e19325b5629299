// What a figure is told of the room it has, and a frame of the theme.
"use strict";

Object.assign(lectern, (() => {
  const TIGHT = 14; // px of a cell below which a grid scrolls instead
  const WIDE = 44; // px of a cell above which a grid grows no further
  const BELOW = 84; // px kept free under a grid, for its legend and one line of words
  const FONT = 18; // px that a name needs of its row, at a scale of 1
  const SMALLEST = 0.875; // of the names' 16 px, on a phone

  // A grid takes the height that is left below what stands above it, and the width of its column.
  function fit(grid) {
    const scroll = grid.querySelector(".scroll");
    const room = grid.closest(".area.result");
    if (!scroll || !room?.clientWidth) return;
    const style = getComputedStyle(grid);
    const [w, h, left, top] = ["--w", "--h", "--left", "--top"].map((name) => parseFloat(style.getPropertyValue(name)));
    const { cell, high = cell } = JSON.parse(grid.dataset.box);
    if (Math.min(cell, high) < TIGHT) return; // a strip of numbers is as large as it is
    const scale = parseFloat(style.getPropertyValue("--scale")) || 1;
    // Below the first screen a grid has a screen of its own.
    const from = scroll.getBoundingClientRect().top + scrollY;
    const y = from > innerHeight / 2 ? 0 : from;
    const wide = grid.parentElement.getBoundingClientRect().width; // whatever its zoom
    const tall = innerHeight - y - BELOW;
    const least = TIGHT / Math.min(cell, high);
    const fitted = (names) => {
      const across = (wide - left * names) / (w - left);
      const down = (tall - top * names) / (h - top);
      return Math.max(least, Math.min(across, down, (WIDE * scale) / high));
    };
    let names = scale;
    let size = fitted(names);
    if (size * high < FONT * names) {
      names = Math.max(SMALLEST, (size * high) / FONT);
      size = fitted(names);
    }
    scroll.style.setProperty("--s", size.toFixed(4));
    scroll.style.setProperty("--names", names.toFixed(3));
  }
  const fitAll = () => document.querySelectorAll(".area.result .grid").forEach(fit);
  const columns = new ResizeObserver(fitAll);
  new MutationObserver((changes) => {
    for (const room of document.querySelectorAll(".area.result:not([data-fitted])")) {
      room.dataset.fitted = "";
      columns.observe(room);
    }
    const drawn = ({ addedNodes }) => [...addedNodes].some((one) => one.querySelector?.(".grid") || one.matches?.(".grid"));
    if (changes.some(drawn)) fitAll();
  }).observe(document, { childList: true, subtree: true });
  addEventListener("resize", fitAll);

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

  return { followTheme, fitAll };
})());
