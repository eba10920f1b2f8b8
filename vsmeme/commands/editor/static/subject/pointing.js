// Pointing at the subject: by mouse, finger or pen, and by keys alone.

import { $, canvas, film } from "../base/parts.js";
import { brush, keepStroke, stroke } from "./brush.js";
import { ARROWS } from "../base/fingers.js";
import { draw, place, stage } from "../stage/stage.js";
import { subject, tool } from "./subject.js";

const view = $("view"), { cursor, edit, prepare, undo, setBox } = subject;
const active = () => stage.view === "subject" && stage.row;
const brushing = () => ["add", "erase"].includes(tool.name);
const inside = ([x, y]) => [x, y].map((v, i) => Math.max(0, Math.min(canvas()[i] - 1, Math.round(v * 10) / 10)));
let start = null;

function rectangle([x, y], [u, v]) {
  return [Math.min(x, u), Math.min(y, v), Math.abs(x - u), Math.abs(y - v)];
}

function finishBox(end) {
  const box = rectangle(start, end);
  start = null;
  setBox(null);
  if (box[2] > 2 && box[3] > 2) edit(one => { one.box = box; });
  else draw();
}

view.addEventListener("pointerdown", event => {
  if (!active()) return;
  view.setPointerCapture(event.pointerId);
  cursor.shown = false;
  const at = inside(place(event));
  if (brushing()) {
    prepare();
    keepStroke();
    stroke(at, at, erasing(event));
    start = at;
    draw();
  } else if (tool.name === "box") start = at;
  else edit(one => one[event.button === 2 ? "background" : tool.name].push(at));
});
const erasing = event => tool.name === "erase" || event.buttons === 2;

view.addEventListener("pointermove", event => {
  if (!active() || !start || cursor.shown) return;
  const at = inside(place(event));
  if (brushing()) {
    stroke(start, at, erasing(event));
    start = at;
  } else setBox(rectangle(start, at));
  draw();
});
view.addEventListener("pointerup", event => {
  if (!active() || !start || cursor.shown) return;
  if (brushing()) start = null;
  else finishBox(inside(place(event)));
});
view.addEventListener("contextmenu", event => { if (active()) event.preventDefault(); });

view.addEventListener("keydown", event => {
  if (!active() || event.ctrlKey || event.metaKey) return;
  const by = ARROWS[event.key];
  if (by) move(by, event.shiftKey);
  else if (event.key === "Enter") press();
  else if (event.key === "Escape") { start = null; cursor.down = false; setBox(null); draw(); }
  else return;
  event.preventDefault();
});

// The cursor goes by 8 px of the picture, with Shift by one.
function move(by, fine) {
  const step = (fine ? 1 : 8) / stage.k, from = [cursor.x, cursor.y];
  if (!cursor.shown) [cursor.x, cursor.y, cursor.shown] = [canvas()[0] / 2, canvas()[1] / 2, true];
  [cursor.x, cursor.y] = inside([cursor.x + by[0] * step, cursor.y + by[1] * step]);
  if (brushing() && cursor.down) stroke(from, [cursor.x, cursor.y], tool.name === "erase");
  if (tool.name === "box" && start) setBox(rectangle(start, [cursor.x, cursor.y]));
  draw();
}

function press() {
  if (!cursor.shown) { move([0, 0], false); return; }
  const at = inside([cursor.x, cursor.y]);
  if (brushing()) {
    cursor.down = !cursor.down;
    if (cursor.down) { prepare(); keepStroke(); stroke(at, at, tool.name === "erase"); }
    draw();
  } else if (tool.name === "box") {
    if (start) finishBox(at);
    else start = at;
  } else edit(one => one[tool.name].push(at));
}

addEventListener("keydown", event => {
  if (!active() || event.ctrlKey || event.metaKey || event.altKey || event.target.type === "number") return;
  const name = { q: "points", w: "background", e: "box", r: "add", t: "erase" }[event.key];
  if (name) document.querySelector(`input[name=tool][value=${name}]`).click();
  else if (event.key === "Backspace") undo();
  else return;
  event.preventDefault();
});
film.addEventListener("frame", () => { start = null; cursor.down = false; setBox(null); });
