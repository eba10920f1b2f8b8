// Framing a shot by hand: the DVD is dragged and scaled over the wide, their difference is live.

import { $, address, bitmap, change, element, film, noted, shotAt } from "../base/parts.js";
import { ARROWS, onFingers } from "../base/fingers.js";
import { draw, drawDvd, drawWide, painters, place, stage } from "../stage/stage.js";

const DECIMALS = { scale: 4, x: 2, y: 2 };
const STEP_PX = 0.1, STEP_SCALE = 0.0005;
export const at = { on: false, scale: 1, x: 0, y: 0, mode: "difference" };
let pictures = null, dirty = false;

const number = element("output", { id: "difference" });
const fields = Object.fromEntries(["scale", "x", "y"].map(name => [name, element("input", {
  type: "number", id: `framing-${name}`, step: name === "scale" ? "0.0005" : "0.1",
  onchange: event => { if (event.target.value) set({ [name]: +event.target.value }); },
})]));
const modes = element("select", { id: "framing-mode", onchange: event => { at.mode = event.target.value; draw(); } },
  ...["difference", "half and half", "stripes"].map(name => element("option", {}, name)));
const toggle = element("button", { id: "framing", "aria-pressed": "false", onclick: () => turn(!at.on) }, "Move the DVD");

export const panel = element("div", {},
  noted("Drag the picture, scroll or pinch to scale. With the picture focused: arrows move by 0.1 px of ",
    "the wide, Shift by 1 px, + and - scale. The smaller the difference, the better."),
  element("div", { class: "row" }, toggle, element("label", {}, "as ", modes)),
  element("div", { class: "row" },
    element("label", {}, "scale ", fields.scale), element("label", {}, "x ", fields.x), element("label", {}, "y ", fields.y)),
  element("p", { class: "small" }, "Mean difference over the overlap: ", number),
  element("div", { class: "row" },
    element("button", { class: "main", id: "framing-write", onclick: () => write({ scale: at.scale, shift: [at.x, at.y] }) }, "Write for this shot"),
    element("button", { id: "framing-none", onclick: () => write({ bands: false }) }, "No bands in this shot"),
    element("button", { id: "framing-measured", onclick: () => write({}) }, "As measured"),
  ),
  element("p", { class: "small", id: "framing-now" }),
);

function turn(on) {
  at.on = on;
  toggle.setAttribute("aria-pressed", on);
  if (on) $("view").focus();
  dirty = false;
  refreshFraming().then(draw);
}

// Where the DVD lies now: as a person has written, else as measured, else in the middle.
export async function refreshFraming() {
  if (stage.view !== "match" || !stage.row) return;
  const { n } = film, shot = shotAt(n), given = film.state.match?.given[shot];
  $("framing-now").textContent = given
    ? `meme.toml says of shot ${shot}: ${Object.entries(given).filter(pair => pair[1] !== null).map(([k, v]) => `${k} = ${JSON.stringify(v)}`).join(", ")}`
    : `meme.toml says nothing of shot ${shot}.`;
  const where = await Promise.all([address("wide", n), address("dvd", n)]);
  if (where.some(one => !one)) return;
  const made = await Promise.all(where.map(bitmap)); // which keeps what was loaded
  if (n !== film.n) return; // another frame is shown by now, and has asked for its own
  pictures = made;
  if (!dirty) set(measured(given), false);
  else draw();
}

function measured(given) {
  const { wide, dvd } = stage.row, { sources } = film.state.film;
  let [, down, x, y] = dvd ?? [];
  if (!dvd) {
    down = sources.wide.height / sources.dvd.height;
    x = wide[0] + (sources.wide.width - sources.dvd.width * down * sources.dvd.aspect) / 2;
    y = wide[1];
  }
  const now = { scale: down, x: x - wide[0], y: y - wide[1] };
  if (given?.scale) now.scale = given.scale;
  if (given?.shift) [now.x, now.y] = given.shift;
  return now;
}

