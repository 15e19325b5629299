// The badge of the models above the tabs, and the notes that wait for a model.
"use strict";

Object.assign(lectern, (() => {
  // The badge is drawn anew while models load, without `open`; one that was opened stays open.
  // A press on anything else, or Escape, closes it.
  let badgeOpened = false;
  document.addEventListener("click", (event) => {
    const badge = event.target.closest?.(".badge > summary")?.parentElement;
    if (badge) {
      badgeOpened = !badge.open;
      lectern.tellServer("badges", "expand");
    } else if (event.isTrusted && !event.target.closest?.(".badge")) closeBadge(); // not `press`
  }, true);
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeBadge());
  function closeBadge() {
    badgeOpened = false;
    document.querySelector(".badge[open]")?.removeAttribute("open");
  }
  new MutationObserver(() => {
    const badge = document.querySelector(".badge");
    if (badge && badgeOpened && !badge.open) badge.open = true; // set again, it would be seen again
    // Who was told to wait for a model sees in the badge how far it is.
    const waits = document.querySelector("[data-waits]:not([data-told])");
    if (waits) {
      waits.dataset.told = "";
      document.dispatchEvent(new Event("lectern-waits"));
    }
  }).observe(document.documentElement, {
    childList: true,
    subtree: true,
    attributeFilter: ["open", "data-since"], // Gradio changes one note into the next in place
  });

  document.addEventListener("lectern-waits", () => lectern.tellServer("badges", "expand"));

  // A note that waits for a model follows it: how far it is, or why it does not come. When it has
  // come, the tab's own run starts; a tokenizer's files may be all that came (`cold`).
  function heard(badges) {
    const models = new DOMParser().parseFromString(badges, "text/html");
    for (const note of document.querySelectorAll("[data-waits]")) {
      const model = models.querySelector(`[data-model="${CSS.escape(note.dataset.waits)}"]`);
      if (!model) continue;
      const { state, says } = model.dataset;
      const [sentence, far] = note.children;
      // An alert is read aloud whenever it changes, so it changes with the state alone.
      if (says && sentence.textContent !== says) sentence.textContent = says;
      far.textContent = model.querySelector(".far")?.textContent ?? "";
      if (["loading", "unavailable"].includes(state)) continue;
      delete note.dataset.waits;
      lectern.again(note);
    }
  }

  return { heard };
})());
