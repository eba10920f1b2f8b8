// The picture: a layer, another one beside a wipe, what lies over them, and what a view draws.

import { $, address, bitmap, canvas, film, layer, length, post, row, say, tell } from "../base/parts.js";

const view = $("view");
const pen = view.getContext("2d");
export const shown = { base: "composite", other: "", wipe: 0.5, over: new Set() };
export const painters = new Map(); // view's name -> (pen, k, row) => void
export const stage = { view: "film", k: 1, row: null, aim: 0 }; // aim: the last frame asked for
let target = null, busy = false;
let images = {}, under = ""; // what is loaded; which layer is the lowest of it

// Show a frame; while one is being loaded only the latest wish is kept.
export function show(n) {
  if (!length()) return Promise.resolve();
  target = Math.max(0, Math.min(length() - 1, Math.round(n)));
  stage.aim = target;
  if (!busy) busy = catchUp().finally(() => { busy = false; });
  return busy;
}

async function catchUp() {
  while (target !== null) {
    const n = target;
    target = null;
    const making = $("making");
    const slow = setTimeout(() => { making.textContent = `making frame ${n} of ${names().join(", ")}…`; }, 700);
    try {
      await load(n);
    } catch (error) {
      say(error.message, true);
    }
    clearTimeout(slow);
    making.textContent = "";
  }
}

export const names = () => [shown.base, shown.other, ...shown.over].filter(
  (name, i, all) => name && name !== "missing" && all.indexOf(name) === i && !layer(name)?.absent,
);

async function load(n) {
  const facts = await row(n);
  const wanted = names();
  const loaded = await Promise.all(wanted.map(async name => {
    const where = await address(name, n);
    return where ? bitmap(where) : null;
  }));
  images = Object.fromEntries(wanted.map((name, i) => [name, loaded[i]]));
  under = wanted[0] ?? "";
  film.n = n;
  stage.row = facts;
  draw();
  tell("frame");
  watch();
}

let watched = "";
function watch() {
  const wish = {};
  for (const name of names()) {
    const [wide, dvd] = stage.row.pair;
    wish[name] = name === "wide" ? wide : name === "dvd" ? dvd : film.n;
  }
  const now = JSON.stringify(Object.keys(wish)) + Math.floor(film.n / 24);
  if (now !== watched) post("watch", wish).catch(() => {});
  watched = now;
}

export function draw() {
  const [width, height] = canvas();
  const scale = Math.min(1, 960 / width, 540 / height);
  const size = [width, height].map(v => Math.max(2, 2 * Math.round(v * scale / 2)));
  if (view.width !== size[0] || view.height !== size[1]) [view.width, view.height] = size;
  stage.k = view.width / width;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, view.width, view.height);
  if (!stage.row) return;
  layerOn(images[shown.base] ? shown.base : under); // the one before, while the new one is made
  if (shown.other) {
    const x = Math.round(shown.wipe * view.width);
    pen.save();
    pen.beginPath();
    pen.rect(x, 0, view.width - x, view.height);
    pen.clip();
    pen.fillRect(x, 0, view.width - x, view.height);
    layerOn(shown.other);
    pen.restore();
    pen.fillStyle = "#ffd43b";
    pen.fillRect(x - 1, 0, 2, view.height);
  }
  if (shown.over.has("missing")) hatch(stage.row.missing);
  if (shown.over.has("masks") && images.masks) pen.drawImage(images.masks, 0, 0, ...size);
  painters.get(stage.view)?.(pen, stage.k, stage.row);
}

function layerOn(name) {
  const image = images[name];
  if (!image) return;
  if (name === "wide") drawWide(pen, image);
  else if (name === "dvd") drawDvd(pen, image, stage.row.dvd);
  else pen.drawImage(image, 0, 0, view.width, view.height);
}

export function drawWide(on, image) {
  const { wide, window: part } = stage.row, k = stage.k;
  const source = film.state.film.sources.wide;
  on.save();
  on.beginPath();
  on.rect(...part.map(v => v * k));
  on.clip();
  on.drawImage(image, wide[0] * k, wide[1] * k, source.width * k, source.height * k);
  on.restore();
}

export function drawDvd(on, image, map) {
  if (!map) return;
  const source = film.state.film.sources.dvd, k = stage.k;
  const [across, down, x, y] = map;
  on.drawImage(image, x * k, y * k, source.width * across * k, source.height * down * k);
}

function hatch(parts) {
  pen.save();
  pen.strokeStyle = "#ff6bd0";
  pen.lineWidth = 1.5;
  for (const [x, y, w, h] of parts) {
    const box = [x, y, w, h].map(v => v * stage.k);
    pen.save();
    pen.beginPath();
    pen.rect(...box);
    pen.clip();
    for (let at = -box[3]; at < box[2]; at += 9) {
      pen.beginPath();
      pen.moveTo(box[0] + at, box[1] + box[3]);
      pen.lineTo(box[0] + at + box[3], box[1]);
      pen.stroke();
    }
    pen.strokeRect(...box);
    pen.restore();
  }
  pen.restore();
}

// Where on the canvas, in its px, an event of the pointer is.
export function place(event) {
  const box = view.getBoundingClientRect();
  const scale = Math.min(box.width / view.width, box.height / view.height);
  const left = box.left + (box.width - view.width * scale) / 2;
  const top = box.top + (box.height - view.height * scale) / 2;
  return [(event.clientX - left) / scale / stage.k, (event.clientY - top) / scale / stage.k];
}

export const again = () => show(film.n);
export const image = name => images[name];
