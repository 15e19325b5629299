// The chips of the examples: the chosen one is marked and in sight, and the arrows step through them.
"use strict";

Object.assign(lectern, (() => {
  const chipsOf = (stem) => [...(lectern.find(`${stem}-examples`)?.querySelectorAll("[data-pick]") ?? [])];

  // The values of all fields in the example that was pressed.
  function example(stem) {
    const number = lectern.picked(`${stem}-examples`);
    const { fields, examples } = lectern.rooms()[stem];
    const [, inputs] = examples[number];
    return fields.map(([name, , start]) => inputs[name] ?? start);
  }

  // Mark the example that a tab shows now; -1: a text of the visitor's own.
  function markExample(stem, number) {
    chipsOf(stem).forEach((chip, place) => {
      const now = place === number;
      if ((chip.getAttribute("aria-pressed") === "true") === now) return;
      chip.setAttribute("aria-pressed", now);
      if (now) lectern.amid(chip.parentElement);
    });
  }

  // The next example of a tab, or the one before; from a text of one's own, the first or the last.
  function stepExample(stem, step) {
    const chips = chipsOf(stem);
    const now = chips.findIndex((chip) => chip.getAttribute("aria-pressed") === "true");
    const next = now < 0 ? (step > 0 ? 0 : chips.length - 1) : now + step;
    chips[next]?.click();
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-step]");
    if (!button) return;
    const stem = button.closest("[id$='-examples']").id.split("-")[0];
    stepExample(stem, Number(button.dataset.step));
  });

  return { example, markExample, stepExample };
})());
