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
    walkTo(ribbon, Math.min(Math.max(at + step, 0), chips.length - 1));
  }

  function walkTo(ribbon, place) {
    const chips = [...ribbon.querySelectorAll(".tok")];
    for (const chip of chips) chip.classList.toggle("at", chip === chips[place]);
    chips[place].scrollIntoView({ block: "nearest" });
    onPair({ target: chips[place] });
    keepPlace(ribbon, place);
  }

  // Who walks goes on at the token where they were, if the same tokens are there; -1: before the first.
  function keepPlace(ribbon, place) {
    const ribbons = (holder) => [...holder.querySelectorAll(".ribbon")];
    const number = ribbons(ribbon.closest("[id$='-figure']")).indexOf(ribbon);
    lectern.goOn(ribbon, (holder) => {
      const now = ribbons(holder)[number];
      if (now?.textContent !== ribbon.textContent) return;
      now.focus({ preventScroll: true });
      if (place >= 0) walkTo(now, place);
    });
  }

  document.addEventListener("keydown", onRibbonKey);
  document.addEventListener("pointerover", onPair);
  document.addEventListener("focusin", (event) => {
    onPair(event);
    if (event.target.matches?.(".ribbon")) keepPlace(event.target, -1);
  });
})();
