// What the browser does by itself: follow the state in the address bar, tell the cell under the
// pointer, save a figure. Everything else is asked of the server.
"use strict";

const lectern = (() => {
  const address = () => document.querySelector("meta[name=lectern-address]")?.content ?? "";
  const phones = () => document.querySelector("meta[name=lectern-phones]")?.content ?? "";
  const onLoopback = () => ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);
  const find = (id) => document.getElementById(id);
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
    if (begun) show(room.most);
  }

  function show(most) {
    const size = new TextEncoder().encode(query).length;
    const long = size > most;
    const theme = new URLSearchParams(location.search).get("__theme");
    const kept = theme ? `&__theme=${encodeURIComponent(theme)}` : "";
    if (!long) history.replaceState(history.state, "", `${location.pathname}?${query}${kept}`);
    const base = onLoopback() && address() ? address() : location.origin;
    const link = `${base}${location.pathname}?${query}`;
    find("link-text")?.setAttribute("value", long ? "" : link);
    if (find("link-text")) find("link-text").value = long ? "" : link;
    const qr = find("link-qr");
    if (qr) {
      qr.hidden = long;
      if (!long) qr.src = `qr.svg?text=${encodeURIComponent(link)}`;
    }
    if (find("link-phones")) find("link-phones").textContent = phones();
    if (find("link-size")) {
      find("link-size").textContent = long
        ? `This state has ${size.toLocaleString("en")} bytes; a link takes at most ` +
          `${most.toLocaleString("en")}. Save it as a file, and drop that file on this page.`
        : "";
    }
    document.body.classList.toggle("state-too-long", long);
  }

  // Called once the page has opened what its own address names.
  function begin() {
    begun = true;
    if (new URLSearchParams(location.search).has("tab")) show(2000);
  }

  // Figures -------------------------------------------------------------------------------------

  const arrays = new WeakMap();

  function read(grid) {
    if (!arrays.has(grid)) {
      const bytes = Uint8Array.from(atob(grid.dataset.values), (letter) => letter.charCodeAt(0));
      arrays.set(grid, {
        values: new Float32Array(bytes.buffer),
        rows: JSON.parse(grid.dataset.rows),
        columns: JSON.parse(grid.dataset.columns),
        box: JSON.parse(grid.dataset.box),
        say: grid.dataset.say,
        at: [0, 0],
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
    const { left, top, cell } = data.box;
    data.at = [row, column];
    const mark = (name, x, y) => {
      const rect = grid.querySelector(name);
      rect.setAttribute("x", x);
      rect.setAttribute("y", y);
    };
    mark(".row-mark", left, top + row * cell);
    mark(".column-mark", left + column * cell, top);
    grid.classList.add("told");
    const value = data.values[row * data.columns.length + column];
    grid.querySelector(".readout").textContent = data.say
      .replaceAll("{row}", () => data.rows[row])
      .replaceAll("{column}", () => data.columns[column])
      .replaceAll("{value}", () => digits(value));
  }

  // The cell under a pointer event, or null.
  function cellAt(event) {
    const grid = event.target.closest?.(".grid");
    if (!grid || !event.target.closest("svg")) return null;
    const svg = grid.querySelector("svg");
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(
      svg.getScreenCTM().inverse(),
    );
    const { rows, columns, box } = read(grid);
    const row = Math.floor((point.y - box.top) / box.cell);
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
  }

  // Anything with data-pair lights up everything with the same data-pair in its figure.
  function onPair(event) {
    const figure = event.target.closest?.(".figure");
    if (!figure) return;
    const pair = event.target.closest("[data-pair]")?.dataset.pair;
    for (const part of figure.querySelectorAll("[data-pair]")) {
      part.classList.toggle("lit", part.dataset.pair === pair);
    }
  }

  document.addEventListener("pointermove", onPointer);
  document.addEventListener("pointerdown", onPointer);
  document.addEventListener("keydown", onKey);
  document.addEventListener("pointerover", onPair);
  document.addEventListener("focusin", onPair);

  // Exports -------------------------------------------------------------------------------------

  function press(id) {
    const button = find(id);
    (button?.querySelector("a, button") ?? button)?.click();
  }

  function download(name, url) {
    const anchor = Object.assign(document.createElement("a"), { href: url, download: name });
    anchor.click();
  }

  // What is seen, as one SVG: boxes with a colour become rectangles, lines of text become text,
  // pictures that are SVG already are kept as they are.
  function drawn(element) {
    const area = element.getBoundingClientRect();
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
      for (const child of node.childNodes) walk(child);
    };
    walk(element);
    const paper = getComputedStyle(document.querySelector(".gradio-container")).backgroundColor;
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${area.width}" height="${area.height}">` +
      `<rect width="100%" height="100%" fill="${paper}"/>${parts.join("")}</svg>`
    );
  }

  // A text node as one <text> for each line that it takes on the page.
  function words(node, area) {
    if (!node.data.trim()) return [];
    const style = getComputedStyle(node.parentElement);
    const range = document.createRange();
    const lines = new Map();
    for (let place = 0; place < node.data.length; place += 1) {
      range.setStart(node, place);
      range.setEnd(node, place + 1);
      const box = range.getBoundingClientRect();
      if (!box.width) continue;
      const line = lines.get(Math.round(box.bottom)) ?? { x: box.x, y: box.bottom, text: "" };
      line.text += node.data[place];
      lines.set(Math.round(box.bottom), line);
    }
    const escaped = (text) =>
      text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);
    const size = parseFloat(style.fontSize);
    return [...lines.values()].map(
      (line) =>
        `<text x="${line.x - area.x}" y="${line.y - area.y - 0.22 * size}" font-size="${size}" ` +
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

  return { follow, begin, begun: () => begun, example, press, saveFigure, cellAt };
})();
window.lectern = lectern;
