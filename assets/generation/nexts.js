// The next-token chart follows the sliders: while one moves, the browser computes what the server
// would (services/generation/filters.py) from the distribution that came with the chart. The text is
// written anew, by the server, once the slider rests.
"use strict";

Object.assign(lectern, (() => {
  const OFF = { temperature: 1, top_k: 0, top_p: 1, min_p: 0, typical_p: 1 }; // in the library's order
  const NAMES = { temperature: "temper\u00adature", top_k: "top-k", top_p: "top-p", min_p: "min-p", typical_p: "typical" };
  const LEAST = 1e-9;
  const KEYS = 300; // milliseconds for which an arrow key on a slider may be pressed again
  const SLIDERS = Object.keys(OFF).map((name) => `#generation-${name} input[type=range]`).join();
  const figure = () => lectern.find("generation-figure");

  // What the server sent -------------------------------------------------------------------------

  const spreads = new WeakMap(); // by chart

  function bytes(packed) {
    return Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  }

  // ln p of every token, likeliest first: some exactly, the others as steps below the one before.
  function spreadOf(chart) {
    const { exact, rest, live } = chart.dataset; // Gradio may draw a new chart in the old element
    if (spreads.get(chart)?.exact !== exact) {
      const logs = [...new Float32Array(bytes(exact).buffer)];
      const { step } = JSON.parse(live);
      let level = 0;
      const from = logs.at(-1);
      for (const below of bytes(rest)) {
        level += below;
        if (below < 255) logs.push(from - level * step);
      }
      spreads.set(chart, { exact, logs: Float64Array.from(logs) });
    }
    return spreads.get(chart).logs;
  }

  // What the filters do --------------------------------------------------------------------------

  // Each stage from temperature on: {name, setting, acts, share(place) or 0, left, removed, mass, cut}.
  // All but typical keep what is likeliest, so that a number says what is left.
  function stagesOf(logs, set) {
    if (set.greedy || set.temperature === 0) return greedyStages(logs);
    const stages = [];
    let now = { left: logs.length, temperature: 1, alive: () => true };
    weigh(logs, now);
    for (const [name, off] of Object.entries(OFF)) {
      const acts = set[name] !== off;
      if (!acts) {
        stages.push({ ...now, name, setting: set[name], acts, removed: 0, cut: null, before: now });
        continue;
      }
      const next = FILTERS[name](logs, now, set[name]);
      weigh(logs, next);
      const removed = now.left - next.left;
      const stage = { ...next, name, setting: set[name], acts, removed, before: now };
      stage.mass = removed ? 1 - next.sum / now.sum : 0;
      stages.push(stage);
      now = next;
    }
    return stages;
  }

  function greedyStages(logs) {
    const before = { share: (place) => Math.exp(logs[place]), left: logs.length };
    const share = (place) => (place === 0 ? 1 : 0);
    return Object.keys(OFF).map((name) => ({
      name, setting: 0, acts: name === "temperature", greedy: true, share, left: 1, removed: 0, cut: null, before,
    }));
  }

  // Its probabilities: share(place) is 0 where a token is gone.
  function weigh(logs, now) {
    const weight = (place) => Math.exp((logs[place] - logs[0]) / now.temperature);
    let sum = 0;
    for (let place = now.tall ?? now.left; place--; ) if (now.alive(place)) sum += weight(place);
    now.sum = sum;
    now.share = (place) => (place < (now.tall ?? now.left) && now.alive(place) ? weight(place) / sum : 0);
  }

  const FILTERS = {
    temperature: (logs, now, setting) => ({ ...now, temperature: setting }),
    top_k(logs, now, most) {
      let left = Math.min(most, now.left);
      const cut = now.share(left - 1);
      while (left < now.left && logs[left] === logs[left - 1]) left++;
      return { ...now, left, cut };
    },
    // From the least likely up: all that sums to 1 - p goes.
    top_p(logs, now, mass) {
      let [left, gone] = [now.left, 0];
      while (left > 1 && (gone += now.share(left - 1)) <= 1 - mass) left--;
      return { ...now, left, cut: now.share(left - 1) };
    },
    min_p(logs, now, share) {
      const cut = share * now.share(0);
      let { left } = now;
      while (left > 1 && now.share(left - 1) < cut) left--;
      return { ...now, left, cut };
    },
    typical_p(logs, now, mass) {
      const shares = Float64Array.from({ length: now.left }, (_, place) => now.share(place));
      const entropy = shares.reduce((sum, p) => sum - (p ? p * Math.log(p) : 0), 0);
      const away = shares.map((p) => Math.abs(-Math.log(p) - entropy));
      const order = [...away.keys()].sort((one, other) => away[one] - away[other]);
      let [at, held] = [0, 0];
      while (at < order.length - 1 && (held += shares[order[at]]) < mass) at++;
      const cut = away[order[at]];
      const alive = (place) => away[place] <= cut;
      const left = away.filter((far) => far <= cut).length;
      return { ...now, left, tall: now.left, alive, cut };
    },
  };

  // What is seen ---------------------------------------------------------------------------------

  // As figures/parts/style.py writes a probability.
  function percent(share) {
    if (share > 0 && share < 1e-6) return "below 0.0001%";
    if (share >= 0.9995 && share < 1) return "above 99.9%";
    return share > 0 && share < 1 ? `${lectern.digits(share * 100)}%` : `${share * 100}%`;
  }

  const html = (tag, text, kind = "") => Object.assign(document.createElement(tag), { textContent: text, className: kind });

  function bar(share, full, said, kind) {
    const cell = html("span", "", "cell");
    const way = html("i", "", "bar");
    const length = document.createElement("i");
    length.style.width = `${Math.min((100 * share) / full, 100).toFixed(2)}%`;
    way.append(length);
    cell.append(html(kind, said), way);
    return cell;
  }

  // One cell of a column, drawn where it stands: bars that are there grow and shrink.
  function dress(cell, place, stage, full, last) {
    const share = place < 0 ? 0 : stage.share(place);
    const before = place < 0 ? 0 : stage.before.share(place);
    cell.dataset.share = share;
    cell.dataset.bar = share || before;
    cell.className = share ? (last ? "cut" : stage.acts ? "" : "off") : before && !stage.greedy ? "out" : "gone";
    if (cell.className === "gone") return cell.replaceChildren("–");
    const shown = Math.max(LEAST, share || before);
    const kind = share ? "span" : "s";
    const [said, length] = [cell.querySelector(".cell > :first-child"), cell.querySelector(".bar > i")];
    if (said?.localName !== kind) return cell.replaceChildren(bar(shown, full, percent(shown), kind));
    said.textContent = percent(shown);
    length.style.width = `${Math.min((100 * shown) / full, 100).toFixed(2)}%`;
  }

  function headOf(stage) {
    const { name, acts, setting, removed, cut } = stage;
    if (stage.greedy) return acts ? ["greedy", "takes the most likely"] : [`${NAMES[name]} off`];
    if (!acts) return [name === "temperature" ? `${NAMES[name]} 1` : `${NAMES[name]} off`];
    const said = [`${NAMES[name]} ${setting}`];
    said.push(removed ? `removes ${removed.toLocaleString("en")} (${percent(Math.max(LEAST, stage.mass))})` : "removes nothing");
    if (removed && name === "typical_p") said.push(`cut at ${lectern.digits(cut)} nats from the entropy`);
    else if (removed) said.push(`cut at ${percent(Math.max(LEAST, cut))}`);
    return said;
  }

  function redraw(chart, set) {
    const { places, full: fulls } = JSON.parse(chart.dataset.live);
    const stages = Object.fromEntries(stagesOf(spreadOf(chart), set).map((stage) => [stage.name, stage]));
    const heads = [...chart.querySelectorAll("thead th")];
    const rows = [...chart.querySelectorAll("tbody tr:not(.rest)")];
    const others = chart.querySelector(".rest");
    const columns = heads.map((head, at) => ({ head, at, stage: stages[head.dataset.stage] })).slice(1);
    const shareOf = (stage, row) => (places[row] < 0 ? 0 : stage.share(places[row]));
    const shares = columns.flatMap(({ stage, at }) =>
      rows.map((cells, row) => (stage ? shareOf(stage, row) : Number(cells.children[at].dataset.bar ?? 0))));
    const highest = Math.max(...shares);
    const full = fulls.find((one) => highest <= one) ?? 1;
    for (const { head, at, stage } of columns) {
      if (!stage) {
        rows.forEach((row) => stretch(row.children[at], full));
        continue;
      }
      const [name, ...said] = headOf(stage);
      head.classList.toggle("off", !stage.acts);
      head.replaceChildren(html("b", name), ...said.map((one) => html("span", one)));
      const alive = rows.filter((_, row) => shareOf(stage, row));
      const left = stage.left - alive.length;
      const cuts = stage.removed && stage.cut !== null && !left && stage.name !== "typical_p";
      rows.forEach((row, number) => dress(row.children[at], places[number], stage, full, cuts && row === alive.at(-1)));
      const shown = rows.reduce((sum, _, row) => sum + shareOf(stage, row), 0);
      const mass = left ? Math.max(LEAST, 1 - shown) : 0;
      others?.children[at].replaceChildren(percent(mass), html("span", ` ${left.toLocaleString("en")} left`));
    }
    for (const said of figure().querySelectorAll("figcaption .full")) said.textContent = percent(full);
    chart.classList.add("moved");
  }

  // A bar that stays as long as it is, where a full one stands for something else.
  function stretch(cell, full) {
    const length = cell.querySelector(".bar > i");
    if (length) length.style.width = `${((100 * cell.dataset.bar) / full).toFixed(2)}%`;
  }

  // The sliders as they stand; what is folded away is what the chart was made with.
  function setNow(chart) {
    const { settings } = JSON.parse(chart.dataset.live);
    const found = {};
    for (const name of Object.keys(OFF)) {
      const slider = document.querySelector(`#generation-${name} input[type=range]`);
      found[name] = slider ? Number(slider.value) : settings[name];
    }
    const greedy = document.querySelector("#generation-greedy input");
    return { ...found, greedy: greedy ? greedy.checked : settings.greedy };
  }

  let asked = false;
  function follow() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      for (const chart of figure()?.querySelectorAll(".nexts.live") ?? []) redraw(chart, setNow(chart));
    });
  }

  // While new tokens come, the chart stays where it was, and is not to be pressed.
  let seen = null;
  let drawn = "";
  function keep() {
    const holder = figure();
    const streams = holder?.querySelector(".written.streaming");
    const kept = holder?.querySelector(":scope > .standing");
    const chart = [...(holder?.querySelectorAll(".nexts.live") ?? [])].find((one) => !one.closest(".standing"));
    if (chart && drawn !== chart.dataset.live) {
      drawn = chart.dataset.live;
      seen = chart.closest("figure");
      measure(holder);
      if (held) follow(); // the slider went on while the text was written
    }
    const text = streams?.querySelector(".text");
    if (text) text.scrollTop = text.scrollHeight;
    if (!streams || chart) return kept?.remove();
    if (kept || !seen) return;
    const place = html("div", "", "standing");
    place.inert = true;
    place.append(seen);
    holder.append(place);
  }

  // How far the chart stands below the text, so that it keeps its place while another is written.
  function measure(holder) {
    const [from, to] = [holder.querySelector(".written"), seen].map((one) => one.getBoundingClientRect().top);
    const zoom = seen.currentCSSZoom ?? 1;
    if (to > from) holder.style.setProperty("--written", `${(to - from) / zoom}px`);
  }

  // When the sliders rest ------------------------------------------------------------------------

  let held = false; // a slider, by a pointer
  let waits = null; // what is asked for once it is let go

  // A slider that is dragged asks for one text, when it is let go, not for one at each stop.
  function settleReleased(id, milliseconds) {
    if (held) return void (waits = () => lectern.settle(id, milliseconds));
    const key = document.activeElement?.matches?.("input[type=range]");
    lectern.settle(id, key ? Math.max(milliseconds, KEYS) : milliseconds);
  }

  function release() {
    held = false;
    waits?.();
    waits = null;
  }

  const isSlider = ({ target }) => target.matches?.("#tabs .room.generation input[type=range]");
  document.addEventListener("pointerdown", (event) => (held = Boolean(isSlider(event))), true);
  document.addEventListener("pointerup", release, true);
  document.addEventListener("pointercancel", release, true);
  document.addEventListener("input", ({ target }) => target.matches?.(`${SLIDERS}, #generation-greedy input`) && follow());
  new MutationObserver(keep).observe(document.documentElement, { childList: true, subtree: true });

  // Another text, where there is another: the likeliest token each time is the same for all seeds.
  const another = (now) => {
    const next = 1 + Math.floor(Math.random() * 9999);
    return next === now ? next + 1 : next;
  };
  const canDiffer = (greedy, temperature) => ({
    __type__: "update",
    interactive: !greedy && temperature !== 0,
    value: !greedy && temperature !== 0 ? "↻ Another" : "Greedy: no other",
  });

  return { another, canDiffer, settleReleased };
})());
