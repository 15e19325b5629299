// Where the model looked for a word, laid over what it looked at: the scene that one drags, the
// picture that was sent, or what was drawn, as the model got it (the pad may show it larger, or a part
// of it). A word under the pointer or with the focus shows its map; one that was pressed keeps it,
// through whatever is dragged, until it is pressed again.
"use strict";

(() => {
  const figure = () => lectern.find("captioning-figure");
  const chips = () => [...(figure()?.querySelectorAll(".caption-chip[data-look]") ?? [])];
  const GROUND = { scene: "#captioning-builder .stage", draw: "#captioning-figure .caption-picture", upload: "#captioning-picture img" };

  let over = null; // the word under the pointer or with the focus: its number
  let kept = null; // the word that was pressed: {number, word}
  let hint = ""; // what stands where a map is told while there is none
  const map = document.createElement("div");
  map.className = "look";
  map.setAttribute("aria-hidden", "true");
  map.innerHTML = "<span><b></b> 0% <i></i> <em></em></span>"; // what its colours mean

  // What is looked at, and the box of it that the model sees.
  function ground() {
    const source = document.querySelector("#captioning-source input:checked")?.value;
    const found = document.querySelector(GROUND[source] ?? GROUND.scene);
    return found?.checkVisibility() ? found : null;
  }

  function lay(chip) {
    const under = chip && ground();
    if (!under) return lift();
    const holder = under.matches(".stage") ? under : under.closest(".block");
    if (map.parentElement !== holder) holder.append(map);
    place(under, holder);
    map.style.setProperty("--map", `url("${chip.dataset.look}")`);
    map.querySelector("b").textContent = chip.dataset.word;
    map.querySelector("em").textContent = chip.dataset.most;
    for (const one of document.querySelectorAll(".looked")) if (one !== under) one.classList.remove("looked");
    under.classList.add("looked");
    for (const one of chips()) one.classList.toggle("laid", one === chip);
    tell(chip.dataset.said);
  }

  // Over a stage it fills it; over a picture that keeps its shape within its box, the picture alone.
  function place(under, holder) {
    if (under === holder) return Object.assign(map.style, { inset: 0, width: "auto", height: "auto" });
    const [box, around] = [under.getBoundingClientRect(), holder.getBoundingClientRect()];
    const [wide, high] = [under.naturalWidth || box.width, under.naturalHeight || box.height];
    const scale = Math.min(box.width / wide, box.height / high);
    const [left, top] = [box.left + (box.width - scale * wide) / 2, box.top + (box.height - scale * high) / 2];
    Object.assign(map.style, {
      inset: "auto", left: `${left - around.left}px`, top: `${top - around.top}px`,
      width: `${scale * wide}px`, height: `${scale * high}px`,
    });
  }

  function lift() {
    map.remove();
    for (const one of document.querySelectorAll(".looked")) one.classList.remove("looked");
    for (const one of chips()) one.classList.remove("laid");
    tell(hint);
  }

  function tell(said) {
    const line = figure()?.querySelector(".caption-looked");
    if (!line) return;
    if (!line.dataset.hint) hint = line.dataset.hint = line.textContent;
    const now = said || hint;
    if (line.textContent !== now) line.textContent = now;
  }

  // The word that was pressed, found again in another caption: the same word, else nothing.
  function again() {
    const all = chips();
    if (!kept) return undefined;
    const there = all[kept.number];
    return there?.dataset.word === kept.word ? there : all.find((one) => one.dataset.word === kept.word);
  }

  const show = () => lay(chips()[over] ?? again());
  const chipAt = ({ target }) => target.closest?.("#captioning-figure .caption-chip[data-look]");

  function at(event) {
    const chip = chipAt(event);
    const number = chip ? chips().indexOf(chip) : null;
    if (number === over) return;
    over = number;
    show();
  }

  function press(event) {
    const chip = chipAt(event);
    if (!chip) return;
    const number = chips().indexOf(chip);
    kept = kept?.number === number && kept.word === chip.dataset.word ? null : { number, word: chip.dataset.word };
    if (!kept && matchMedia("(hover: none)").matches) over = null;
    show();
  }

  document.addEventListener("pointerover", (event) => event.pointerType !== "touch" && at(event));
  document.addEventListener("focusin", (event) => chipAt(event)?.matches(":focus-visible") && at(event));
  document.addEventListener("focusout", (event) => chipAt(event) && ((over = null), show()));
  document.addEventListener("click", press);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && kept && ((kept = null), show()));
  addEventListener("resize", () => map.isConnected && show());
  // A new caption: the map of the same word, as it is now. Gradio may draw it in the old elements.
  let drawn = "";
  new MutationObserver(() => {
    const now = chips().map((one) => one.dataset.said).join();
    if (now === drawn) return;
    drawn = now;
    if (over !== null || kept) show();
    else if (map.isConnected) lift();
  }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-said"] });
})();
