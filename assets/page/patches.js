// A picture's patches and its small maps, by mouse and by keyboard. A click on a patch of a board
// with `data-picks`, or Enter on it, says which one it is where picks.js looks for it.
"use strict";

(() => {
  const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

  // In the capture phase: before the component that holds the figure hears of the click.
  document.addEventListener("click", (event) => {
    const board = event.target.closest?.(".figure.captioning [data-picks]");
    if (board) {
      delete board.dataset.pick;
      const cell = byKey(event) ? lectern.told(board) : lectern.cellAt(event);
      const columns = JSON.parse(board.dataset.columns).length;
      if (cell) {
        const patch = cell.row * columns + cell.column;
        board.dataset.pick = JSON.stringify({ [board.dataset.picks]: patch });
      }
    }
    const button = event.target.closest?.(".figure.captioning [data-pick]");
    if (button && byKey(event)) keepFocus(button);
  }, true);

  const byKey = (event) => event.detail === 0;

  document.addEventListener("keydown", (event) => {
    const board = event.target.closest?.(".figure.captioning [data-picks]");
    if (board && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      event.target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    }
    const maps = event.target.closest?.("[data-rove]");
    if (maps && STEPS[event.key]) {
      event.preventDefault();
      walk(maps, event.target.closest("button"), STEPS[event.key]);
    }
  });

  // To the nearest small map in a direction; it alone is then a stop of the Tab key.
  function walk(maps, from, [right, down]) {
    const middle = (button) => {
      const { x, y, width, height } = button.getBoundingClientRect();
      return [x + width / 2, y + height / 2];
    };
    const [x, y] = middle(from);
    const far = (button) => {
      const [left, top] = middle(button);
      const ahead = (left - x) * right + (top - y) * down;
      const aside = Math.abs((left - x) * down) + Math.abs((top - y) * right);
      return ahead > 1 ? ahead + 3 * aside : Infinity;
    };
    const buttons = [...maps.querySelectorAll("button")];
    const next = buttons.reduce((best, one) => (far(one) < far(best) ? one : best), from);
    if (next === from || far(next) === Infinity) return;
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  }

  function keepFocus(from) {
    const same = from.dataset.picks
      ? `[data-picks="${from.dataset.picks}"] svg.cells`
      : `[data-pick="${CSS.escape(from.dataset.pick)}"]`;
    const all = from.closest("[id$='-figure']")?.querySelectorAll(same) ?? [];
    const which = [...all].findIndex((one) => from.contains(one));
    lectern.goOn(from, (holder) => {
      const there = holder.querySelectorAll(same);
      (there[which] ?? there[0])?.focus({ preventScroll: true });
    });
  }
})();
