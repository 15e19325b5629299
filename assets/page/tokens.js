// What belongs together lights up together, and a token's id and source are told in words.
"use strict";

(() => {
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

  document.addEventListener("keydown", onRibbonKey);
  document.addEventListener("pointerover", onPair);
  document.addEventListener("focusin", onPair);
})();
