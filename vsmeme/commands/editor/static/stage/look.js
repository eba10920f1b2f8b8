// The film's panel: which layers are shown, the wipe, the loupe.

import { $, choices, element, film, group, layer, noted } from "../base/parts.js";
import { again, draw, place, shown, stage } from "./stage.js";

const panel = $("panel-film");
const loupe = element("img", { id: "loupe", alt: "Loupe", hidden: true });
const spot = { x: 0, y: 0 };
let turn = 0;

film.addEventListener("state", build);
film.addEventListener("frame", () => { if (!loupe.hidden && loupe.src) magnify(); });

function build() {
  const layers = film.state.layers.filter(one => one.kind === "picture");
  const usable = layers.filter(one => !one.absent);
  if (layer(shown.base)?.absent !== "" && usable.length) shown.base = usable[0].name;
  const entries = layers.map(one => [one.name, one.title, !!one.absent, one.absent]);
  const others = [["", "none"], ...entries];
  const over = [["missing", "Missing area", !film.state.film]];
  const masks = layer("masks");
  if (masks) over.push(["masks", "Masks", !!masks.absent, masks.absent]);
  panel.replaceChildren(
    element("h2", {}, "Layers"),
    group("Show", choices("radio", "base", entries, [shown.base], value => pick("base", value))),
    group("Beside it", choices("radio", "other", others, [shown.other], value => pick("other", value)), wipe()),
    group("Over it", choices("checkbox", "over", over, [...shown.over], cover)),
    absentLayers(layers),
    element("h2", {}, "Loupe at 1:1"),
    noted("Click the picture, or type a place in canvas px."),
    element("div", { class: "row" }, ...["x", "y"].map(axis => element(
      "label", {}, `${axis} `, element("input", {
        type: "number", id: `loupe-${axis}`, min: "0", value: String(Math.round(spot[axis])),
        onchange: event => { spot[axis] = +event.target.value; magnify(); },
      }),
    ))),
    loupe,
    keys(),
  );
}

function wipe() {
  const range = element("input", {
    type: "range", id: "wipe", min: "0", max: "1000", value: String(shown.wipe * 1000), disabled: !shown.other,
    oninput: event => { shown.wipe = +event.target.value / 1000; draw(); },
  });
  return element("label", { class: "row" }, "Wipe ", range);
}

function pick(which, value) {
  shown[which] = value;
  $("wipe").disabled = !shown.other;
  again().then(() => { if (loupe.src) magnify(); });
}

function cover(value, on) {
  shown.over[on ? "add" : "delete"](value);
  again();
}

function absentLayers(layers) {
  const lacking = [...layers, layer("masks")].filter(one => one?.absent);
  if (!lacking.length) return "";
  return element("details", {}, element("summary", {}, "Layers that are not made yet"),
    element("ul", { class: "small" }, ...lacking.map(one => element("li", {}, `${one.title}: ${one.absent}`))));
}

function keys() {
  const rows = [
    [", .", "a frame back, on"], ["← →", "the same, where nothing else uses them"],
    ["Shift ← →", "ten frames"], ["PgUp PgDn", "a shot"], ["Space", "play, stop"],
    ["[ ]", "move the wipe"], ["m", "masks"], ["h", "missing area"], ["z", "undo, Shift z redo"],
    ["1 to 5", "the views"],
  ];
  return element("details", {}, element("summary", {}, "Keys"), element("table", {}, ...rows.map(
    ([key, what]) => element("tr", {}, element("th", { scope: "row" }, element("kbd", {}, key)), element("td", {}, what)),
  )));
}

// A layer of a source has its own px: the point on the canvas is brought there.
function magnify() {
  if (!stage.row) return;
  const { wide, dvd, pair } = stage.row;
  let { x, y } = spot, n = film.n;
  const name = shown.other && x > shown.wipe * film.state.film.canvas[0] ? shown.other : shown.base;
  if (name === "wide") [x, y, n] = [x - wide[0], y - wide[1], pair[0]];
  if (name === "dvd" && dvd) [x, y, n] = [(x - dvd[2]) / dvd[0], (y - dvd[3]) / dvd[1], pair[1]];
  turn += 1;
  loupe.hidden = false;
  const at = [x, y].map(v => Math.max(0, Math.round(v)));
  loupe.src = `loupe/${name}/${n}/${at[0]}/${at[1]}?${layer(name).key}-${turn}`;
  loupe.alt = `${name} at 1:1 around ${at[0]}, ${at[1]}`;
}

$("view").addEventListener("pointerdown", event => {
  if (stage.view !== "film" || !stage.row) return;
  [spot.x, spot.y] = place(event).map(Math.round);
  for (const axis of ["x", "y"]) $(`loupe-${axis}`).value = spot[axis];
  magnify();
});

export function keyed(key) {
  if (key === "[" || key === "]") {
    shown.wipe = Math.max(0, Math.min(1, shown.wipe + (key === "]" ? 0.02 : -0.02)));
    $("wipe").value = shown.wipe * 1000;
    draw();
  }
  const box = { m: "masks", h: "missing" }[key];
  if (box) panel.querySelector(`input[value=${box}]`)?.click();
}