export function set(values, changed = true) {
  if (changed) dirty = true;
  for (const [name, value] of Object.entries(values)) {
    at[name] = Number(value.toFixed(DECIMALS[name]));
    fields[name].value = at[name];
  }
  draw();
}

const map = () => [
  at.scale * film.state.film.sources.dvd.aspect, at.scale,
  at.x + stage.row.wide[0], at.y + stage.row.wide[1],
];

// Scale about a point of the canvas: what lies there stays there.
function scaleBy(factor, [x, y]) {
  const [, , left, top] = map();
  const scale = Math.max(0.25, Math.min(16, at.scale * factor)), k = scale / at.scale;
  set({ scale, x: x - (x - left) * k - stage.row.wide[0], y: y - (y - top) * k - stage.row.wide[1] });
}

painters.set("match", pen => {
  if (!at.on || !pictures) return;
  const [wide, dvd] = pictures, { width, height } = pen.canvas;
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, width, height);
  drawDvd(pen, dvd, map());
  pen.save();
  if (at.mode === "difference") pen.globalCompositeOperation = "difference";
  if (at.mode === "half and half") pen.globalAlpha = 0.5;
  if (at.mode === "stripes") stripes(pen);
  drawWide(pen, wide);
  pen.restore();
  if (at.mode === "difference") measure(pen);
});

function stripes(pen) {
  pen.beginPath();
  for (let y = 0; y < pen.canvas.height; y += 32) pen.rect(0, y, pen.canvas.width, 16);
  pen.clip();
}

// The difference where both lie; then twice as bright, for the eye.
function measure(pen) {
  const source = film.state.film.sources.dvd, [across, down, x, y] = map(), k = stage.k;
  const [wx, wy, ww, wh] = stage.row.window;
  const left = Math.max(x, wx), top = Math.max(y, wy);
  const right = Math.min(x + source.width * across, wx + ww), bottom = Math.min(y + source.height * down, wy + wh);
  const box = [left * k, top * k, (right - left) * k, (bottom - top) * k].map(Math.round);
  if (box[2] < 2 || box[3] < 2) { number.textContent = "no overlap"; return; }
  const { data } = pen.getImageData(...box);
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += data[i] + data[i + 1] + data[i + 2];
  number.textContent = (sum / (data.length * 0.75)).toFixed(3);
  pen.globalCompositeOperation = "lighter";
  pen.drawImage(pen.canvas, ...box, ...box);
  pen.globalCompositeOperation = "source-over";
}

const view = $("view");
const active = () => stage.view === "match" && at.on && stage.row;
const far = (one, other) => Math.hypot(one[0] - other[0], one[1] - other[1]);
onFingers(
  active,
  (x, y) => set({ x: at.x + x, y: at.y + y }),
  (before, now, other) => scaleBy(far(now, other) / Math.max(1, far(before, other)), other),
);
view.addEventListener("wheel", event => {
  if (!active()) return;
  event.preventDefault();
  scaleBy(1 - Math.sign(event.deltaY) * 0.002, place(event));
}, { passive: false });
view.addEventListener("keydown", event => {
  if (!active()) return;
  const by = ARROWS[event.key];
  const px = STEP_PX * (event.shiftKey ? 10 : 1);
  if (by) set({ x: at.x + by[0] * px, y: at.y + by[1] * px });
  else if ("+-=".includes(event.key)) {
    const { width, height } = film.state.film.sources.dvd, [across, down, x, y] = map();
    scaleBy(1 + (event.key === "-" ? -1 : 1) * STEP_SCALE / at.scale, [x + width * across / 2, y + height * down / 2]);
  } else return;
  event.preventDefault();
});

async function write(entry) {
  const done = await change("match/shot", { pair: film.n, entry }, answer => `meme.toml: framing of shot ${answer.shot} written; run match to see it made`);
  if (done) { dirty = false; refreshFraming(); }
}
