// What a click in a figure chose, as the values of the controls that it sets.
"use strict";

Object.assign(lectern, (() => {
  // What a click in an HTML component chose (`data-pick`), as the values of the controls it sets.
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

  // The values of controls, with those that a click names set to what it says.
  const pickedNames = (names, values, pick) =>
    values.map((value, place) => pick[names[place]] ?? value);

  return { picked, pickedNames, grown };
})());
