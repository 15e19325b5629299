// What the browser does by itself: follow the state in the address bar, tell the cell under the
// pointer, save a figure. Everything else is asked of the server.
"use strict";

const lectern = (() => {
  const address = () => document.querySelector("meta[name=lectern-address]")?.content ?? "";
  const phones = () => document.querySelector("meta[name=lectern-phones]")?.content ?? "";
  const onLoopback = () => ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);
  const find = (id) => document.getElementById(id);
  const most = 2000; // bytes of a query string; tabs/links.py says the same
  let begun = false; // false while the page opens, so that only the visitor moves the address
  let query = "";

  // The address bar -----------------------------------------------------------------------------

  function follow(room, values) {
    const pairs = [["tab", room.tab]];
    room.fields.forEach(([name, lines], place) => {
      let value = values[place];
      if (value === null || value === undefined) return;
      if (lines) value = String(value).split("\n");
      if (typeof value === "boolean") value = value ? "1" : "0";
      for (const one of Array.isArray(value) ? value : [value]) pairs.push([name, String(one)]);
    });
    query = new URLSearchParams(pairs).toString();
    if (begun) show();
  }

  const bytes = () => new TextEncoder().encode(query).length;

  // Put the state into the address, and into the area that shows its link.
  function show() {
    const theme = new URLSearchParams(location.search).get("__theme");
    const kept = theme ? `&__theme=${encodeURIComponent(theme)}` : "";
    // Over the limit the address keeps the tab alone: an old state there would be a wrong link.
    const named = bytes() > most ? query.split("&")[0] : query;
    history.replaceState(history.state, "", `${location.pathname}?${named}${kept}`);
    link();
  }

  function link() {
    const text = find("link-text");
    if (!text) return; // the area is drawn when it is first opened
    const long = bytes() > most;
    const base = onLoopback() && address() ? address() : location.origin;
    text.value = long ? "" : `${base}${location.pathname}${query && `?${query}`}`;
    find("link-qr").hidden = long;
    if (!long) find("link-qr").src = `qr.svg?text=${encodeURIComponent(text.value)}`;
    find("link-phones").textContent = phones();
    find("link-size").textContent = long
      ? `This state has ${bytes().toLocaleString("en")} bytes; a link takes at most ` +
        `${most.toLocaleString("en")}. Save it as a file, and drop that file on this page.`
      : "";
  }

  // Called once the page has opened what its own address names.
  function begin() {
    begun = true;
    if (new URLSearchParams(location.search).has("tab")) show();
  }

  // Figures -------------------------------------------------------------------------------------

  const arrays = new WeakMap();

  function numbers(packed) {
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    return new Float32Array(bytes.buffer);
  }

  function read(grid) {
    if (!arrays.has(grid)) {
      arrays.set(grid, {
        values: numbers(grid.dataset.values),
        beside: numbers(grid.dataset.beside ?? ""),
        rows: JSON.parse(grid.dataset.rows),
        columns: JSON.parse(grid.dataset.columns),
        box: JSON.parse(grid.dataset.box),
        say: grid.dataset.say,
        at: JSON.parse(grid.dataset.at ?? "[0, 0]"),
      });
    }
    return arrays.get(grid);
  }

  function digits(value) {
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 1e-4 && size < 1e6) return String(Number(value.toPrecision(3)));
    return value.toExponential(2).replace("e+", "e");
  }

  function tell(grid, row, column) {
    const data = read(grid);
    const { left, top, cell, high = cell } = data.box;
    data.at = [row, column];
    const mark = (name, x, y) => {
      const rect = grid.querySelector(name);
      rect.setAttribute("x", x);
      rect.setAttribute("y", y);
    };
    mark(".row-mark", left, top + row * high);
    mark(".column-mark", left + column * cell, top);
    mark(".cell-mark", left + column * cell, top + row * high);
    grid.classList.add("told");
    const place = row * data.columns.length + column;
    grid.querySelector(".readout").textContent = data.say
      .replaceAll("{row}", () => data.rows[row])
      .replaceAll("{column}", () => data.columns[column])
      .replaceAll("{value}", () => digits(data.values[place]))
      .replaceAll("{beside}", () => digits(data.beside[place]));
  }

  // The cell under a pointer event, or null.
  function cellAt(event) {
    const grid = event.target.closest?.(".grid");
    if (!grid || !event.target.closest("svg.cells")) return null;
    const svg = grid.querySelector("svg.cells");
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(
      svg.getScreenCTM().inverse(),
    );
    const { rows, columns, box } = read(grid);
    const row = Math.floor((point.y - box.top) / (box.high ?? box.cell));
    const column = Math.floor((point.x - box.left) / box.cell);
    const inside = row >= 0 && column >= 0 && row < rows.length && column < columns.length;
    return inside ? { grid, row, column } : null;
  }

  function onPointer(event) {
    const cell = cellAt(event);
    if (cell) tell(cell.grid, cell.row, cell.column);
  }

  function onKey(event) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const grid = event.target.closest?.(".grid");
    if (!grid || !step[event.key]) return;
    event.preventDefault();
    const { at, rows, columns } = read(grid);
    const [down, right] = step[event.key];
    const row = Math.min(Math.max(at[0] + down, 0), rows.length - 1);
    tell(grid, row, Math.min(Math.max(at[1] + right, 0), columns.length - 1));
    grid.querySelector(".cell-mark").scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // Anything with data-pair lights up everything with the same data-pair in its figure.
  function onPair(event) {
    const figure = event.target.closest?.(".figure");
    if (!figure) return;
    const pair = event.target.closest("[data-pair]")?.dataset.pair;
    for (const part of figure.querySelectorAll("[data-pair]")) {
      part.classList.toggle("lit", part.dataset.pair === pair);
    }
    if (figure.matches(".tokens")) tellToken(figure, event.target.closest("[data-pair]"));
  }

  // One line on the token that is lit: its id, and where it comes from.
  function tellToken(figure, part) {
    if (!part) return;
    const { pair } = part.dataset;
    const panel = part.closest(".panel") ?? figure;
    const chips = [...panel.querySelectorAll(`.tok[data-pair="${pair}"]`)];
    const names = chips.map((chip) => {
      const [name, id] = chip.children;
      return `${name.textContent} (id ${id.textContent})`;
    });
    const [, segment, place] = /^(\d)\.(.*)$/.exec(pair) ?? [];
    const from = place
      ? `${segment === "1" ? "text_pair" : "text"}[${place.replace("-", ":")}]`
      : "added by the tokenizer";
    figure.querySelector(".readout").textContent = `${[...new Set(names)].join(" ")}: ${from}`;
  }

  // Arrow keys walk along the tokens of a ribbon; Enter does what a click does.
  function onRibbonKey(event) {
    const ribbon = event.target.closest?.(".ribbon");
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!ribbon || !(step || event.key === "Enter")) return;
    event.preventDefault();
    const chips = [...ribbon.querySelectorAll(".tok")];
    const at = chips.findIndex((chip) => chip.classList.contains("at"));
    if (event.key === "Enter") return void chips[at]?.click();
    const next = chips[Math.min(Math.max(at + step, 0), chips.length - 1)];
    chips[at]?.classList.remove("at");
    next.classList.add("at");
    next.scrollIntoView({ block: "nearest" });
    onPair({ target: next });
  }

  document.addEventListener("pointermove", onPointer);
  document.addEventListener("pointerdown", onPointer);
  document.addEventListener("keydown", onKey);
  document.addEventListener("keydown", onRibbonKey);
  document.addEventListener("pointerover", onPair);
  document.addEventListener("focusin", onPair);

  // Exports -------------------------------------------------------------------------------------

  function press(id) {
    const button = find(id);
    (button?.querySelector("a, button") ?? button)?.click();
  }

  // Press a button as soon as the controls have stopped changing: a link, or an example, sets
  // several within a few milliseconds.
  const waiting = new Map();
  function settle(id) {
    clearTimeout(waiting.get(id));
    waiting.set(id, setTimeout(() => press(id), 50));
  }

  function download(name, url) {
    const anchor = Object.assign(document.createElement("a"), { href: url, download: name });
    anchor.click();
  }

  // What is seen, as one SVG: boxes with a colour become rectangles, lines of text become text,
  // pictures that are SVG already are kept as they are.
  function drawn(element) {
    element.classList.add("exporting"); // nothing is cut off by a scroll area
    const area = element.getBoundingClientRect();
    let { width, height } = area;
    const parts = [];
    const visible = (colour) => colour && !/rgba\(.*, 0\)|transparent/.test(colour);
    const walk = (node) => {
      if (node.nodeType === Node.TEXT_NODE) return parts.push(...words(node, area));
      if (node.nodeType !== Node.ELEMENT_NODE) return;
      const style = getComputedStyle(node);
      const box = node.getBoundingClientRect();
      if (style.visibility === "hidden" || box.width * box.height === 0) return;
      if (node.matches("[data-export=no]")) return;
      if (node.tagName.toLowerCase() === "svg") {
        const copy = node.cloneNode(true);
        for (const mark of copy.querySelectorAll(".mark")) mark.remove();
        width = Math.max(width, box.right - area.x);
        height = Math.max(height, box.bottom - area.y);
        copy.setAttribute("x", box.x - area.x);
        copy.setAttribute("y", box.y - area.y);
        copy.setAttribute("width", box.width);
        copy.setAttribute("height", box.height);
        copy.setAttribute("color", style.color);
        copy.removeAttribute("style");
        return parts.push(new XMLSerializer().serializeToString(copy));
      }
      const bottom = style.borderBottomStyle !== "none" ? style.borderBottomColor : "";
      if (visible(style.backgroundColor)) {
        parts.push(
          `<rect x="${box.x - area.x}" y="${box.y - area.y}" width="${box.width}" ` +
            `height="${box.height}" rx="3" fill="${style.backgroundColor}"/>`,
        );
      }
      if (visible(bottom) && parseFloat(style.borderBottomWidth) > 0) {
        parts.push(
          `<rect x="${box.x - area.x}" y="${box.bottom - area.y - 2}" width="${box.width}" ` +
            `height="2" fill="${bottom}"/>`,
        );
      }
      if (["dashed", "double"].includes(style.outlineStyle)) {
        const dash = style.outlineStyle === "dashed" ? `stroke-dasharray="3 2"` : `stroke-width="2"`;
        parts.push(
          `<rect x="${box.x - area.x + 0.5}" y="${box.y - area.y + 0.5}" ` +
            `width="${box.width - 1}" height="${box.height - 1}" fill="none" ` +
            `stroke="${style.outlineColor}" ${dash}/>`,
        );
      }
      for (const child of node.childNodes) walk(child);
    };
    walk(element);
    element.classList.remove("exporting");
    const paper = getComputedStyle(document.querySelector(".gradio-container")).backgroundColor;
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
      `<rect width="100%" height="100%" fill="${paper}"/>${parts.join("")}</svg>`
    );
  }

  // A text node as one <text> for each line that it takes on the page.
  function words(node, area) {
    if (!node.data.trim()) return [];
    const style = getComputedStyle(node.parentElement);
    const range = document.createRange();
    const lines = new Map();
    let place = 0;
    let line = null;
    for (const sign of node.data) { // by code points: half an emoji is no text
      range.setStart(node, place);
      place += sign.length;
      range.setEnd(node, place);
      const box = range.getBoundingClientRect();
      if (box.width) {
        const at = Math.round(box.bottom);
        line = lines.get(at) ?? { x: box.x, right: box.right, y: box.bottom, text: "" };
        line.x = Math.min(line.x, box.x); // right-to-left text grows to the left
        line.right = Math.max(line.right, box.right);
        lines.set(at, line);
      } else if (!line || !sign.trim()) {
        continue; // collapsed space; an accent has no width either, but is kept
      }
      line.text += sign;
    }
    const escaped = (text) =>
      text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);
    const size = parseFloat(style.fontSize);
    return [...lines.values()].map(
      (line) =>
        `<text x="${line.x - area.x}" y="${line.y - area.y - 0.22 * size}" font-size="${size}" ` +
        // another program has other fonts, and the words must still stand side by side
        `textLength="${(line.right - line.x).toFixed(2)}" lengthAdjust="spacingAndGlyphs" ` +
        `xml:space="preserve" font-weight="${style.fontWeight}" fill="${style.color}" ` +
        `font-family="${style.fontFamily.replaceAll('"', "'")}">${escaped(line.text)}</text>`,
    );
  }

  // A bertviz frame has an origin of its own, so its picture is asked for by a message.
  function askFrame(frame) {
    return new Promise((resolve) => {
      const hear = (event) => {
        if (event.source !== frame.contentWindow) return;
        window.removeEventListener("message", hear);
        resolve(String(event.data));
      };
      window.addEventListener("message", hear);
      frame.contentWindow.postMessage("svg", "*");
    });
  }

  async function saveFigure(stem, kind) {
    const room = find(`${stem}-figure`);
    const plot = room?.querySelector(".js-plotly-plot");
    const name = `lectern-${stem}`;
    if (plot && plot.offsetParent) {
      return window.Plotly.downloadImage(plot, { format: kind, filename: name, scale: 2 });
    }
    const frame = room?.querySelector("iframe");
    const svg = frame ? await askFrame(frame) : drawn(room.querySelector(".figure") ?? room);
    const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    if (kind === "svg") return download(`${name}.svg`, url);
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * image.width;
    canvas.height = 2 * image.height;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return download(`${name}.png`, canvas.toDataURL("image/png"));
  }

  // Examples, link area -------------------------------------------------------------------------

  function example(stem, settings) {
    const list = find(`${stem}-examples`);
    const chosen = Number(list.querySelector("[data-chosen]")?.dataset.chosen ?? list.dataset.chosen);
    return settings[chosen];
  }

  document.addEventListener("click", (event) => {
    if (event.target.id === "link-copy") {
      find("link-text").select();
      document.execCommand("copy"); // navigator.clipboard is not there on plain HTTP
      find("link-size").textContent = "Copied.";
    }
    if (event.target.id === "link-big") find("link-qr").requestFullscreen?.();
    if (event.target.id === "link-save") {
      const text = JSON.stringify({ lectern: query });
      download("lectern-state.json", `data:application/json,${encodeURIComponent(text)}`);
    }
  });

  // A saved state may be dropped anywhere on the page; the upload field takes it from there.
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    const input = document.querySelector("#state-file input[type=file]");
    if (!event.dataTransfer?.files.length || !input || event.target.closest("#state-file")) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // What a click in an HTML component chose (`data-pick`), as the values of the controls it sets.
  function picked(id) {
    const holder = find(id);
    return JSON.parse((holder.querySelector("[data-picked]") ?? holder).dataset.picked);
  }

  function told(grid) {
    const [row, column] = read(grid).at;
    return { grid, row, column };
  }

  return { picked, told, follow, link, begin, begun: () => begun, example, press, settle, saveFigure, cellAt };
})();
window.lectern = lectern;
