// The match's panel: path, neighbours of a frame, where the film starts, how this shot is framed.

import { $, address, change, element, film, layer, length, noted, read, say, shotAt } from "../base/parts.js";
import { panel as framing, refreshFraming } from "./framing.js";
import { drawPlot, plot, setPath } from "./plot.js";
import { stage } from "../stage/stage.js";

const REACH = 2;
const near = element("div", { class: "figures", id: "neighbours" });
const start = element("p", { class: "small", id: "start-now" });
let key = null;

$("panel-match").replaceChildren(
  element("h2", {}, "Path"), plot,
  noted("Blue: sure. Yellow: not sure. Red: no partner on the DVD. Click to go there."),
  element("div", { class: "row" },
    element("button", { id: "start-here", onclick: () => begin(film.n) }, "Start here"),
    element("button", { id: "start-auto", onclick: () => begin(null) }, "Start automatically"),
  ), start,
  element("h2", {}, "Neighbours"), near,
  element("h2", {}, "This shot is framed like so"), framing,
);

film.addEventListener("state", async () => {
  const facts = film.state.match;
  start.textContent = facts ? `[time] start = ${JSON.stringify(facts.start)}` : film.state.absent;
  refreshFraming();
  const now = layer("wide")?.key;
  if (!now || now === key) return;
  key = now;
  try {
    setPath(await read("match/path"));
  } catch (error) {
    say(error.message, true);
  }
});
film.addEventListener("frame", () => { drawPlot(); neighbours(); refreshFraming(); });
film.addEventListener("view", () => { neighbours(); refreshFraming(); });

function begin(pair) {
  return change("match/start", { pair }, answer => (answer.start === null
    ? "the start is found automatically again" : `the film starts at frame ${answer.start} of the wide`));
}

// The wide's frame, and the DVD's frames around its partner.
async function neighbours() {
  if (stage.view !== "match" || !stage.row || layer("dvd")?.absent) return;
  const n = film.n, [wide, dvd, , , partner] = stage.row.pair;
  const { sources } = film.state.film;
  const figures = [figure(await address("wide", n), `wide ${wide}`, sources.wide)];
  for (let d = dvd - REACH; d <= dvd + REACH; d += 1) {
    if (d < 0 || d >= sources.dvd.frames) continue;
    const mark = d === dvd ? (partner ? " · partner" : " · nearest, no partner") : "";
    figures.push(figure(`layer/dvd/${d}?${layer("dvd").key}`, `DVD ${d}${mark}`, sources.dvd));
  }
  if (n === film.n) near.replaceChildren(...figures);
}

// Its size is known before it is loaded, so that nothing below it moves when it comes.
const figure = (src, text, { width, height }) => element("figure", {},
  element("img", { src, alt: text, width, height }), element("figcaption", {}, text));

export const shotNumber = () => (length() ? shotAt(film.n) : -1);
