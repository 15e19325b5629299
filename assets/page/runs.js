// What every script of the page shares: `lectern`, to which each adds what the others and the
// server's events call. Here: pressing buttons that are not seen, and counting runs.
"use strict";

const lectern = {};
window.lectern = lectern;

Object.assign(lectern, (() => {
  const find = (id) => document.getElementById(id);

  function press(id) {
    const button = find(id);
    (button?.querySelector("a, button") ?? button)?.click();
  }

  // Press a button as soon as the controls have stopped changing: a link, or an example, sets
  // several within a few milliseconds.
  const waiting = new Map();
  let asked = false; // of the server, since the page was opened
  function settle(id, milliseconds = 50) {
    clearTimeout(waiting.get(id));
    const ask = () => {
      asked = true;
      press(id);
    };
    waiting.set(id, setTimeout(ask, milliseconds));
  }

  // Have the tab around an element ask anew.
  function again(element) {
    const room = element.closest(".room");
    for (const runner of document.querySelectorAll("[id$='-runner']")) {
      if (room?.classList.contains(runner.id.split("-")[0])) settle(runner.id);
    }
  }

  // A note says that something was lost on its way: it is sent again, once for each note.
  new MutationObserver(() => {
    const lost = document.querySelector("[data-again]:not([data-sent])");
    if (!lost) return;
    lost.dataset.sent = "";
    again(lost);
  }).observe(document.documentElement, { childList: true, subtree: true });

  // What the server says while it takes no more; stream.js asks again.
  const busy = Object.assign(document.createElement("div"), { className: "note busy" });
  const sentence = busy.appendChild(document.createElement("p"));
  sentence.setAttribute("role", "status");
  document.addEventListener("lectern-busy", ({ detail }) => {
    busy.remove();
    sentence.textContent = detail;
    const rooms = [...document.querySelectorAll(".room")];
    if (detail) (rooms.find((room) => room.checkVisibility()) ?? document.body).append(busy);
  });

  // Runs are counted here, in the order in which they were asked for.
  let runs = 0;
  const nextRun = () => ++runs;

  function download(name, url) {
    const anchor = Object.assign(document.createElement("a"), { href: url, download: name });
    anchor.click();
  }

  // Whether something was asked of the server since the page was opened, and whether it is meant to be.
  const hasAsked = () => asked;
  const isSettling = () => waiting.size > 0;

  return { find, press, settle, again, hasAsked, isSettling, nextRun, download };
})());
