// Sentences that the visitor labels: kept as 1,0,- in a control, marked at once in the picture.
"use strict";

Object.assign(lectern, (() => {
  const figure = () => document.querySelector(".figure[data-yours]");
  const read = (labels) => {
    const parts = labels ? labels.split(",") : [];
    const whole = Number(figure()?.dataset.yours ?? 0);
    return [...parts, ...Array(Math.max(0, whole - parts.length)).fill("-")];
  };

  // The labels, and whether what others say is shown, after a press.
  function label(labels, revealed, pick) {
    if (pick.again) return ["", false];
    if (pick.show) return [labels, true];
    if (!pick.label) return [labels, revealed];
    const parts = read(labels);
    const [number, value] = pick.label;
    parts[number] = String(value);
    return [parts.join(","), revealed || !parts.includes("-")];
  }

  function markLabels(labels) {
    if (!figure()) return;
    const parts = read(labels);
    for (const button of figure().querySelectorAll("[aria-pressed]")) {
      const [number, value] = JSON.parse(button.dataset.pick).label;
      button.setAttribute("aria-pressed", parts[number] === String(value));
    }
    figure().querySelector("[data-labelled]").textContent = parts.filter((one) => one !== "-").length;
  }

  return { label, markLabels };
})());
