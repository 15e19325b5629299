// The numbers of two arrows follow while one of them is moved (services/similarity/arrows.py).
"use strict";

document.addEventListener("tips", ({ target, detail: [first, ...others] }) => {
  if (!target.closest("#similarity-figure")) return;
  const pair = (vector) => `[${vector.map(lectern.short).join(", ")}]`;
  const long = ([x, y]) => Math.hypot(x, y);
  const said = { first: pair(first), "length first": lectern.short(long(first)) };
  others.forEach((other, number) => {
    const dot = first[0] * other[0] + first[1] * other[1];
    const crossed = first[0] * other[1] - first[1] * other[0];
    const cosine = dot / (long(first) * long(other));
    const sum = first.map((value, place) => `${lectern.short(value)} · ${lectern.short(other[place])}`).join(" + ");
    const parts = {
      vector: pair(other),
      sum,
      dot: lectern.short(dot),
      length: lectern.short(long(other)),
      angle: `${lectern.short((Math.atan2(Math.abs(crossed), dot) * 180) / Math.PI)}°`,
      cosine: cosine.toFixed(3).replace(/^-(?=0\.000)/, "").replace("-", "−"),
    };
    for (const [name, text] of Object.entries(parts)) said[`${name} ${number}`] = text;
  });
  lectern.show(document.getElementById("similarity-figure"), said);
});
