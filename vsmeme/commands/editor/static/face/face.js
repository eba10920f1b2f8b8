// The face's panel: the picture is dragged, scaled and turned on the film, and follows the head.

import { $, address, bitmap, canvas, change, changed, element, film, layer, noted, postPicture, read, say } from "../base/parts.js";
import { blendedFor, drawBlended } from "./blended.js";
import { inverse, matrixOf, placementOf, times } from "../base/matrices.js";
import { again, draw, painters, shown, stage } from "../stage/stage.js";

const ROWS = 240, DIGITS = { x: 1, y: 1, width: 1, angle: 1 };
const rows = new Map(), sheet = document.createElement("canvas");
export const at = { x: 0, y: 0, width: 0, angle: 0, frame: -1, dirty: false };
let picture = null, key = "", cover = null, row = null, size = [1, 1];
const panel = $("panel-face");
const now = element("p", { class: "small", id: "face-now" });
const fields = Object.fromEntries(Object.keys(DIGITS).map(name => [name, element("input", {
  type: "number", id: `face-${name}`, step: "0.1",
  onchange: event => { if (event.target.value) set({ [name]: +event.target.value }); },
})]));
const opacity = element("input", { id: "face-opacity", type: "range", min: "0", max: "100", value: "100", oninput: draw, onchange: () => look({ opacity: +opacity.value / 100 }) });
const mirror = element("input", { id: "face-mirror", type: "checkbox", onchange: () => look({ mirror: mirror.checked }) });
const blend = element("select", { id: "face-blend", onchange: () => look({ blend: blend.value }) }, ...["feather", "poisson"].map(name => element("option", {}, name)));
const upload = element("input", { id: "face-upload", type: "file", accept: "image/png,image/jpeg,image/webp", onchange: send });

panel.replaceChildren(
  element("h2", {}, "The silly face"),
  element("label", { class: "row" }, "Choose a picture ", upload),
  noted("Drag it, scroll or pinch to scale. With the picture focused: arrows move by 1 px (Shift 10), + and - scale, < and > turn."),
  element("div", { class: "pair" }, ...Object.entries({ x: "centre x ", y: "centre y ", width: "width ", angle: "angle " }).map(
    ([name, text]) => element("label", {}, text, fields[name]))),
  element("div", { class: "choices" }, element("label", {}, mirror, "Mirrored"), element("label", {}, "Opacity ", opacity), element("label", {}, "Blend ", blend)),
  element("div", { class: "row" },
    element("button", { class: "main", id: "face-write", onclick: write }, "Write for this shot"),
    element("button", { id: "face-auto", onclick: () => place(null) }, "Find by itself"),
  ), now,
  noted("While it moves, the picture is shown as it is; where it rests, in the film's light and colour, blended as the film will be."),
);

film.addEventListener("state", async () => {
  const face = film.state.face;
  rows.clear();
  if (!face) return;
  if (!at.dirty) unplace();
  mirror.checked = face.mirror;
  opacity.value = face.opacity * 100;
  blend.value = face.blend;
  tellNow();
  if (face.key === key) { if (stage.view === "face") follow(); return; }
  key = face.key;
  picture = null;
  try {
    if (key) picture = await bitmap(`face/picture?${key}`);
  } catch (error) {
    say(error.message, true);
  }
  if (picture) size = [picture.width, picture.height];
  at.dirty = false;
  if (stage.view === "face") follow();
});
film.addEventListener("frame", () => { if (stage.view === "face") follow(); });
film.addEventListener("view", () => {
  if (stage.view !== "face" || !stage.row) return;
  if (shown.base === "face" || shown.base === "final") shown.base = "composite";
  if (!layer("pink")?.absent) shown.base = "pink";
  const radio = document.querySelector(`input[name=base][value=${shown.base}]`);
  if (radio) radio.checked = true;
  again();
});

function tellNow() {
  const { placements, name } = film.state.face;
  const said = placements.map(one => `${one.frame === null ? "every shot" : `frame ${one.frame}`}: ${one.centre.map(Math.round).join(", ")}, ${Math.round(one.width)} px`);
  now.textContent = `${name || "No picture yet"}. [face.placement] ${said.length ? said.join("; ") : "not set: found by itself"}.`;
}

