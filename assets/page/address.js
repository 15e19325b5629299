// The address bar follows the visitor, and the area of the link shows it with its QR code.
"use strict";

Object.assign(lectern, (() => {
  const { find } = lectern;
  const address = () => document.querySelector("meta[name=lectern-address]")?.content ?? "";
  const phones = () => document.querySelector("meta[name=lectern-phones]")?.content ?? "";
  // On a Space: the address of the Hub's page that shows this one in a frame; else empty.
  const space = () => document.querySelector("meta[name=lectern-space]")?.content ?? "";
  const onLoopback = () => ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);
  const most = 2000; // bytes of a query string; page/links.py says the same
  let begun = false; // false while the page opens, so that only the visitor moves the address
  let query = "";

  let rooms = {}; // of every tab: title, fields as [name, lines, start], examples as [name, inputs]
  let tab = ""; // the one whose state the address names
  let view = "";
  let whole = []; // every setting of it, as pairs: what a saved state holds
  let going = 0; // until when what changes is a step back or forward, in milliseconds

  function isInView(stem) {
    const place = [...document.querySelectorAll("#tabs [role=tab]")].findIndex((one) => one.ariaSelected === "true");
    return place < 0 || Object.keys(rooms)[place] === stem; // -1: a page of one tab shows no tabs
  }

  const same = (one, other) => String(one ?? "") === String(other ?? "");

  // A tab's values as a link names them: all of them, or those that differ from its start.
  function pairsOf(stem, values, all = false) {
    const pairs = [];
    rooms[stem].fields.forEach(([name, lines, start], place) => {
      let value = values[place];
      if (value === null || value === undefined || (!all && same(value, start))) return;
      if (lines) value = String(value).split("\n");
      if (typeof value === "boolean") value = value ? "1" : "0";
      for (const one of Array.isArray(value) ? value : [value]) pairs.push([name, String(one)]);
    });
    return pairs;
  }

  // The number of the example that a tab's values are; -1: none.
  function exampleOf(stem, values) {
    const { fields, examples } = rooms[stem];
    return examples.findIndex(([, inputs]) =>
      fields.every(([name, , start], place) => same(values[place], inputs[name] ?? start)));
  }

  let last = []; // what was followed before the page had begun
  function follow(stem, values) {
    if (!begun) return void (last = [stem, values]);
    // What was set by a reply while another tab is in sight is told when its own is opened.
    if (stem !== reopened && !isInView(stem)) return;
    const number = exampleOf(stem, values);
    lectern.markExample(stem, number);
    whole = [["tab", stem], ...pairsOf(stem, values, true)];
    // The start needs no more than its tab, and an example no more than its name.
    const named = rooms[stem].examples[number]?.[0];
    const short = named ? [["example", named]].slice(number === 0) : pairsOf(stem, values);
    query = new URLSearchParams([["tab", stem], ...short]).toString();
    const now = values[rooms[stem].fields.findIndex(([name]) => name === "view")] ?? "";
    // Going back leads to the tab and the view before; typing is no step of its own.
    const step = Date.now() > going && (stem !== tab || now !== view);
    const came = stem !== tab && stem !== reopened;
    reopened = "";
    [tab, view] = [stem, now];
    const { title, examples } = rooms[stem];
    document.title = [examples[number]?.[2], title, "Lectern"].filter(Boolean).join(" · ");
    if (before[stem]) return bring(before[stem]);
    keep(stem);
    show(step);
    lectern.followWay(stem, values, came);
  }

  // Reloading the page keeps what was typed, in every tab.
  const KEY = "lectern-states";
  const kept = () => JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  const keep = (stem) => sessionStorage.setItem(KEY, JSON.stringify({ ...kept(), [stem]: query }));
  let before = {}; // the states of the tabs that were not opened since

  // Have the server set the controls to what a query names, and all others of its tab to the start.
  let wanted = ["", false]; // the query, and whether the visitor is in its tab already
  let reopened = ""; // the tab that is to be opened, until it has come
  function ask(query, there = false) {
    const stem = new URLSearchParams(query).get("tab");
    wanted = [query, there];
    if (!there) reopened = stem;
    delete before[stem];
    lectern.press("reopen");
  }
  function reopen(query) {
    going = Date.now() + 1500;
    ask(query);
  }
  // Other values for the tab that has just been opened: who has left it since stays where they are.
  function bring(query) {
    going = Date.now() + 1500;
    ask(query, true);
  }
  // A step forward, which Back undoes: a tab with these values.
  function open(stem, values) {
    going = 0;
    ask(new URLSearchParams([["tab", stem], ...pairsOf(stem, values)]).toString());
  }
  addEventListener("popstate", () => reopen(location.search.slice(1) || `tab=${Object.keys(rooms)[0]}`));

  const bytes = () => new TextEncoder().encode(query).length;

  // The names of what is open are seen, however narrow the window is.
  function inSight() {
    lectern.amid(document.querySelector("#tabs [role=tab][aria-selected=true]"));
    lectern.amid(document.querySelector(`.room.${tab} .segments label:has(:checked)`));
  }
  addEventListener("resize", () => begun && inSight());

  // Put the state into the address, and into the area that shows its link.
  function show(step = false) {
    inSight();
    // A tab's own buttons share the bar at a phone's foot.
    document.querySelector(".phone-bar")?.classList.toggle("shared", Boolean(document.querySelector(`.room.${tab} .buttons`)?.getClientRects().length));
    // Gradio's and the Hub's own (__theme, __sign) stay in this address, and out of every link.
    const own = [...new URLSearchParams(location.search)].filter(([name]) => name.startsWith("__"));
    const kept = own.length ? `&${new URLSearchParams(own)}` : "";
    // Over the limit the address keeps the tab alone: an old state there would be a wrong link.
    const named = bytes() > most ? query.split("&")[0] : query;
    const there = `${location.pathname}?${named}${kept}`;
    if (step) history.pushState(null, "", there);
    else history.replaceState(history.state, "", there);
    tellSpace(named);
    tellLong();
    link();
  }

  const tooLong = () =>
    `This state has ${bytes().toLocaleString("en")} bytes; a link takes at most ` +
    `${most.toLocaleString("en")}. Save it as a file, and drop that file on this page.`;

  // The address has stopped following: said where the visitor is, until it is read or holds no more.
  let long = false;
  function tellLong() {
    const before = long;
    long = bytes() > most;
    const note = find("link-long");
    if (long !== before) note.hidden = !long;
    const said = `The address bar no longer follows. ${tooLong()}`;
    if (long) note.querySelector("span").textContent = said;
  }

  // A Space's page hands its query to the frame once, at the start; later states it must be told
  // (the Hub's guide "How to handle URL parameters in Spaces").
  function tellSpace(queryString) {
    if (!space() || window.parent === window) return;
    window.parent.postMessage({ queryString }, new URL(space()).origin);
  }

  function link() {
    const text = find("link-text");
    if (!text?.offsetParent) return; // filled when it is opened: a QR code costs the server time
    const base = onLoopback() && address() ? address() : location.origin;
    const here = space() || `${base}${location.pathname}`;
    text.value = long ? "" : `${here}${query && `?${query}`}`;
    find("link-qr").hidden = find("link-big").disabled = long;
    if (!long) find("link-qr").src = `qr.svg?text=${encodeURIComponent(text.value)}`;
    find("link-phones").textContent = phones();
    find("link-size").textContent = long ? tooLong() : "";
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
      if (lectern.hasAsked() && changes.some(answers)) end();
    });
    const end = () => {
      answered.disconnect();
      page.remove("opening");
    };
    answered.observe(document.body, { childList: true, subtree: true, characterData: true });
    // Nothing may have been asked of the server: the link names what is there.
    setTimeout(() => lectern.isSettling() || end(), 300);
    setTimeout(end, 30_000);
  }

  // The page has come, with the start of each tab: where its address names no more than one of them,
  // nothing is asked of the server.
  function arrive(offered) {
    rooms = offered;
    const asked = [...new URLSearchParams(location.search)].filter(([name]) => !/^(__.*|present)$/.test(name));
    if (asked.length > 1 || asked.some(([name, stem]) => name !== "tab" || !(stem in rooms))) return lectern.press("read-link");
    begin();
  }

  // Called once the page has opened what its own address names.
  function begin() {
    begun = true;
    document.dispatchEvent(new Event("lectern-begun"));
    const named = new URLSearchParams(location.search).get("tab");
    tab = named in rooms ? named : Object.keys(rooms)[0];
    view = rooms[tab].fields.find(([name]) => name === "view")?.[2] ?? "";
    query = `tab=${tab}`;
    const start = rooms[tab].fields.map(([, , value]) => value);
    whole = [["tab", tab], ...pairsOf(tab, start, true)];
    before = kept();
    delete before[tab];
    if (named) going = Date.now() + 1500; // what the link sets is no step
    lectern.beginTheme();
    lectern.beginPresent();
    lectern.tellHere(tab);
    if (page.contains("opening")) unveil();
    lectern.followTheme();
    if (!named) return;
    if (named in rooms) follow(...(last.length ? last : [tab, start]));
    else show();
  }

  // What a link could not set is said until the visitor sets something.
  for (const kind of ["input", "click"]) {
    document.addEventListener(kind, (event) => {
      const acts = event.isTrusted && event.target.closest?.("#tabs");
      if (acts) document.querySelector("#link-note p")?.remove();
    });
  }

  // The tab of a link is the first that is drawn: said to Gradio before it mounts the page.
  function selectFirst(config) {
    const asked = new URLSearchParams(location.search).get("tab");
    const tabs = config?.components?.find(({ props }) => props.elem_id === "tabs");
    if (asked && tabs && config.components.some(({ props }) => props.id === asked)) tabs.props.selected = asked;
    return config;
  }
  let config = selectFirst(window.gradio_config);
  Object.defineProperty(window, "gradio_config", {
    configurable: true,
    get: () => config,
    set: (given) => (config = selectFirst(given)),
  });

  function showLarge() {
    const text = find("link-text").value;
    const large = find("link-large");
    large.querySelector("img").src = find("link-qr").src;
    large.querySelector("p").textContent = text.replace(/^https?:\/\//, "").replace(/\?.*/, "");
    large.showModal(); // an iPhone shows nothing but videos on its whole screen
  }

  document.addEventListener("click", (event) => {
    if (event.target.id === "link-copy") {
      find("link-text").select();
      document.execCommand("copy"); // navigator.clipboard is not there on plain HTTP
      find("link-size").textContent = "Copied.";
    }
    if (event.target.id === "link-big") showLarge();
    event.target.closest?.("#link-large")?.close();
    if (event.target.closest?.("#link-long [data-close]")) find("link-long").hidden = true;
    if (event.target.closest?.("[data-save-state]")) {
      const text = JSON.stringify({ lectern: new URLSearchParams(whole).toString() });
      lectern.download("lectern-state.json", `data:application/json,${encodeURIComponent(text)}`);
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

  return {
    follow, open, bring, link, showLarge, arrive, begin, begun: () => begun, rooms: () => rooms, wanted: () => wanted,
    tabNow: () => tab, whole: () => whole,
  };
})());
