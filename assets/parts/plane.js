// Arrows in a plane (figures/parts/plane.py): their tips are dragged, or moved by the arrow keys. What
// depends on them hears of each move at once, by the event `tips`; the server when the tip rests.
"use strict";

Object.assign(lectern, (() => {
  const HALF = 200; // px from the origin to an edge, as the picture has it
  const FINE = 50; // stops from the origin to an edge: a dragged tip keeps to them
  const REST = 400; // ms after the last key
  let held = null; // the tip that a pointer holds, which pointer, and whether it was moved
  let waits = 0;

  // Every answer of the server brings the planes anew: a tip is known by where it stands.
  function spotOf(tip) {
    const id = tip.closest("[id$='-figure']").id;
    const planes = [...document.querySelectorAll(`#${id} [data-plane]`)];
    return { id, plane: planes.indexOf(tip.closest("[data-plane]")), number: Number(tip.dataset.tip) };
  }
  const planeAt = ({ id, plane }) => document.querySelectorAll(`#${id} [data-plane]`)[plane];
  const tipAt = (spot) => planeAt(spot)?.querySelector(`[data-tip="${spot.number}"]`);
  const tipsOf = (plane) => JSON.parse(plane.dataset.plane);

  // A number with at most two decimals, as the server writes it.
  function short(value) {
    const text = value.toLocaleString("en", { maximumFractionDigits: 2 });
    return text === "-0" ? "0" : text.replace("-", "−");
  }

  // What was computed from the tips is put where the picture shows it: {"dot 0": "24"}.
  function show(room, said) {
    for (const one of room.querySelectorAll("[data-shows]")) {
      const text = said[one.dataset.shows];
      if (text !== undefined) one.textContent = text;
    }
  }

  // Put an arrow's tip, its shaft and its name to a place.
  function placeArrow(arrow, [x, y], limit) {
    const [across, down] = [(x * HALF) / limit, (-y * HALF) / limit];
    arrow.querySelector(".shaft").setAttribute("d", `M0 0L${across.toFixed(2)} ${down.toFixed(2)}`);
    arrow.querySelector(".tip").setAttribute("transform", `translate(${across.toFixed(2)} ${down.toFixed(2)})`);
    const turn = (Math.atan2(down, across) * 180) / Math.PI;
    arrow.querySelector(".head").setAttribute("transform", `rotate(${turn.toFixed(2)})`);
    const name = arrow.querySelector("text");
    name.setAttribute("x", x < 0 ? -12 : 12);
    name.setAttribute("text-anchor", x < 0 ? "end" : "start");
  }

  function move(plane, number, [x, y]) {
    const all = tipsOf(plane);
    const within = (value) => Math.min(Math.max(Math.round(value * 1e4) / 1e4, -all.limit), all.limit);
    const to = [within(x), within(y)];
    if (!to[0] && !to[1]) return; // an arrow without length points nowhere
    all.tips[number] = to;
    plane.dataset.plane = JSON.stringify(all);
    const tip = plane.querySelector(`[data-tip="${number}"]`);
    placeArrow(tip.closest(".arrow"), to, all.limit);
    tip.setAttribute("aria-valuetext", to.map(short).join(", "));
    tip.setAttribute("aria-valuenow", to[0]);
    plane.dispatchEvent(new CustomEvent("tips", { bubbles: true, detail: all.tips }));
  }

  // The tips as the control holds them: whoever opens the link sees them there.
  function rest(plane) {
    const { sets, tips, own } = tipsOf(plane);
    const button = plane.querySelector("[data-pick]");
    button.dataset.pick = JSON.stringify({ ...own, [sets]: tips.map((tip) => tip.join(", ")).join("\n") });
    button.click();
  }

  function onDown(event) {
    const tip = event.target.closest?.("[data-tip]");
    if (!tip || event.button || held) return; // a second finger takes no other tip
    held = { ...spotOf(tip), pointer: event.pointerId, moved: false };
    tip.focus({ preventScroll: true });
    event.preventDefault();
  }

  function onMove(event) {
    const plane = held?.pointer === event.pointerId && planeAt(held);
    if (!plane) return;
    const { limit } = tipsOf(plane);
    const matrix = plane.querySelector("svg").getScreenCTM().inverse();
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    const stop = (px) => (Math.round((px / HALF) * FINE) / FINE) * limit;
    held.moved = true;
    move(plane, held.number, [stop(point.x), stop(-point.y)]);
  }

  function onUp(event) {
    if (held?.pointer !== event.pointerId) return;
    const plane = held.moved && planeAt(held);
    held = null;
    if (plane) rest(plane);
  }

  const STEPS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  function onKey(event) {
    const tip = event.target.closest?.("[data-tip]");
    const step = STEPS[event.key];
    if (!tip || !step) return;
    event.preventDefault();
    const spot = spotOf(tip);
    const { limit, tips } = tipsOf(planeAt(spot));
    // A line of the paper; with Shift the smallest stop.
    const far = event.shiftKey ? limit / FINE : limit / 5;
    const [across, up] = step.map((one) => one * far);
    const [x, y] = [tips[spot.number][0] + across, tips[spot.number][1] + up];
    // Over the origin in one go: there the arrow would point nowhere.
    const there = Math.hypot(x, y) > 1e-9 ? [x, y] : [x + across, y + up];
    move(planeAt(spot), spot.number, there);
    lectern.goOn(tip, () => tipAt(spot)?.focus({ preventScroll: true }));
    clearTimeout(waits);
    waits = setTimeout(() => settle(spot, there), REST);
  }

  // An answer may have come in between, with the tip where it was before.
  function settle(spot, there) {
    const plane = planeAt(spot);
    if (!tipAt(spot)) return;
    move(plane, spot.number, there);
    rest(plane);
  }

  // Else a finger that drags a tip would scroll the page: what is in an SVG is not asked for its
  // touch-action everywhere.
  const onTouch = (event) => event.target.closest?.("[data-tip]") && event.preventDefault();

  document.addEventListener("touchstart", onTouch, { passive: false });
  document.addEventListener("pointerdown", onDown);
  document.addEventListener("pointermove", onMove);
  document.addEventListener("pointerup", onUp);
  document.addEventListener("pointercancel", onUp);
  document.addEventListener("keydown", onKey);

  return { short, show, placeArrow };
})());