async function rowOf(n) {
  const first = Math.floor(n / ROWS) * ROWS;
  if (!rows.has(first)) rows.set(first, read(`face/rows/${first}/${ROWS}`));
  return (await rows.get(first))[n - first];
}

// Where the picture lies in this frame: as it was put here, carried along with the head, or as tracked.
async function follow() {
  const n = film.n;
  if (!film.state.film || !stage.row) return;
  row = await rowOf(n);
  const where = await address("cover", n);
  cover = where ? await bitmap(where) : null;
  if (n !== film.n || !picture) { draw(); return; }
  const given = film.state.face.placements.find(one => one.frame === n);
  if (at.dirty && at.frame !== n) await carry(n);
  else if (!at.dirty && given) put({ x: given.centre[0], y: given.centre[1], width: given.width, angle: given.angle });
  else if (!at.dirty && row.placed) put(placementOf(row.placed, ...size));
  else if (!at.dirty && !at.width) put({ x: canvas()[0] / 2, y: canvas()[1] / 2, width: canvas()[0] / 6, angle: 0 });
  at.frame = n;
  draw();
}

// Nothing can be moved until it is known where the picture lies now.
function unplace() {
  at.width = 0;
  for (const field of Object.values(fields)) field.value = "";
}

async function carry(n) {
  const from = (await rowOf(at.frame))?.pose, to = row.pose;
  if (!from || !to) return;
  put(placementOf(times(times(to, inverse(from)), matrixOf(at, ...size)), ...size));
}

function put(values) {
  Object.assign(at, values);
  for (const name of Object.keys(DIGITS)) fields[name].value = at[name].toFixed(DIGITS[name]);
}

export function set(values) {
  if (!at.width) return;
  put(values);
  at.width = Math.max(4, at.width);
  at.dirty = true;
  at.frame = film.n;
  draw();
}

painters.set("face", (pen, k) => {
  if (!picture || !at.width) return;
  blendedFor(film.n, { centre: [at.x, at.y], width: at.width, angle: at.angle }, opacity.value);
  if (drawBlended(pen, k)) { outline(pen, k, matrixOf(at, ...size)); return; }
  const { width, height } = pen.canvas;
  if (sheet.width !== width || sheet.height !== height) [sheet.width, sheet.height] = [width, height];
  const on = sheet.getContext("2d"), m = matrixOf(at, ...size);
  on.setTransform(1, 0, 0, 1, 0, 0);
  on.globalCompositeOperation = "source-over";
  on.clearRect(0, 0, width, height);
  on.setTransform(m[0] * k, m[3] * k, m[1] * k, m[4] * k, m[2] * k, m[5] * k);
  on.imageSmoothingQuality = "high";
  on.drawImage(picture, 0, 0);
  on.setTransform(1, 0, 0, 1, 0, 0);
  if (cover) {
    on.globalCompositeOperation = "destination-in";
    on.filter = `blur(${Math.max(0.1, film.state.face.feather * k / 3)}px)`;
    on.drawImage(cover, 0, 0, width, height);
    on.filter = "none";
  }
  pen.globalAlpha = +opacity.value / 100;
  pen.drawImage(sheet, 0, 0);
  pen.globalAlpha = 1;
  outline(pen, k, m);
});

function outline(pen, k, m) {
  const corner = (x, y) => [(m[0] * x + m[1] * y + m[2]) * k, (m[3] * x + m[4] * y + m[5]) * k];
  pen.strokeStyle = at.dirty ? "#ffd43b" : "#ffffff90";
  pen.lineWidth = 1.5;
  pen.beginPath();
  for (const [x, y] of [[0, 0], [size[0], 0], size, [0, size[1]]]) pen.lineTo(...corner(x, y));
  pen.closePath();
  pen.stroke();
}

function look(values) {
  return change("face/look", values, "look of the face written");
}

async function place(placement) {
  const done = await change("face/place", { frame: film.n, placement }, answer => `meme.toml: face in shot ${answer.shot} ${placement ? "written" : "is found by itself"}; run track to see it made`);
  if (done) { at.dirty = false; follow(); }
}

function write() {
  if (at.width) place({ centre: [at.x, at.y], width: at.width, angle: at.angle });
}

async function send() {
  const [file] = upload.files;
  if (!file) return;
  await changed(
    version => postPicture(`face/upload?version=${version}`, file),
    answer => `[sources] face = ${answer.name}`,
  );
  upload.value = "";
}
