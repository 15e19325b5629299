// What Gradio's controls lack for a keyboard and for those who listen instead of looking.
"use strict";

(() => {
  const named = new WeakSet();

  // Radios of one group get one name, so that it is one stop and its arrow keys choose; the group
  // gets its label for a name.
  function group(fieldset) {
    named.add(fieldset);
    const radios = fieldset.querySelectorAll("input[type=radio]");
    const name = fieldset.id || `group-${radios[0]?.name}`;
    for (const radio of radios) radio.name = name;
    const label = fieldset.querySelector("[data-testid=block-info]")?.textContent.trim();
    fieldset.setAttribute("role", radios.length ? "radiogroup" : "group");
    fieldset.setAttribute("aria-label", label || "View");
  }

  // Of the tabs the chosen one is a stop; the arrow keys lead to the others.
  function tabs() {
    for (const tab of document.querySelectorAll("#tabs [role=tab]")) {
      const chosen = tab.getAttribute("aria-selected") === "true";
      if (tab.tabIndex === (chosen ? 0 : -1)) continue;
      tab.tabIndex = chosen ? 0 : -1;
    }
  }
  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("#tabs [role=tab]");
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!tab || !step) return;
    const all = [...tab.parentElement.querySelectorAll("[role=tab]")];
    const next = all[(all.indexOf(tab) + step + all.length) % all.length];
    next.click();
    next.focus();
  });

  // Of a field of buttons one is a stop; the arrow keys lead from one to the next.
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("[data-roving]");
    const wide = Number(field?.dataset.roving);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: wide, ArrowUp: -wide }[event.key];
    if (!field || !step) return;
    event.preventDefault();
    const buttons = [...field.querySelectorAll("[data-pick]")];
    const next = buttons[buttons.indexOf(event.target) + step];
    next?.focus();
  });

  function folds() {
    for (const fold of document.querySelectorAll(".label-wrap")) {
      const open = String(fold.classList.contains("open"));
      if (fold.getAttribute("aria-expanded") !== open) fold.setAttribute("aria-expanded", open);
    }
  }

  // A new result is told once, when it has settled: its question and its number.
  let told = "";
  let waiting;
  function tell() {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const banner = document.querySelector(`.room.${lectern.tabNow?.() || "none"} .banner`);
      const said = banner?.innerText.replace(/\s+/g, " ").trim() ?? "";
      const line = lectern.find("told");
      if (line && said && said !== told && lectern.hasAsked()) line.textContent = said;
      told = said;
    }, 700);
  }

  new MutationObserver(() => {
    for (const fieldset of document.querySelectorAll("fieldset")) if (!named.has(fieldset)) group(fieldset);
    tabs();
    folds();
    tell();
  }).observe(document, { childList: true, subtree: true, attributeFilter: ["aria-selected", "class"] });
})();
