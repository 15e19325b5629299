// Light or dark: what the visitor chose here before, else what the system says.
"use strict";

Object.assign(lectern, (() => {
  const KEY = "lectern-theme";
  const asked = new URLSearchParams(location.search).get("__theme");

  function setTheme(dark) {
    document.body.classList.toggle("dark", dark);
    localStorage.setItem(KEY, dark ? "dark" : "light");
  }
  const toggleTheme = () => setTheme(!document.body.classList.contains("dark"));

  // Once Gradio has set its own; an address that names a theme means it.
  function beginTheme() {
    const kept = localStorage.getItem(KEY);
    if (kept && !asked) document.body.classList.toggle("dark", kept === "dark");
  }

  document.addEventListener("click", ({ target }) => target.closest?.("#theme") && toggleTheme());

  return { toggleTheme, beginTheme };
})());
