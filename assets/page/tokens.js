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

  // A figure that is drawn anew with the same tokens has lost the focus and the token walked to:
  // who came by keyboard goes on where they were. -1: they have not walked yet.
  let kept = null;
  function keepPlace(ribbon, place) {
    kept?.disconnect();
    const holder = ribbon.closest("[id$='-figure']");
    if (!holder) return;
    const number = [...holder.querySelectorAll(".ribbon")].indexOf(ribbon);
    kept = new MutationObserver(() => {
      const now = holder.querySelectorAll(".ribbon")[number];
      const same = now && now !== ribbon && now.textContent === ribbon.textContent;
      if (!same || document.activeElement !== document.body) return;
      now.focus({ preventScroll: true });
      if (place >= 0) walkTo(now, place);
    });
    kept.observe(holder, { childList: true, subtree: true });
  }

  document.addEventListener("keydown", onRibbonKey);
  document.addEventListener("pointerover", onPair);
  document.addEventListener("focusin", (event) => {
    onPair(event);
    if (event.target.matches?.(".ribbon")) keepPlace(event.target, -1);
  });
})();
