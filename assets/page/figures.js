// What a figure is told of the room it has, and a frame of the theme.
"use strict";

Object.assign(lectern, (() => {
  const TIGHT = 14; // px of a cell below which a grid scrolls instead
  const WIDE = 44; // px of a cell above which a grid grows no further
  const BELOW = 84; // px kept free under a grid, for its legend and one line of words
  const FONT = 18; // px that a name needs of its row, at a scale of 1
  const SMALLEST = 0.875; // of the names' 16 px, on a phone

  const LETTER = 9.6; // px of a letter of a name, at a scale of 1

  const asDrawn = new WeakMap(); // grid: its width, its names' width and its names, as they came

  // Names that begin where there is room show more of themselves: the picture grows to their side.
  function lengthen(grid, wide, scale) {
    if (!grid.dataset.longer) return;
    const longer = JSON.parse(grid.dataset.longer);
    const svg = grid.querySelector("svg.cells");
    if (!asDrawn.has(grid)) {
      const short = [...svg.querySelectorAll(".growing text")].map((one) => one.textContent);
      asDrawn.set(grid, [svg.viewBox.baseVal.width, JSON.parse(grid.dataset.box).left, short]);
    }
    const [w, left, short] = asDrawn.get(grid);
    const most = longer[0].length - short[0].length;
    const more = Math.max(0, Math.min(most, Math.floor((wide - w * scale) / (LETTER * scale))));
    const cut = (name, place) => {
      const length = short[place].length + more;
      return name.trimEnd().length <= length ? name.slice(0, length) : `${name.slice(0, length - 1)}…`;
    };
    const names = more ? longer.map(cut) : short;
    for (const group of grid.querySelectorAll(".growing")) {
      [...group.children].forEach((text, place) => (text.textContent = names[place]));
    }
    const extra = more * LETTER;
    for (const one of grid.querySelectorAll("svg:not(.ramp)")) {
      const { height } = one.viewBox.baseVal;
      one.setAttribute("viewBox", `${-extra} 0 ${(one.closest(".pin.left") ? left : w) + extra} ${height}`);
    }
    grid.style.setProperty("--w", w + extra);
    grid.style.setProperty("--left", left + extra);
  }

  // A grid takes the height that is left below what stands above it, and the width of its column.
  function fit(grid) {
    const scroll = grid.querySelector(".scroll");
    const room = grid.closest(".area.result");
    if (!scroll || !room?.clientWidth) return;
    const style = getComputedStyle(grid);
    const scale = parseFloat(style.getPropertyValue("--scale")) || 1;
    const wide = grid.parentElement.getBoundingClientRect().width; // whatever its zoom
    lengthen(grid, wide, scale);
    const [w, h, left, top] = ["--w", "--h", "--left", "--top"].map((name) => parseFloat(style.getPropertyValue(name)));
    const { cell, high = cell } = JSON.parse(grid.dataset.box);
    if (Math.min(cell, high) < TIGHT) return; // a strip of numbers is as large as it is
    // Below the first screen a grid has a screen of its own.
    const from = scroll.getBoundingClientRect().top + scrollY;
    const y = from > innerHeight / 2 ? 0 : from;
    const tall = innerHeight - y - BELOW;
    const least = TIGHT / Math.min(cell, high);
    // Names keep their size, but what stands beside cells that grow grows with them.
    const within = (free, whole, beside, names) => {
      const size = (free - beside * names) / (whole - beside);
      return size <= names ? size : Math.max(names, free / whole);
    };
    const fitted = (names) => {
      const across = within(wide, w, left, names);
      const down = within(tall, h, top, names);
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
  // Cells of the same grid in another layer: the old ones fade over the new, so that the eye keeps
  // its place.
  function crossFade(was, now) {
    const [old, cells] = [was, now].map((grid) => grid.querySelector("svg.cells > g"));
    if (!old || !cells || was.dataset.box !== now.dataset.box || was.dataset.columns !== now.dataset.columns) return;
    if (was.dataset.values === now.dataset.values || lectern.still()) return;
    const leaving = old.cloneNode(true);
    leaving.setAttribute("class", "leaving");
    leaving.addEventListener("animationend", () => leaving.remove());
    cells.after(leaving);
  }
  const gridsIn = (nodes) =>
    [...nodes].flatMap((one) => (one.matches?.(".grid") ? [one] : [...(one.querySelectorAll?.(".grid") ?? [])]));

  const fitAll = () => document.querySelectorAll(".area.result .grid").forEach(fit);
  const columns = new ResizeObserver(fitAll);
  new MutationObserver((changes) => {
    for (const room of document.querySelectorAll(".area.result:not([data-fitted])")) {
      room.dataset.fitted = "";
      columns.observe(room);
    }
    const added = changes.flatMap(({ addedNodes }) => gridsIn(addedNodes));
    if (!added.length) return;
    const gone = changes.flatMap(({ removedNodes }) => gridsIn(removedNodes));
    if (gone.length === added.length) gone.forEach((was, place) => crossFade(was, added[place]));
    fitAll();
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

  // A figure that is drawn anew loses the focus: for a while `again(holder)` gives it back, so that
  // who came by keyboard goes on where they were. Gradio may replace the holder with its figure.
  let kept = null;
  function goOn(part, again) {
    kept?.disconnect();
    const id = part.closest("[id$='-figure']")?.id;
    if (!id) return;
    const seen = new MutationObserver(() => {
      if (part.isConnected || document.activeElement !== document.body) return;
      const holder = document.getElementById(id);
      if (holder) again(holder);
    });
    seen.observe(document.body, { childList: true, subtree: true });
    kept = seen;
    setTimeout(() => seen.disconnect(), 10_000);
  }

  return { followTheme, fitAll, goOn };
})());
