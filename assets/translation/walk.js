// The walk-through of a translation: the arrow keys press its two steps, wherever the focus is,
// but in a control that has the arrows itself, and not in Present, where they turn the examples.
"use strict";

document.addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
  const { target } = event;
  const own = target.closest?.(".figure.translation.walk");
  if (!own && target !== document.body) return;
  if (document.documentElement.classList.contains("present") || document.body.classList.contains("present")) return;
  const button = [...document.querySelectorAll(`.figure.translation.walk [data-walk="${by}"]`)].find((one) => one.offsetParent);
  if (!button || button.disabled) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  button.click();
}, true);
