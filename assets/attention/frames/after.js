// After bertviz's script: draw, number the squares of the heads, draw again when the width changes,
// and give the picture to the page when it asks for it.
const empty = root.innerHTML;
let drawnAt = 0;
function draw() {
  if (!innerWidth || innerWidth === drawnAt) return;
  drawnAt = innerWidth;
  root.innerHTML = empty;
  start();
  const boxes = [...root.querySelectorAll("#vis > svg > g:last-of-type > rect")];
  if (!setup.heads.length) return;
  boxes.forEach((box, place) => {
    const label = document.createElementNS("http://www.w3.org/2000/svg", "text");
    const colour = d3.hsl(setup.colours[place]);
    label.setAttribute("class", "number");
    label.setAttribute("x", +box.getAttribute("x") + 10);
    label.setAttribute("y", 14.5);
    label.setAttribute("text-anchor", "middle");
    label.setAttribute("font-size", 12);
    label.setAttribute("fill", d3.lab(colour).l > 55 ? "#000" : "#fff");
    label.textContent = setup.heads[place];
    box.parentNode.append(label);
  });
}
draw();
// Not the event "resize": a frame that began without a width may get it with no such event.
new ResizeObserver(draw).observe(document.documentElement);
document.getElementById("direction")?.addEventListener("change", (event) => {
  lectern.default_filter = event.target.value;
  drawnAt = 0;
  draw();
});
addEventListener("message", (event) => {
  if (["light", "dark"].includes(event.data)) theme(event.data === "dark");
  if (event.data !== "svg") return;
  const copy = root.querySelector("svg").cloneNode(true);
  const box = root.querySelector("svg").getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", box.width);
  copy.setAttribute("height", box.height);
  copy.setAttribute("font-family", "Source Code Pro, monospace");
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of [["width", "100%"], ["height", "100%"], ["fill", "#fff"]]) {
    paper.setAttribute(name, value);
  }
  copy.prepend(paper);
  event.source.postMessage(new XMLSerializer().serializeToString(copy), "*");
});
