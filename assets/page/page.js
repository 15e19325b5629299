// What the browser does by itself: follow the state in the address bar, tell the cell under the
// pointer, save a figure. Everything else is asked of the server.
"use strict";

const lectern = (() => {
  const address = () => document.querySelector("meta[name=lectern-address]")?.content ?? "";
  const phones = () => document.querySelector("meta[name=lectern-phones]")?.content ?? "";
  // On a Space: the address of the Hub's page that shows this one in a frame; else empty.
  const space = () => document.querySelector("meta[name=lectern-space]")?.content ?? "";
  const onLoopback = () => ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);
  const find = (id) => document.getElementById(id);
  const most = 2000; // bytes of a query string; page/links.py says the same
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
    // Gradio's and the Hub's own (__theme, __sign) stay in this address, and out of every link.
    const own = [...new URLSearchParams(location.search)].filter(([name]) => name.startsWith("__"));
    const kept = own.length ? `&${new URLSearchParams(own)}` : "";
    // Over the limit the address keeps the tab alone: an old state there would be a wrong link.
    const named = bytes() > most ? query.split("&")[0] : query;
    history.replaceState(history.state, "", `${location.pathname}?${named}${kept}`);
    tellSpace(named);
    link();
  }

  // A Space's page hands its query to the frame once, at the start; later states it must be told
  // (the Hub's guide "How to handle URL parameters in Spaces").
  function tellSpace(queryString) {
    if (!space() || window.parent === window) return;
    window.parent.postMessage({ queryString }, new URL(space()).origin);
  }

  function link() {
    const text = find("link-text");
    if (!text) return; // the area is drawn when it is first opened
    const long = bytes() > most;
    const base = onLoopback() && address() ? address() : location.origin;
    const here = space() || `${base}${location.pathname}`;
    text.value = long ? "" : `${here}${query && `?${query}`}`;
    find("link-qr").hidden = find("link-big").disabled = long;
    if (!long) find("link-qr").src = `qr.svg?text=${encodeURIComponent(text.value)}`;
    find("link-phones").textContent = phones();
    find("link-size").textContent = long
      ? `This state has ${bytes().toLocaleString("en")} bytes; a link takes at most ` +
        `${most.toLocaleString("en")}. Save it as a file, and drop that file on this page.`
      : "";
  }

  // The page comes with the first example's result. Where a link asks for another, that must not
  // stand there as if it were the answer: page.css hides it while the page is `opening`.
  const page = document.documentElement.classList;
  const asks = (name) => name !== "tab" && !name.startsWith("__");
  if ([...new URLSearchParams(location.search).keys()].some(asks)) page.add("opening");

  function unveil() {
    const stem = CSS.escape(new URLSearchParams(location.search).get("tab") ?? "");
    const places = `.room.${stem || "none"} :is(.area.result, .note)`;
    const answers = ({ target }) => {
      const element = target.closest ? target : target.parentElement;
      return element?.closest(places) && !element.closest(".progress-line, .wrap.center"); // Gradio's own
    };
    const answered = new MutationObserver((changes) => {
      if (asked && changes.some(answers)) end();
    });
    const end = () => {
      answered.disconnect();
      page.remove("opening");
    };
    answered.observe(document.body, { childList: true, subtree: true, characterData: true });
    // Nothing may have been asked of the server: the link names what is there.
    setTimeout(() => waiting.size || end(), 300);
    setTimeout(end, 30_000);
  }

  // Called once the page has opened what its own address names.
  function begin() {
    begun = true;
    if (page.contains("opening")) unveil();
    new MutationObserver(tellTheme).observe(document.body, { attributeFilter: ["class"] });
    if (new URLSearchParams(location.search).has("tab")) show();
  }

  // What a link could not set is said until the visitor sets something.
  for (const kind of ["input", "click"]) {
    document.addEventListener(kind, (event) => {
      const acts = event.isTrusted && event.target.closest?.("#tabs");
      if (acts) document.querySelector("#link-note p")?.remove();
    });
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
        maskedSay: grid.dataset.maskedSay, // of a square grid whose later columns are masked
        at: JSON.parse(grid.dataset.at ?? "[0, 0]"),
      });
    }
    return arrays.get(grid);
  }

  function digits(value) {
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 1e-4 && size < 1e6) {
      const written = value.toPrecision(3);
      return written.includes("e") ? Number(written).toLocaleString("en") : written;
    }
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
    const told = {
      row: data.rows[row],
      column: data.columns[column],
      value: digits(data.values[place]),
      beside: digits(data.beside[place] ?? 0),
    };
    // In one pass: a name may itself hold what looks like a place to fill in.
    const say = data.maskedSay && column > row ? data.maskedSay : data.say;
    grid.querySelector(".readout").textContent = say.replace(
      /\{(row|column|value|beside)\}/g,
      (_, name) => told[name],
    );
  }

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
  const onLoad = (event) => event.target.matches?.("iframe.bertviz") && tellTheme();
  document.addEventListener("load", onLoad, true);

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
    if (figure.matches(".tokenization")) tellToken(figure, event.target.closest("[data-pair]"));
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
    const [start, end] = (place ?? "").split("-").map(Number); // from 0, the end left out
    const which = segment === "1" ? "second" : "first";
    const from = place
      ? `characters ${start + 1} to ${end} of the ${which} text`
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
  let asked = false; // of the server, since the page was opened
  function settle(id, milliseconds = 50) {
    clearTimeout(waiting.get(id));
    const ask = () => {
      asked = true;
      press(id);
    };
    waiting.set(id, setTimeout(ask, milliseconds));
  }

  // Runs are counted here, in the order in which they were asked for.
  let runs = 0;
  const nextRun = () => ++runs;

  function download(name, url) {
    const anchor = Object.assign(document.createElement("a"), { href: url, download: name });
    anchor.click();
  }

  // Examples, link area -------------------------------------------------------------------------

  function example(stem, settings) {
    const list = find(`${stem}-examples`);
    const chosen = Number(list.querySelector("[data-chosen]")?.dataset.chosen ?? list.dataset.chosen);
    // On a wide page the examples stand below the result, which may be out of sight.
    const result = list.closest(".room").querySelector(".area.result");
    if (result.getBoundingClientRect().top < 0) result.scrollIntoView({ behavior: "smooth" });
    return settings[chosen];
  }

  // The area with the link stands below the tabs; the button for it above them.
  function openLinkArea() {
    const button = document.querySelector("#link-area button");
    if (!find("link-text")?.offsetParent) button.click();
    // It is drawn when it is first opened: only then is the page long enough to show all of it.
    const grown = new ResizeObserver(() =>
      button.scrollIntoView({ behavior: "smooth", block: "start" }));
    grown.observe(find("link-area"));
    setTimeout(() => grown.disconnect(), 1500);
    button.focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    if (event.target.id === "share") openLinkArea();
    if (event.target.id === "link-copy") {
      find("link-text").select();
      document.execCommand("copy"); // navigator.clipboard is not there on plain HTTP
      find("link-size").textContent = "Copied.";
    }
    if (event.target.id === "link-big") {
      find("link-large").querySelector("img").src = find("link-qr").src;
      find("link-large").showModal(); // an iPhone shows nothing but videos on its whole screen
    }
    event.target.closest?.("#link-large")?.close();
    if (event.target.id === "link-save") {
      const text = JSON.stringify({ lectern: query });
      download("lectern-state.json", `data:application/json,${encodeURIComponent(text)}`);
    }
  });

  // On a phone the result stands below its inputs, perhaps out of sight of whoever chooses a view.
  document.addEventListener("change", ({ target, isTrusted }) => {
    const result = target.closest("[id$='-view']")?.closest(".room").querySelector(".area.result");
    if (!isTrusted || !result || result.getBoundingClientRect().top < innerHeight) return;
    result.scrollIntoView({ behavior: "smooth" });
  });

  // The badge is drawn anew while models load, without `open`; one that was opened stays open.
  // A press on anything else, or Escape, closes it.
  let badgeOpened = false;
  document.addEventListener("click", (event) => {
    const badge = event.target.closest?.(".badge > summary")?.parentElement;
    if (badge) badgeOpened = !badge.open;
    else if (event.isTrusted && !event.target.closest?.(".badge")) closeBadge(); // not `press`
  }, true);
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeBadge());
  function closeBadge() {
    badgeOpened = false;
    document.querySelector(".badge[open]")?.removeAttribute("open");
  }
  new MutationObserver(() => {
    const badge = document.querySelector(".badge");
    if (badge && badgeOpened && !badge.open) badge.open = true; // set again, it would be seen again
    // Who was told to wait for a model sees in the badge how far it is.
    const waits = document.querySelector("[data-waits]:not([data-told])");
    if (waits) {
      waits.dataset.told = "";
      document.dispatchEvent(new Event("lectern-waits"));
    }
  }).observe(document.documentElement, {
    childList: true,
    subtree: true,
    attributeFilter: ["open", "data-since"], // Gradio changes one note into the next in place
  });

  // A note that waits for a model follows it: how far it is, or why it does not come. When it has
  // come, the tab's own run starts; a tokenizer's files may be all that came (`cold`).
  function heard(badges) {
    const models = new DOMParser().parseFromString(badges, "text/html");
    for (const note of document.querySelectorAll("[data-waits]")) {
      const model = models.querySelector(`[data-model="${CSS.escape(note.dataset.waits)}"]`);
      if (!model) continue;
      const { state, says } = model.dataset;
      const [sentence, far] = note.children;
      // An alert is read aloud whenever it changes, so it changes with the state alone.
      if (says && sentence.textContent !== says) sentence.textContent = says;
      far.textContent = model.querySelector(".far")?.textContent ?? "";
      if (["loading", "unavailable"].includes(state)) continue;
      delete note.dataset.waits;
      const room = note.closest(".room");
      for (const runner of document.querySelectorAll("[id$='-runner']")) {
        if (room?.classList.contains(runner.id.split("-")[0])) settle(runner.id);
      }
    }
  }

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

  // What a click on a text with branches leads to: the choices that made them, the branch looked
  // at, the one it is compared with, the token looked at. A token of the text picks
  // [step, branch], an alternative to one [branch, step, id], a branch [branch, other, step].
  function grown(view, [branches, , other], pick) {
    if (view === "branches") return [branches, ...pick];
    if (pick.length === 2) return [branches, pick[1], other, pick[0]];
    const choices = [...(branches ? branches.split(",") : []), pick.join(".")];
    return [choices.join(","), choices.length, pick[0], pick[1]];
  }

  // The values of controls, with those that a click names set to what it says.
  const pickedNames = (names, values, pick) =>
    values.map((value, place) => pick[names[place]] ?? value);

  function told(grid) {
    const [row, column] = read(grid).at;
    return { grid, row, column };
  }

  return { digits, heard, picked, pickedNames, grown, told, follow, link, begin, begun: () => begun, example, press, settle, nextRun, find, download, cellAt };
})();
window.lectern = lectern;
