// Before bertviz's script: what stands in for require.js, and the blocks of a pair, which bertviz
// itself would send as four copies of the data. `lectern` is that data, `setup` what we add to it.
window.require = { config() {} };
const theme = (dark) => document.documentElement.classList.toggle("dark", dark);
theme(matchMedia("(prefers-color-scheme: dark)").matches);
let start = null;
window.requirejs = (names, callback) => { start = () => callback(window.jQuery, window.d3); };
d3.schemeCategory10 = setup.colours;
const middle = (box) => Math.max(80, Math.min(420, innerWidth - 2 * box - 4));
const root = document.getElementById(lectern.root_div_id);
const whole = lectern.attention[0];
const block = (rows, columns) => ({
  name: null,
  attn: whole.attn.map((heads) => heads.map((head) =>
    head.slice(...rows).map((row) => row.slice(...columns)))),
  left_text: whole.left_text.slice(...rows),
  right_text: whole.right_text.slice(...columns),
});
if (setup.second !== null) {
  const a = [0, setup.second], b = [setup.second];
  lectern.attention.push(block(a, a), block(b, b), block(a, b), block(b, a));
}
