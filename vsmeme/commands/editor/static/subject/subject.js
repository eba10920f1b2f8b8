// The subject's panel: point at it, box it, paint it; the mask answers at once. Who is the hero.

import { $, change, changed, choices, element, film, group, noted, post, postPicture, read, say, sayOn } from "../base/parts.js";
import {
  blank, changePick, count, forget, frames, pick, promptOf, readPicks, saved, undoPick, unsaved,
} from "./picks.js";
import { brush, clearBrush, painted, startBrush, undoStroke } from "./brush.js";
import { draw, image, painters, shown, stage } from "../stage/stage.js";

const REGIONS = ["foreground", "face"];
const COLOURS = { foreground: "#fff", face: "#ffd43b" };
const TOOLS = [["points", "Inside"], ["background", "Outside"], ["box", "Box"], ["add", "Paint"], ["erase", "Erase"]];
export const tool = { name: "points", region: "foreground" };
export const masks = {};
const cursor = { x: 0, y: 0, down: false, corner: null, shown: false };
let box = null, asked = 0, drawnFor = -1;
const view = $("view"), panel = $("panel-subject");
const faces = element("div", { class: "figures", id: "faces" });
const who = element("p", { class: "small", id: "who-now" });
const list = element("p", { class: "small", id: "prompted" });

panel.replaceChildren(
  element("h2", {}, "Point at the subject"),
  group("Region", choices("radio", "region", [["foreground", "Subject"], ["face", "Its face"]], ["foreground"], value => { tool.region = value; clearBrush(); draw(); })),
  group("Tool", choices("radio", "tool", TOOLS, ["points"], value => { tool.name = value; prepare(); draw(); }),
    element("label", { class: "row" }, "Brush ", element("input", { id: "brush", type: "range", min: "2", max: "120", value: "24", oninput: event => { brush.size = +event.target.value; draw(); } }))),
  noted("Keys: ", key("q"), " inside ", key("w"), " outside ", key("e"), " box ", key("r"), " paint ", key("t"), " erase. ",
    "With the picture focused: arrows move the cursor, ", key("Enter"), " sets a point, a corner, or the brush down and up."),
  element("div", { class: "row" },
    element("button", { id: "pick-undo", onclick: undo }, "Take back ", key("Backspace")),
    element("button", { id: "pick-clear", onclick: clear }, "Clear frame"),
    element("button", { class: "main", id: "save", onclick: save }, "Save to meme.toml"),
  ), list,
  element("h2", {}, "Who is the hero"),
  noted("Faces of this frame; the one that is chosen is looked for in every shot."),
  element("div", { class: "row" },
    element("button", { id: "find-faces", onclick: findFaces }, "Find faces"),
    element("button", { id: "who-all", onclick: () => setWho({ all: true }) }, "Everybody"),
    element("button", { id: "who-auto", onclick: () => setWho({}) }, "Whoever is seen most"),
  ), faces, who,
);

function key(text) { return element("kbd", {}, text); }

film.addEventListener("state", () => {
  readPicks();
  who.textContent = `[segment] who = ${film.state.who ? JSON.stringify(film.state.who) : "not set: whoever has most face"}`;
  tellList();
  drawnFor = -1;
  if (stage.view === "subject" && stage.row) renew();
});
film.addEventListener("frame", () => { if (stage.view === "subject" && film.n !== drawnFor) renew(); });
film.addEventListener("view", () => { if (stage.view === "subject" && stage.row && film.n !== drawnFor) renew(); });

function tellList() {
  const all = frames();
  list.textContent = (all.length ? `Prompts: ${all.join(", ")}. ` : "No prompts. ") + (count() ? `${count()} not saved yet.` : "");
}

function renew() {
  drawnFor = film.n;
  clearBrush();
  faces.replaceChildren();
  masks.foreground = masks.face = null;
  ask("foreground");
  if (!blank(pick("face"))) ask("face");
}

async function ask(region) {
  const one = pick(region), at = film.n, turn = ++asked;
  tellList();
  if (blank(one)) {
    masks[region] = null;
    if (region === "foreground") say("Click on the subject, or draw a box around it");
    draw();
    return;
  }
  let said = say("Segmenting…");
  const began = performance.now();
  const tell = (got, more) => {
    const parts = [`${one.points.length} inside`, `${one.background.length} outside`];
    if (one.box) parts.push("box");
    if (one.painted) parts.push("painted");
    if (got.cut) parts.push(`cut off at the box's ${got.cut}: draw it wider`);
    const seconds = ((performance.now() - began) / 1000).toFixed(2);
    said = sayOn(said, `${region} of frame ${at}: ${parts.join(", ")}${more} (${seconds} s)`);
  };
  try {
    let got = await answer(region, true);
    if (at !== film.n) return;
    masks[region] = got.made;
    tell(got, got.complete ? "" : ", frames around not looked at yet");
    draw();
    if (!got.complete && turn === asked) {
      got = await answer(region, false);
      if (at !== film.n) return;
      masks[region] = got.made;
      tell(got, "");
    }
  } catch (error) {
    say(error.message, true);
  }
  draw();
}

