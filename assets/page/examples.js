// A chosen example, or a chosen view, brings its result into sight.
"use strict";

Object.assign(lectern, (() => {
  function example(stem, settings) {
    const list = lectern.find(`${stem}-examples`);
    // On a wide page the examples stand below the result, which may be out of sight.
    const result = list.closest(".room").querySelector(".area.result");
    if (result.getBoundingClientRect().top < 0) result.scrollIntoView({ behavior: "smooth" });
    return settings[lectern.picked(list.id)];
  }

  // On a phone the result stands below its inputs, perhaps out of sight of whoever chooses a view.
  document.addEventListener("change", ({ target, isTrusted }) => {
    const result = target.closest("[id$='-view']")?.closest(".room").querySelector(".area.result");
    if (!isTrusted || !result || result.getBoundingClientRect().top < innerHeight) return;
    result.scrollIntoView({ behavior: "smooth" });
  });

  return { example };
})());
