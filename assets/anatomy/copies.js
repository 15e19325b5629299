// Code in a picture: copied with one press, or saved as a file.
"use strict";

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copies], [data-saves]");
  if (!button) return;
  const whole = button.parentElement.querySelector(".whole");
  const said = button.parentElement.querySelector("[role=status]");
  if (button.dataset.saves) {
    const url = `data:text/x-python;charset=utf-8,${encodeURIComponent(whole.value)}`;
    lectern.download(`lectern-${button.dataset.saves}`, url);
    said.textContent = "Saved.";
    return;
  }
  whole.select();
  document.execCommand("copy"); // navigator.clipboard is not there on plain HTTP
  button.focus();
  said.textContent = "Copied.";
});
