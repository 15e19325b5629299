// The scene builder: things are dragged about a picture, and the text that says the scene follows.
"use strict";

lectern.scene = (() => {
  const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const PATIENCE = 250; // milliseconds that keys and sliders may go on before the text follows
  const OWN = 1500; // milliseconds within which a text that comes back is an echo of ours
  const REACH = 14; // pixels by which a finger may miss what it means
  const SOLID = 40; // of 255: below it, a pixel is air
  const KEPT = 400; // pictures
  const LOST = { naturalWidth: 40, naturalHeight: 40 }; // a place to take hold of

  let root = null; // the builder's element, once it is drawn
  let world = null; // what a scene may be made of
  let trigger = () => {};
  let scene = null; // what is on the stage
  let text = ""; // the same, as the hidden box has it
  let wanted = null; // what the box said last, perhaps before there was a stage
  let refused = false;
  let acted = false; // whether the visitor has done anything yet
  let chosen = -1; // the number of the thing that is chosen
  let drag = null;
  let dropped = false; // the click that follows a drop is none
  let seize = false; // whether the chosen thing takes the focus once it is drawn
  let adding = true; // whether the list of kinds adds a thing or changes the chosen one
  let timer = 0;
  let drawings = 0;
  const past = []; // the texts before this one
  const echoes = new Map(); // texts that we have just put into the box, and when
  const pictures = new Map(); // by address, as they came
  const alphas = new WeakMap(); // of pictures, one byte for a pixel

  const part = (selector) => root.querySelector(selector);
  const parts = (selector) => [...root.querySelectorAll(selector)];
  const within = (value, low, high) => Math.min(Math.max(value, low), high);
  const nodes = () => [...part(".things").children];
  const thing = () => scene.things[chosen];
  const nodeOf = (one) => one && nodes().find((node) => node.one === one);

  // The text -------------------------------------------------------------------------------------

  // As scenes/scene.py reads it; null where that would refuse.
  function read(said) {
    const [head, ...rest] = String(said).split("~");
    const [place, style, seed, ...more] = head.split(".");
    const things = rest.map(readThing);
    const known = world.places.includes(place) && world.styles.includes(style);
    if (!known || more.length || rest.length > world.most || things.includes(null)) return null;
    const number = whole(seed, 0, world.seeds - 1);
    return number === null ? null : { place, style, seed: number, things };
  }

  function readThing(said) {
    const [kind, colour, x, y, size, ...rest] = said.split(".");
    const flip = rest[0] === "f";
    const turns = flip ? rest.slice(1) : rest;
    if (!Object.hasOwn(world.kinds, kind) || turns.length > 1) return null;
    if (!world.kinds[kind].colours.includes(colour)) return null;
    const numbers = [whole(x, 0, 100), whole(y, 0, 100), whole(size, ...world.sizes)];
    numbers.push(turns.length ? whole(turns[0], -world.turn, world.turn) : 0);
    if (numbers.includes(null)) return null;
    return { kind, colour, x: numbers[0], y: numbers[1], size: numbers[2], flip, turn: numbers[3] };
  }

  function whole(said, low, high) {
    const fits = /^-?\d{1,7}$/.test(said ?? "") && Number(said) >= low && Number(said) <= high;
    return fits ? Number(said) + 0 : null;
  }

  function writeThing({ kind, colour, x, y, size, flip, turn }) {
    return `${kind}.${colour}.${x}.${y}.${size}${flip ? ".f" : ""}${turn ? `.${turn}` : ""}`;
  }

  const write = ({ place, style, seed, things }) =>
    [`${place}.${style}.${seed}`, ...things.map(writeThing)].join("~");

  // The box says something else: a link, an example, another scene.
  function show(said) {
    wanted = said;
    if (!root) return;
    const ours = performance.now() - (echoes.get(said) ?? -Infinity) < OWN;
    echoes.delete(said);
    const found = read(said);
    if (!found || refused) lectern.settle("captioning-builder-check");
    refused = !found;
    if (!found || said === text || ours) return;
    if (acted) past.push(text); // what a link opens has no past
    echoes.clear();
    chosen = -1;
    adopt(found, said);
  }

  function adopt(found, said) {
    clearTimeout(timer);
    scene = found;
    text = said;
    drag = null;
    part(".stage").classList.remove("dragging");
    chosen = Math.min(chosen, scene.things.length - 1);
    draw();
  }

  // Something was changed here: draw it, and let the box know, at once or when it rests.
  function changed(patience = 0) {
    draw();
    clearTimeout(timer);
    timer = setTimeout(commit, patience);
    if (!patience) commit();
  }

  function commit() {
    clearTimeout(timer);
    const now = write(scene);
    if (now === text) return;
    past.push(text);
    say(now);
  }

  function say(now) {
    text = now;
    echoes.set(now, performance.now());
    trigger();
    sync();
  }

  // The stage ------------------------------------------------------------------------------------

  // A thing's picture is the same wherever it stands; by hand, no two are quite alike.
  function address(one, number) {
    const byHand = world.by_hand.includes(scene.style);
    const alone = writeThing({ ...one, x: 50, y: 50 });
    const of = `${world.places[0]}.${scene.style}.${byHand ? scene.seed : 0}~${alone}`;
    return `scene/thing.webp?of=${of}&number=${byHand ? number : 0}`;
  }

  const backdrop = () => `scene/place.webp?of=${scene.place}.${scene.style}.${scene.seed}`;

  async function fetched(url) {
    const image = new Image();
    image.src = url;
    await image.decode().then(() => pictures.set(url, image), () => {}); // asked for again next time
  }

  function alphaOf(image) {
    if (!alphas.has(image)) {
      const [width, height] = [image.naturalWidth, image.naturalHeight];
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const pen = canvas.getContext("2d");
      pen.drawImage(image, 0, 0);
      const { data } = pen.getImageData(0, 0, width, height);
      alphas.set(image, data.filter((_, place) => place % 4 === 3));
    }
    return alphas.get(image);
  }

  // Nothing is shown before all of it is there, so that a scene never comes in pieces.
  async function draw() {
    const now = ++drawings;
    if (!drag) sync();
    if (pictures.size > KEPT) pictures.clear();
    const urls = [backdrop(), ...scene.things.map(address)];
    const missing = urls.filter((url) => !pictures.has(url));
    if (missing.length) await Promise.all([...new Set(missing)].map(fetched));
    if (now === drawings) put(urls);
  }

  function put([behind, ...urls]) {
    const place = part(".place");
    if (place.getAttribute("src") !== behind) place.src = behind;
    const shelf = part(".things");
    const spare = nodes();
    const focused = seize || spare.includes(document.activeElement);
    seize = false;
    const taken = urls.map((url) => take(spare, (node) => node.dataset.url === url));
    taken.forEach((node, number) => {
      node ??= spare.shift() ?? made();
      if (shelf.children[number] !== node) shelf.insertBefore(node, shelf.children[number] ?? null);
      dress(node, scene.things[number], urls[number]);
    });
    spare.forEach((node) => node.remove());
    if (focused) (nodeOf(thing()) ?? part("[data-do=add]")).focus({ preventScroll: true });
    sync();
  }

  function take(spare, wants) {
    const at = spare.findIndex(wants);
    return at < 0 ? undefined : spare.splice(at, 1)[0];
  }

  function made() {
    const node = Object.assign(document.createElement("button"), { type: "button" });
    node.className = "thing";
    node.append(Object.assign(document.createElement("img"), { alt: "", draggable: false }));
    return node;
  }

  function dress(node, one, url) {
    const { naturalWidth: wide, naturalHeight: high } = pictures.get(url) ?? LOST;
    node.one = one;
    node.dataset.url = url;
    node.dataset.size = one.size;
    node.dataset.turn = one.turn;
    const image = node.firstChild;
    if (image.getAttribute("src") !== url) image.src = url;
    image.style.transform = "";
    node.style.width = `${(100 * wide) / world.side}%`;
    node.style.aspectRatio = `${wide} / ${high}`;
    move(node, one);
  }

  function move(node, one) {
    node.style.left = `${one.x}%`;
    node.style.top = `${one.y}%`;
    node.setAttribute("aria-label", `${named(one)}, at ${one.x}, ${one.y}`);
  }

  const named = (one) => `${one.colour} ${one.kind}`.trim();

  // While a slider moves, the picture that is there is stretched and turned.
  function preview() {
    const node = nodeOf(thing());
    if (!node) return;
    const ratio = thing().size / node.dataset.size;
    const turned = Number(node.dataset.turn) - thing().turn;
    node.firstChild.style.transform = `scale(${ratio}) rotate(${turned}deg)`;
    sync();
  }

  // Controls and frame say what is chosen.
  function sync() {
    const one = thing();
    part(".panel").disabled = !one;
    frame(nodeOf(one));
    const full = scene.things.length >= world.most;
    for (const name of ["add", "duplicate"]) part(`[data-do=${name}]`).disabled = full;
    part(".count").textContent = full
      ? `${world.most} things: no more fit`
      : `${scene.things.length} of ${world.most} things`;
    part("[data-do=undo]").disabled = !past.length && write(scene) === text;
    for (const name of ["place", "style"]) part(`[data-scene=${name}]`).value = scene[name];
    part("[data-do=kind]").textContent = one ? `Kind: ${one.kind}` : "Kind";
    part("[data-do=mirror]").setAttribute("aria-pressed", Boolean(one?.flip));
    for (const name of ["front", "back"]) {
      const end = name === "front" ? scene.things.length - 1 : 0;
      part(`[data-do=${name}]`).disabled = chosen === end;
    }
    for (const swatch of parts("[data-colour]")) {
      swatch.disabled = !one || !world.kinds[one.kind].colours.includes(swatch.dataset.colour);
      swatch.setAttribute("aria-pressed", one?.colour === swatch.dataset.colour);
    }
    for (const name of ["size", "turn"]) {
      part(`[data-thing=${name}]`).value = one?.[name] ?? 0;
      part(`[data-value=${name}]`).textContent = one ? `${one[name]}${name === "turn" ? "°" : ""}` : "";
    }
    tell(one);
  }

  function tell(one) {
    const said = one
      ? `${named(one)} at ${one.x}, ${one.y}, size ${one.size}`
      : "Drag a thing, or choose one.";
    if (part(".told").textContent !== said) part(".told").textContent = said;
  }

  function frame(node) {
    const mark = part(".frame");
    mark.hidden = !node;
    if (!node) return;
    const { left, top, width, aspectRatio } = node.style;
    const ratio = thing().size / node.dataset.size;
    Object.assign(mark.style, { left, top, width: `${parseFloat(width) * ratio}%`, aspectRatio });
  }

  function choose(number) {
    if (chosen === number) return;
    commit();
    chosen = number;
    sync();
  }

  // Pointers -------------------------------------------------------------------------------------

  // The number of the thing under a pointer: the front one that is not air there, or -1.
  function under(event) {
    const near = event.pointerType === "touch" ? [0, REACH / 2, REACH] : [0, 3];
    const front = nodes().reverse();
    for (const reach of near) {
      const hit = front.find((node) => touches(node, event, reach));
      if (hit) return scene.things.indexOf(hit.one);
    }
    return scene.things.indexOf(event.target.closest(".thing")?.one); // in its box at least
  }

  function touches(node, { clientX, clientY }, reach) {
    const picture = pictures.get(node.dataset.url);
    if (!picture) return false;
    const { naturalWidth: wide, naturalHeight: high } = picture;
    const box = node.getBoundingClientRect();
    const scale = wide / box.width;
    const solid = (right, down) => {
      const x = Math.floor((clientX - box.left + right) * scale);
      const y = Math.floor((clientY - box.top + down) * scale);
      const inside = x >= 0 && y >= 0 && x < wide && y < high;
      return inside && alphaOf(picture)[y * wide + x] > SOLID;
    };
    const around = [[0, 0], [reach, 0], [-reach, 0], [0, reach], [0, -reach]];
    return around.some(([right, down]) => solid(right, down));
  }

  function onDown(event) {
    dropped = false;
    if (event.button !== 0 || !event.isPrimary) return;
    const number = under(event);
    if (number < 0) return;
    choose(number);
    const one = thing();
    nodeOf(one).focus({ preventScroll: true });
    drag = { by: event.pointerId, from: [event.clientX, event.clientY], at: [one.x, one.y], one };
    part(".stage").setPointerCapture(event.pointerId);
    part(".stage").classList.add("dragging");
  }

  function onMove(event) {
    if (drag?.by !== event.pointerId) return;
    const wide = part(".stage").clientWidth / 100;
    const [x, y] = [event.clientX - drag.from[0], event.clientY - drag.from[1]];
    drag.one.x = within(drag.at[0] + Math.round(x / wide), 0, 100);
    drag.one.y = within(drag.at[1] + Math.round(y / wide), 0, 100);
    move(nodeOf(drag.one), drag.one);
    frame(nodeOf(drag.one));
    tell(drag.one);
  }

  function onUp(event) {
    if (drag?.by !== event.pointerId) return;
    part(".stage").classList.remove("dragging");
    if (event.type === "pointercancel") [drag.one.x, drag.one.y] = drag.at;
    move(nodeOf(drag.one), drag.one);
    drag = null;
    dropped = true;
    changed();
  }

  // What the buttons and keys do -----------------------------------------------------------------

  const acts = {
    another: () => (commit(), lectern.press("captioning-builder-another")),
    undo: undo,
    add: () => open(true),
    kind: () => open(false),
    close: () => part("dialog").close(),
    mirror: () => ((thing().flip = !thing().flip), changed()),
    duplicate: () => {
      const { x, y } = thing();
      const beside = x <= 50 ? x + 12 : x - 12;
      append({ ...thing(), x: beside, y: within(y + 3, 0, 100) });
    },
    front: () => reorder(scene.things.length - 1),
    back: () => reorder(0),
    remove: () => {
      scene.things.splice(chosen, 1);
      chosen = Math.min(chosen, scene.things.length - 1);
      changed();
    },
  };

  function undo() {
    commit();
    if (!past.length) return;
    const before = past.pop();
    adopt(read(before), before);
    say(before);
  }

  function append(one) {
    scene.things.push(one);
    chosen = scene.things.length - 1;
    changed();
  }

  function reorder(to) {
    const [one] = scene.things.splice(chosen, 1);
    scene.things.splice(to, 0, one);
    chosen = to;
    changed();
  }

  function onKey(event) {
    if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return undo();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !thing()) return;
    const one = thing();
    const step = STEPS[event.key];
    const grow = { "+": 2, "=": 2, "-": -2, "_": -2 }[event.key];
    const act = { f: "mirror", F: "mirror", Delete: "remove", Backspace: "remove" }[event.key];
    if (!step && !grow && !act) return;
    event.preventDefault();
    if (act) return acts[act]();
    const far = event.shiftKey ? 10 : 2;
    if (step) [one.x, one.y] = [one.x + far * step[0], one.y + far * step[1]].map((n) => within(n, 0, 100));
    if (grow) one.size = within(one.size + grow, ...world.sizes);
    changed(PATIENCE);
  }

  function onInput({ target }) {
    if (target.type === "search") return search();
    const name = target.dataset.thing;
    if (!name || !thing()) return;
    thing()[name] = Number(target.value);
    preview();
  }

  function onChange({ target }) {
    if (target.dataset.thing && thing()) return changed(PATIENCE);
    if (!target.dataset.scene) return;
    scene[target.dataset.scene] = target.value;
    changed();
  }

  function onClick(event) {
    const { target } = event;
    const button = target.closest("button");
    if (target.matches("dialog")) return target.close(); // beside the list
    if (target.closest(".stage")) return !dropped && under(event) < 0 && choose(-1);
    if (!button || button.disabled) return;
    const { do: does, colour, kind } = button.dataset;
    if (does) acts[does]();
    if (colour) (thing().colour = colour), changed();
    if (kind) pick(kind);
  }

  // The list of kinds ----------------------------------------------------------------------------

  function open(adds) {
    adding = adds;
    part("dialog").showModal();
    // On a phone the search's keyboard would cover the list.
    if (matchMedia("(pointer: coarse)").matches) part("dialog").focus();
    part("dialog input").value = "";
    search();
    for (const button of parts("[data-kind]")) {
      button.setAttribute("aria-current", !adding && button.dataset.kind === thing()?.kind);
    }
  }

  function search() {
    const letters = part("dialog input").value.trim().toLowerCase();
    for (const button of parts("[data-kind]")) button.hidden = !button.dataset.kind.includes(letters);
    part("dialog .none").hidden = parts("[data-kind]:not([hidden])").length > 0;
  }

  function onListKey(event) {
    const listed = parts("[data-kind]:not([hidden])");
    const at = listed.indexOf(document.activeElement);
    if (event.key === "Enter" && at < 0 && event.target.type === "search") {
      event.preventDefault();
      return listed[0]?.click();
    }
    const [right, down] = STEPS[event.key] ?? [0, 0];
    if (at < 0 && !down) return;
    if (!right && !down) return;
    event.preventDefault();
    const columns = listed.filter((one) => one.offsetTop === listed[0]?.offsetTop).length;
    if (at >= 0 && at + down * columns < 0) return part("dialog input").focus();
    listed[at < 0 ? 0 : within(at + right + down * columns, 0, listed.length - 1)]?.focus();
  }

  function pick(kind) {
    part("dialog").close();
    const { colours, size } = world.kinds[kind];
    seize = adding;
    if (adding) return append({ kind, colour: colours[0], ...room(kind), size, flip: false, turn: 0 });
    const colour = colours.includes(thing().colour) ? thing().colour : colours[0];
    Object.assign(thing(), { kind, colour });
    changed();
  }

  // Where there is most room for a thing, at a height where it belongs.
  function room(kind) {
    const y = { sky: 24, ground: 70, water: 68, any: 58 }[world.kinds[kind].where];
    const spots = [50, 26, 74, 38, 62, 14, 86].map((x) => {
      const far = scene.things.map((one) => Math.hypot(one.x - x, one.y - y));
      return { x, y, far: Math.min(...far, 40) };
    });
    const { x } = spots.reduce((best, spot) => (spot.far > best.far ? spot : best));
    return { x, y };
  }

  // ----------------------------------------------------------------------------------------------

  for (const kind of ["pointerdown", "keydown"]) {
    document.addEventListener(kind, () => (acted = true), { capture: true, once: true });
  }

  function load(element, tells) {
    root = element.querySelector(".builder");
    world = JSON.parse(root.dataset.world);
    trigger = tells;
    Object.assign(part("[data-thing=size]"), { min: world.sizes[0], max: world.sizes[1] });
    Object.assign(part("[data-thing=turn]"), { min: -world.turn, max: world.turn });
    // On a phone the caption below the picture matters more than the controls between them.
    part(".tools").open = matchMedia("(min-width: 801px)").matches;
    const stage = part(".stage");
    stage.addEventListener("pointerdown", onDown);
    stage.addEventListener("pointermove", onMove);
    stage.addEventListener("pointerup", onUp);
    stage.addEventListener("pointercancel", onUp);
    // The browser would give the focus to the box on top, which may not be the thing that was hit.
    stage.addEventListener("mousedown", (event) => event.preventDefault());
    stage.addEventListener("keydown", onKey);
    stage.addEventListener("focusin", ({ target }) => choose(scene.things.indexOf(target.one)));
    part("dialog").addEventListener("keydown", onListKey);
    root.addEventListener("input", onInput);
    root.addEventListener("change", onChange);
    root.addEventListener("click", onClick);
    adopt(read(text || root.dataset.start), text || root.dataset.start);
    if (wanted !== null) show(wanted);
  }

  return { load, show, text: () => text };
})();
