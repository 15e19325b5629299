// One sentence goes along: the line "you are here" leads to the map, the map's boxes to the tabs.
"use strict";

Object.assign(lectern, (() => {
  const MAP = "map";
  const now = {}; // the values of each tab that was opened
  let running = ""; // the sentence that was typed, or chosen, or taken along last

  const startOf = (stem) => lectern.rooms()[stem].fields.map(([, , start]) => start);
  const placeOf = (stem, name) => lectern.rooms()[stem].fields.findIndex(([field]) => field === name);
  const valueOf = (stem, name) => (now[stem] ?? startOf(stem))[placeOf(stem, name)];
  const firstLine = (text) => String(text ?? "").split("\n")[0];
  const sentenceOf = (stem) => firstLine(valueOf(stem, lectern.rooms()[stem].sentence));

  // The map's address for what a tab shows: its box, its sentence, its model where the map has it.
  function homeOf(stem) {
    const { [MAP]: map, [stem]: room } = lectern.rooms();
    const line = document.querySelector(`.room.${stem} .here`);
    const view = valueOf(stem, "view");
    const [box, title] = JSON.parse(line.dataset.here)[view] ?? Object.values(JSON.parse(line.dataset.here))[0];
    const models = [valueOf(stem, "model"), valueOf(stem, "tokenizer")].flat();
    const offered = models.find((one) => map.models.includes(one));
    const model = offered === map.models[0] ? "" : offered;
    const text = sentenceOf(stem);
    const pairs = { tab: MAP, box, model, text: text === startOf(MAP)[placeOf(MAP, "text")] || !room.sentence ? "" : text };
    return [`?${new URLSearchParams(Object.entries(pairs).filter(([, value]) => value))}`, title];
  }

  // A tab shows other values: its line leads to them. Who comes to the map by its tab brings along
  // what was typed last; `came`: by its tab, and not by a link or a step back.
  function followWay(stem, values, came) {
    now[stem] = values;
    const typed = lectern.rooms()[stem].sentence ? sentenceOf(stem) : "";
    if (stem === MAP && came && running && running !== typed) return lectern.bring(new URLSearchParams({ tab: MAP, text: running, model: valueOf(MAP, "model") }).toString());
    if (typed && !came) running = typed; // a tab that is merely opened has an older one
    tellHere(stem);
  }

  function tellHere(stem) {
    const line = document.querySelector(`.room.${stem} .here`);
    const onPhone = document.querySelector(".phone-bar .here");
    onPhone.hidden = !line;
    if (!line) return;
    const [href, title] = homeOf(stem);
    for (const one of [line, onPhone]) {
      one.href = href;
      one.title = `You are here: ${title}`;
    }
    line.querySelector("b").textContent = title;
  }

  // Open what an address names. A tab that has this sentence already keeps what else was chosen.
  function go(href) {
    const asked = new URLSearchParams(new URL(href, location.href).search);
    const stem = asked.get("tab");
    const { fields, sentence } = lectern.rooms()[stem];
    const set = (base) => fields.map(([name, lines, start], place) => {
      if (asked.has(name)) return lines || Array.isArray(start) ? asked.getAll(name)[lines ? "join" : "slice"](lines ? "\n" : 0) : asked.get(name);
      return [sentence, "view", "model", "box"].includes(name) ? start : base[place];
    });
    const old = now[stem] ?? startOf(stem);
    const same = String(set(old)[placeOf(stem, sentence)]) === String(valueOf(stem, sentence));
    const values = set(same ? old : startOf(stem));
    if (sentence) running = firstLine(values[placeOf(stem, sentence)]);
    const there = String(values) === String(old) && stem !== lectern.tabNow();
    if (there) lectern.openTab(Object.keys(lectern.rooms()).indexOf(stem) + 1);
    else lectern.open(stem, values);
    if (stem === MAP) bringToSight(there);
  }

  // The box at which one is, where the map is longer than the screen.
  function bringToSight(there) {
    const figure = () => document.getElementById(`${MAP}-figure`); // not there before the map was opened once
    const show = () => figure()?.querySelector(".at")?.scrollIntoView({ block: "nearest" });
    if (there) return void requestAnimationFrame(show);
    const drawn = new MutationObserver((changes) => {
      if (!changes.some(({ target }) => figure()?.contains(target))) return;
      drawn.disconnect();
      show();
    });
    drawn.observe(document.body, { childList: true, subtree: true });
    setTimeout(() => drawn.disconnect(), 5000);
  }

  document.addEventListener("click", (event) => {
    const way = event.target.closest?.("a[data-way]");
    if (!way || event.ctrlKey || event.metaKey || event.shiftKey || !lectern.begun()) return;
    event.preventDefault();
    lectern.state().remove("sheet", "explained");
    scrollTo(0, 0);
    go(way.href);
  });
  // The boxes light up once, with the page: not again whenever the picture is drawn anew.
  document.addEventListener("lectern-begun", () => {
    setTimeout(() => document.querySelector("gradio-app").style.setProperty("--since", "60s"), 4000);
  });

  return { followWay, tellHere };
})());
