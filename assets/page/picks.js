// What a press in HTML picks, and what the page makes of it: the values of the controls that it sets.
"use strict";

Object.assign(lectern, (() => {
  // What may be pressed, by its data-…, and what it picks, as JSON.
  const PICKS = {
    pick: (json) => json,
    word: (word) => JSON.stringify(word),
    retry: (model) => JSON.stringify(model),
  };
  const PICKABLE = Object.keys(PICKS).map((name) => `[data-${name}]`).join();
  const listened = new Map(); // by the id of a component: how to tell the server of it

  // Have a component (tabs/kit/picked.py) keep what is picked in it. `tell` has its events.
  function pickable(element, tell) {
    listened.set(element.closest(".block").id, tell); // its own id is another at each opening
    const pick = (json, event) => {
      element.dataset.picked = json;
      tell[event]();
    };
    // Of a grid of pairs the cell is picked, with its row and column as the controls hold them.
    const pickCell = ({ row, column }) => pick(JSON.stringify([`${row}`, `${column}`]), "click");
    const pairsAt = (event) => event.target.closest("[data-pairs] .grid");
    element.addEventListener("click", (event) => {
      const cell = pairsAt(event) && lectern.cellAt(event);
      if (cell) pickCell(cell);
      const part = event.target.closest(PICKABLE);
      // What a second model shows is looked at only: its numbers are not those of the first.
      if (!part || part.closest(".duo > section + section")) return;
      const name = Object.keys(PICKS).find((one) => one in part.dataset);
      const retried = name === "retry";
      if (retried) part.disabled = true; // until the badge is drawn anew
      pick(PICKS[name](part.dataset[name]), retried ? "retry" : "click");
    });
    element.addEventListener("keydown", (event) => {
      const grid = pairsAt(event);
      if (event.key === "Enter" && grid) pickCell(lectern.told(grid));
    });
  }

  const tellServer = (id, event) => listened.get(id)?.[event]();

  // What was picked last in the component with this id.
  function picked(id) {
    const holder = lectern.find(id);
    return JSON.parse((holder.querySelector("[data-picked]") ?? holder).dataset.picked);
  }

  // What a click on a text with branches leads to: the choices that made them, the branch looked
  // at, the one it is compared with, the token looked at. A token of the text picks
  // [step, branch], an alternative to one [branch, step, id], a branch [branch, other, step].
  function grown(view, [branches, , other], pick) {
    if (view === "branches") return [branches, ...pick];
    if (pick.length === 2) return [branches, pick[1], other, pick[0]];
    const choices = [...(branches ? branches.split(",") : []), pick.join(".")];
    return [choices.join(","), choices.length, pick[0], pick[1]];
  }

  // The values of controls, with those that a click names, or gives in their order, set to what it
  // says; a text or a number alone is that of the first.
  function pickedNames(names, values, pick) {
    const said = typeof pick === "object" ? pick : [pick];
    return values.map((value, place) => said[names[place]] ?? said[place] ?? value);
  }

  return { pickable, tellServer, picked, pickedNames, grown };
})());
