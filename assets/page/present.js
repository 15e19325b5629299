// Present: the picture for the back row, and keys (or a clicker) instead of a mouse.
"use strict";

Object.assign(lectern, (() => {
  const state = () => lectern.state();
  const SIZES = [1.25, 1.5, 1.75, 2, 2.5]; // of the type, against the desk's 16 px
  let size = 1;

  function present(on = !state().contains("present")) {
    state().toggle("present", on);
    state().remove("black", "explained", "sheet");
    resize(0);
    hide();
    lectern.find("present").setAttribute("aria-pressed", on);
  }

  function resize(step) {
    size = Math.min(Math.max(size + step, 0), SIZES.length - 1);
    const scale = state().contains("present") ? SIZES[size] : 1;
    document.documentElement.style.setProperty("--scale", scale);
    lectern.fitAll();
  }

  // Predict first: in Present an example keeps its number to itself until R.
  const hide = () => state().toggle("hidden-answer", state().contains("present"));

  const room = () => document.querySelector(`.room.${lectern.tabNow()}`);
  function step(by) {
    hide();
    lectern.stepExample(lectern.tabNow(), by);
  }
  function nextView() {
    const views = [...room().querySelectorAll(".segments input")];
    views[(views.findIndex((one) => one.checked) + 1) % views.length]?.click();
  }
  const openTab = (number) => document.querySelectorAll("#tabs [role=tab]")[number - 1]?.click();
  function showCode() {
    if (lectern.find("link-large").open) return lectern.find("link-large").close();
    lectern.openLink(true);
    lectern.showLarge();
    lectern.openLink(false);
  }
  const full = () =>
    document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();

  // What works everywhere, and what a lecturer's clicker and keys do while presenting.
  const ALWAYS = {
    p: () => present(),
    q: showCode,
    d: () => lectern.toggleTheme(),
    "?": () => lectern.find("keys").showModal(),
  };
  const PRESENTING = {
    ArrowRight: () => step(1),
    PageDown: () => step(1),
    ArrowLeft: () => step(-1),
    PageUp: () => step(-1),
    r: () => state().toggle("hidden-answer"),
    v: nextView,
    e: () => {
      state().add("sheet"); // what is hidden takes no focus
      room().querySelector(".area.input :is(textarea, input)")?.focus();
    },
    s: () => lectern.toggle("sheet"),
    i: () => lectern.toggle("explained"),
    b: () => state().toggle("black"),
    f: full,
    "+": () => resize(1),
    "-": () => resize(-1),
    Escape: () => (state().contains("sheet") || state().contains("explained") ? state().remove("sheet", "explained") : present(false)),
  };

  const types = (element) => element.matches?.("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=range], [type=button])");
  // Where the focus is in one of these, the arrow keys walk along it and do not leave the example.
  const STEERED = "input[type=range], input[type=radio], [role=tab], [role=slider], .grid, .ribbon, [data-roving], [data-tip], [data-picks], .stage";
  const steers = (element) => element.closest?.(STEERED);
  document.addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey || !lectern.begun()) return;
    if (types(target)) return void (key === "Escape" && target.blur());
    if (key.startsWith("Arrow") && steers(target)) return; // the arrows are this control's own
    const act = ALWAYS[key] ?? (state().contains("present") && (PRESENTING[key] ?? (/^[1-9]$/.test(key) && (() => openTab(Number(key))))));
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }, true);

  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("#present")) present();
    if (lectern.begun()) state().remove("black");
    target.closest?.("#keys")?.close();
  });
  // An address may ask for it.
  const asked = new URLSearchParams(location.search).get("present") === "1";
  const beginPresent = () => asked && present(true);

  return { beginPresent, openTab };
})());