// A quick answer comes first where the frames around have a say, too.
async function answer(region, quick) {
  const got = await post("subject/mask", { ...promptOf(region), quick });
  const made = await createImageBitmap(await got.blob());
  return { made, complete: got.headers.get("X-Complete") !== "no", cut: got.headers.get("X-Cut") };
}

function edit(how) {
  const region = tool.region;
  changePick(region, how);
  draw();
  ask(region);
}

function prepare() {
  if (["add", "erase"].includes(tool.name)) startBrush(view.width, view.height, masks[tool.region]);
}

function undo() {
  if (brush.on && undoStroke()) draw();
  else if (undoPick(tool.region)) ask(tool.region);
}

function clear() {
  clearBrush();
  for (const region of REGIONS) {
    if (!blank(pick(region))) changePick(region, one => Object.assign(one, { box: null, points: [], background: [], painted: false }));
    ask(region);
  }
}

async function save() {
  const drawn = brush.on && brush.dirty;
  if (drawn && !(await savePainted())) return;
  const { prompts, removed } = unsaved();
  if (!prompts.length && !removed.length) {
    if (!drawn) say("Nothing to save yet", true);
    return;
  }
  const done = await change("subject/save", { prompts, removed }, answer => `${answer.saved} prompts saved${answer.removed ? `, ${answer.removed} removed` : ""}`);
  if (done) { saved(); tellList(); }
}

// A painted mask says all there is to say: points and boxes of its frame give way.
async function savePainted() {
  const blob = await painted(), path = `subject/painted/${tool.region}/${film.n}`;
  const done = await changed(async version => {
    const answer = await postPicture(`${path}?version=${version}`, blob);
    forget(tool.region);
    clearBrush();
    return answer;
  }, answer => `painted mask saved as ${answer.file}`);
  return !!done;
}

async function findFaces() {
  const said = say("Looking for faces…");
  try {
    const found = await read(`subject/faces/${film.n}`);
    sayOn(said, `${found.length} face${found.length === 1 ? "" : "s"} in frame ${film.n}`);
    faces.replaceChildren(...found.map((face, index) => element("button", {
      class: "pick", "aria-label": `Face ${index + 1}, from the left`, onclick: () => setWho({ frame: film.n, face: index }),
    }, thumb(face.box))));
  } catch (error) {
    say(error.message, true);
  }
}

function thumb([x, y, w, h]) {
  const made = element("canvas", { width: 96, height: 96 }), k = stage.k, side = Math.max(w, h) * 1.6;
  const left = x + w / 2 - side / 2, top = y + h / 2 - side / 2;
  made.getContext("2d").drawImage(image(shown.base) ?? view, left * k, top * k, side * k, side * k, 0, 0, 96, 96);
  return made;
}

const setWho = body => change("subject/who", body, answer => `[segment] who = ${answer.who ?? "not set"}; run segment to see it`);

painters.set("subject", (pen, k) => {
  for (const region of REGIONS) if (masks[region] && !(brush.on && region === tool.region)) pen.drawImage(masks[region], 0, 0, pen.canvas.width, pen.canvas.height);
  if (brush.on) {
    pen.globalAlpha = 0.5;
    pen.drawImage(brush.sheet, 0, 0);
    pen.globalAlpha = 1;
  }
  for (const region of REGIONS) {
    const one = pick(region);
    for (const [points, colour] of [[one.points, "#51cf66"], [one.background, "#ff6b6b"]]) {
      for (const [x, y] of points) dot(pen, x * k, y * k, colour, COLOURS[region]);
    }
    const rect = box && region === tool.region ? box : one.box;
    if (rect) { pen.lineWidth = 2; pen.strokeStyle = COLOURS[region]; pen.strokeRect(...rect.map(v => v * k)); }
  }
  if (cursor.shown && document.activeElement === view) cross(pen, k);
});

function dot(pen, x, y, fill, line) {
  pen.beginPath();
  pen.arc(x, y, 5, 0, 7);
  pen.fillStyle = fill;
  pen.fill();
  pen.lineWidth = 2;
  pen.strokeStyle = line;
  pen.stroke();
}

function cross(pen, k) {
  const [x, y] = [cursor.x * k, cursor.y * k];
  const radius = ["add", "erase"].includes(tool.name) ? brush.size / 2 : 9;
  for (const [colour, width] of [["#000", 4], ["#fff", 2]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 7);
    pen.moveTo(x - 14, y);
    pen.lineTo(x + 14, y);
    pen.moveTo(x, y - 14);
    pen.lineTo(x, y + 14);
    pen.stroke();
  }
}

export const subject = { cursor, edit, prepare, undo, setBox: value => { box = value; } };
