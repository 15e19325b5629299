// A row of layers that plays: each is pressed in turn, once the one before has been drawn.
"use strict";

Object.assign(lectern, (() => {
  const STAY = 700; // ms that each is looked at
  let playing = null; // what is played: the id of its block, and the name of its group

  // The group as it is now: every answer brings it anew.
  const group = () =>
    [...document.querySelectorAll(`#${playing.id} [role=group]`)].find((one) => one.getAttribute("aria-label") === playing.name);
  const stops = (row) => [...row.querySelectorAll("[data-pick]")];
  const now = (row) => stops(row).findIndex((one) => one.getAttribute("aria-pressed") === "true");

  function stop() {
    const button = playing && group()?.querySelector("[data-play]");
    if (button) button.textContent = "▶";
    playing = null;
  }

  function next(from, step) {
    const row = playing && group();
    if (!row) return stop();
    row.querySelector("[data-play]").textContent = "⏸";
    const at = now(row);
    if (at === from) return setTimeout(next, 100, from, step); // still on its way
    const to = at + step;
    if (to >= stops(row).length) return stop();
    const same = playing;
    setTimeout(() => {
      if (playing !== same || !group()) return;
      stops(group())[to].click();
      next(at, step);
    }, STAY);
  }

  document.addEventListener("click", ({ target, isTrusted }) => {
    if (!isTrusted) return;
    const button = target.closest?.("[data-play]");
    const was = playing;
    stop();
    if (!button || was) return;
    const row = button.closest("[role=group]");
    const step = Number(button.dataset.play);
    playing = { id: button.closest("[id]").id, name: row.getAttribute("aria-label") };
    const all = stops(row);
    if (now(row) + step >= all.length) all[now(row) % step].click(); // from the first again
    next(-1, step);
  });
  document.addEventListener("keydown", ({ key }) => key === "Escape" && stop());

  return {};
})());
