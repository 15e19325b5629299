// The address bar follows the visitor, and the area below the tabs shows its link.
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

  // Called once the page has opened what its own address names.
  function begin() {
    begun = true;
    if (page.contains("opening")) unveil();
    lectern.followTheme();
    if (new URLSearchParams(location.search).has("tab")) show();
  }

  // What a link could not set is said until the visitor sets something.
  for (const kind of ["input", "click"]) {
    document.addEventListener(kind, (event) => {
      const acts = event.isTrusted && event.target.closest?.("#tabs");
      if (acts) document.querySelector("#link-note p")?.remove();
    });
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

  return { follow, link, begin, begun: () => begun };
})());
