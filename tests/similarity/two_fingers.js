// What assets/parts/plane.js (the argument) does with two fingers: no browser of the tests has two.
"use strict";

const [path] = process.argv.slice(2);
const script = require("node:fs").readFileSync(path, "utf-8");
const heard = {}; // the script's listeners
const moves = []; // what it told: all tips after each move, and that they rest

globalThis.lectern = {};
globalThis.DOMPoint = class {
  constructor(x, y) { Object.assign(this, { x, y }); }
  matrixTransform() { return this; }
};
globalThis.CustomEvent = class {
  constructor(name, more) { Object.assign(this, more); }
};
const part = () => ({ dataset: {}, setAttribute() {}, click: () => moves.push("rest") });
const arrow = { querySelector: part };
const svg = { getScreenCTM: () => ({ inverse: () => null }) };
const plane = {
  dataset: { plane: JSON.stringify({ limit: 4, tips: [[1, 1], [2, 2]], sets: "vectors", own: {} }) },
  dispatchEvent: ({ detail }) => moves.push(detail.join(" ")),
  querySelector(what) {
    if (what === "svg") return svg;
    return what === "[data-pick]" ? part() : tips[Number(what.match(/\d/)[0])];
  },
};
const tips = [0, 1].map((number) => ({
  dataset: { tip: number },
  focus() {},
  setAttribute() {},
  closest: (what) => ({ ".arrow": arrow, "[data-plane]": plane, "[data-tip]": tips[number] })[what] ?? { id: "a" },
}));
globalThis.document = {
  addEventListener: (kind, listener) => (heard[kind] = listener),
  querySelectorAll: () => [plane],
};
(0, eval)(script);

function send(kind, pointerId, more) {
  heard[kind]({ pointerId, button: 0, preventDefault() {}, target: tips[0], ...more });
}
send("pointerdown", 1);
send("pointerdown", 2, { target: tips[1] });
send("pointermove", 2, { clientX: 0, clientY: 100 });
send("pointerup", 2);
send("pointermove", 1, { clientX: 100, clientY: 0 });
send("pointerup", 1);
console.log(JSON.stringify(moves));
