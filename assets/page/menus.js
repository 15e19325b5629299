// What opens over the page and closes again: a figure's menu, the link, the explanation, the sheet.
"use strict";

Object.assign(lectern, (() => {
  // What is open, as classes of an element inside Gradio's own: rules that begin with a class of
  // <html> count less than those of a room, which Gradio puts its own names before.
  const state = () => document.querySelector(".contain > .column").classList;
  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const area = () => lectern.find("link-area");

  function closeMenus() {
    for (const menu of document.querySelectorAll(".menu.open")) {
      menu.classList.remove("open");
      menu.querySelector("[data-menu]").setAttribute("aria-expanded", false);
    }
  }

  function openMenu(button) {
    const menu = button.closest(".menu");
    const opens = !menu.classList.contains("open");
    closeMenus();
    menu.classList.toggle("open", opens);
    button.setAttribute("aria-expanded", opens);
    if (opens) menu.querySelector(".exports button").focus();
  }

  const JUMPS = { table: "The same as a table", code: "Code that gives this result" };

  // To what stands further down the page, opened.
  function jump(button) {
    const { jump: where } = button.dataset;
    if (where === "link") return openLink();
    const folds = [...button.closest(".room").querySelectorAll(".area.about .label-wrap")];
    const fold = folds.find((one) => one.textContent.includes(JUMPS[where]));
    if (!fold.classList.contains("open")) fold.click();
    fold.scrollIntoView({ behavior: still() ? "instant" : "smooth" });
    fold.focus({ preventScroll: true });
  }

  // A view that has no segment of its own.
  const show = (button) =>
    button.closest(".room").querySelector(`.segments input[value=${button.dataset.show}]`).click();

  function openLink(opens = !area().classList.contains("open")) {
    area().classList.toggle("open", opens);
    lectern.find("share").setAttribute("aria-expanded", opens);
    if (opens) lectern.link();
  }

  // The explanation and, on a phone, the settings: one of them at a time.
  function toggle(name) {
    const opens = !state().contains(name);
    for (const other of ["explained", "sheet"]) state().toggle(other, other === name && opens);
    for (const button of document.querySelectorAll("[data-toggle]")) {
      button.setAttribute("aria-expanded", state().contains(button.dataset.toggle));
    }
  }

  document.addEventListener("click", ({ target, isTrusted }) => {
    if (!isTrusted) return; // the page presses its own buttons
    const on = (selector) => target.closest?.(selector);
    if (on("[data-menu]")) return openMenu(on("[data-menu]"));
    closeMenus();
    if (on("#link-api")) document.querySelector("footer .show-api").click(); // Gradio lists them
    if (on("[data-jump]")) jump(on("[data-jump]"));
    else if (on("[data-show]")) show(on("[data-show]"));
    else if (on("#share")) openLink();
    else if (on("[data-toggle=link]")) openLink();
    else if (on("[data-toggle]")) toggle(on("[data-toggle]").dataset.toggle);
    else if (!on("#link-area") && area()?.classList.contains("open")) openLink(false);
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    closeMenus();
    if (lectern.begun()) openLink(false);
    if (lectern.begun()) state().remove("explained", "sheet");
  });

  // A row that is longer than its room shows this part of it in the middle. Not scrollIntoView,
  // which would move the page as well.
  function amid(part) {
    const row = part?.parentElement;
    if (!row || row.scrollWidth <= row.clientWidth) return;
    const [own, room] = [part, row].map((one) => one.getBoundingClientRect());
    const left = row.scrollLeft + own.left - room.left - (room.width - own.width) / 2;
    row.scrollTo({ left, behavior: still() ? "instant" : "smooth" });
  }

  return { still, state, toggle, openLink, amid };
})());
