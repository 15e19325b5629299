// The cell of a grid under the pointer, or under the arrow keys, is told in words.
"use strict";

Object.assign(lectern, (() => {
  const arrays = new WeakMap();

  function numbers(packed) {
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    return new Float32Array(bytes.buffer);
  }

  function read(grid) {
    if (!arrays.has(grid)) {
      arrays.set(grid, {
        values: numbers(grid.dataset.values),
        beside: numbers(grid.dataset.beside ?? ""),
        rows: JSON.parse(grid.dataset.rows),
        columns: JSON.parse(grid.dataset.columns),
        box: JSON.parse(grid.dataset.box),
        say: grid.dataset.say,
        maskedSay: grid.dataset.maskedSay, // of a square grid whose later columns are masked
        at: JSON.parse(grid.dataset.at ?? "[0, 0]"),
      });
    }
    return arrays.get(grid);
  }

  function digits(value) {
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 1e-4 && size < 1e6) {
      const written = value.toPrecision(3);
      return written.includes("e") ? Number(written).toLocaleString("en") : written;
    }
    return value.toExponential(2).replace("e+", "e");
  }

  function tell(grid, row, column) {
    const data = read(grid);
    const { left, top, cell, high = cell } = data.box;
    data.at = [row, column];
    const mark = (name, x, y) => {
      const rect = grid.querySelector(name);
      rect.setAttribute("x", x);
      rect.setAttribute("y", y);
    };
    mark(".row-mark", left, top + row * high);
    mark(".column-mark", left + column * cell, top);
    mark(".cell-mark", left + column * cell, top + row * high);
    grid.classList.add("told");
    const place = row * data.columns.length + column;
    const told = {
      row: data.rows[row],
      column: data.columns[column],
      value: digits(data.values[place]),
      beside: digits(data.beside[place] ?? 0),
    };
    // In one pass: a name may itself hold what looks like a place to fill in.
    const say = data.maskedSay && column > row ? data.maskedSay : data.say;
    grid.querySelector(".readout").textContent = say.replace(
      /\{(row|column|value|beside)\}/g,
      (_, name) => told[name],
    );
  }

  // The cell under a pointer event, or null.
  function cellAt(event) {
    const grid = event.target.closest?.(".grid");
    if (!grid || !event.target.closest("svg.cells")) return null;
    const svg = grid.querySelector("svg.cells");
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(
      svg.getScreenCTM().inverse(),
    );
    const { rows, columns, box } = read(grid);
    const row = Math.floor((point.y - box.top) / (box.high ?? box.cell));
    const column = Math.floor((point.x - box.left) / box.cell);
    const inside = row >= 0 && column >= 0 && row < rows.length && column < columns.length;
    return inside ? { grid, row, column } : null;
  }

  function onPointer(event) {
    const cell = cellAt(event);
    if (cell) tell(cell.grid, cell.row, cell.column);
  }

  function onKey(event) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const grid = event.target.closest?.(".grid");
    if (!grid || !step[event.key]) return;
    event.preventDefault();
    const { at, rows, columns } = read(grid);
    const [down, right] = step[event.key];
    const row = Math.min(Math.max(at[0] + down, 0), rows.length - 1);
    tell(grid, row, Math.min(Math.max(at[1] + right, 0), columns.length - 1));
    grid.querySelector(".cell-mark").scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // The cell that was told last.
  function told(grid) {
    const [row, column] = read(grid).at;
    return { grid, row, column };
  }

  document.addEventListener("pointermove", onPointer);
  document.addEventListener("pointerdown", onPointer);
  document.addEventListener("keydown", onKey);

  return { digits, cellAt, told };
})());
