// What Gradio's page would fetch and work through for all tabs before it shows one.
"use strict";

(() => {
  const { gradio_config: config, lecternLater: later } = window;
  if (!config?.components || !later) return;

  // Svelte watches every plain list and object that it is given, down to the last one. These two
  // are only read, a hundred thousand times: on a phone that took seconds. A list of a class of its
  // own it leaves as it is, and what is filtered from it too.
  class Read extends Array {}
  for (const name of ["components", "dependencies"]) Object.setPrototypeOf(config[name], Read.prototype);

  // The scripts of rare components come when one of them is first drawn: Gradio fetches those of
  // all tabs at once. It waits for a promise; this one begins when it is first asked.
  class Later {
    constructor(load) {
      this.load = load;
    }
    then(...next) {
      return (this.module ??= this.load()).then(...next);
    }
  }

  const folder = new URL("assets/", document.baseURI).href;
  const asked = new Map(); // files, and what says that they have come

  function fetched(file) {
    if (!asked.has(file)) asked.set(file, ask(file));
    return asked.get(file);
  }

  // Gradio fetches some by itself, and leaves out what a link names.
  function ask(file) {
    const isSheet = file.endsWith(".css");
    const rel = isSheet ? "stylesheet" : "modulepreload";
    if (document.querySelector(`link[rel=${rel}][href$="/${file}"]`)) return null;
    const link = Object.assign(document.createElement("link"), { rel, crossOrigin: "", href: folder + file });
    document.head.append(link);
    return isSheet && new Promise((done) => (link.onload = link.onerror = done));
  }

  // What stands below the fold in a closed fold comes when the page has begun and is at rest, or when
  // somebody goes there.
  const rest = new Promise((done) => {
    document.addEventListener("lectern-begun", () => setTimeout(done, 4000));
    document.addEventListener("pointerdown", ({ target }) => target.closest?.(".area.about") && done());
    document.addEventListener("focusin", ({ target }) => target.closest?.(".area.about") && done());
  });

  async function load({ file, part, needs, folded }) {
    if (folded) await rest;
    await Promise.all(needs.map(fetched));
    const whole = await import(folder + file);
    return part ? whole[part] : whole;
  }

  // As Gradio's own `gradio cc dev` names components that are not of its bundle.
  const own = {};
  for (const { type, component_class_id: name } of config.components) {
    if (later[type]) own[name] ??= { component: () => new Later(() => load(later[type])) };
  }
  window.__GRADIO__CC__ = own;
})();
