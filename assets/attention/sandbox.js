// The sandbox follows while an arrow is moved: scores, weights and outputs as the server computes them
// (services/attention/sandbox.py).
"use strict";

document.addEventListener("tips", ({ target }) => {
  const figure = target.closest("[data-sandbox]");
  if (!figure) return;
  const { scale, masked } = JSON.parse(figure.dataset.sandbox);
  const planes = [...figure.querySelectorAll("[data-plane]")];
  const told = planes.map((plane) => JSON.parse(plane.dataset.plane));
  const [queries, keys, values] = told.map(({ tips }) => tips);
  const said = {};
  let most = -1;
  queries.forEach((query, row) => {
    const scores = keys.map((key) => query[0] * key[0] + query[1] * key[1]);
    const open = scores.map((score, column) => (masked[row][column] ? -Infinity : score / scale));
    const top = Math.max(...open);
    const powers = open.map((score) => Math.exp(score - top));
    const sum = powers.reduce((one, other) => one + other, 0);
    const weights = powers.map((power) => power / sum);
    const output = [0, 1].map((axis) => weights.reduce((all, weight, place) => all + weight * values[place][axis], 0));
    scores.forEach((score, column) => {
      const weight = weights[column];
      said[`score ${row}.${column}`] = lectern.short(score);
      said[`weight ${row}.${column}`] = weight.toFixed(2);
      figure.querySelector(`[data-cell="${row}.${column}"]`).style.setProperty("--w", weight.toFixed(3));
      if (weight <= most) return;
      most = weight;
      Object.assign(said, { "most row": row, "most column": column, most: weight.toFixed(2) });
    });
    said[`output ${row}`] = `[${output.map(lectern.short).join(", ")}]`;
    lectern.placeArrow(planes[2].querySelectorAll(".still")[row], output, told[2].limit);
  });
  lectern.show(figure.closest("[id$='-figure']"), said);
});
