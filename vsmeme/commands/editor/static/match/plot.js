// The path of the match: the DVD's offset against the wide, and how alike each pair is.

import { element, film, length } from "../base/parts.js";
import { show } from "../stage/stage.js";

const STATES = ["#7f9cff", "#ffd43b", "#ff8787"];
export const plot = element("canvas", {
  id: "plot", width: 720, height: 240, role: "img",
  "aria-label": "Path of the match: the DVD's frame minus the wide's above, correlation below",
});
let path = null;

export function setPath(made) {
  path = made;
  drawPlot();
}

export function drawPlot() {
  const pen = plot.getContext("2d"), { width, height } = plot;
  pen.fillStyle = "#101114";
  pen.fillRect(0, 0, width, height);
  if (!path?.points.length) return;
  const offsets = path.points.map(point => point[1]);
  const low = Math.min(...offsets), high = Math.max(...offsets, low + 1);
  const x = n => (n + 0.5) / path.length * width;
  const y = offset => height * (0.52 - 0.44 * (offset - low) / (high - low));
  const score = value => height * (0.97 - 0.36 * Math.max(0, value));
  const size = Math.max(2, width / path.points.length);
  for (const [n, offset, alike, state] of path.points) {
    pen.fillStyle = STATES[state];
    pen.fillRect(x(n) - size / 2, y(offset) - 1.5, size, 3);
    pen.fillRect(x(n) - size / 2, score(alike), size, height * 0.97 - score(alike));
  }
  pen.fillStyle = "#b4b8c4";
  pen.font = "22px system-ui, sans-serif";
  pen.fillText(`DVD - wide: ${low} to ${high === low + 1 && offsets.every(v => v === low) ? low : high}`, 8, 22);
  pen.fillText("correlation", 8, height * 0.64);
  pen.fillStyle = "#fff";
  pen.fillRect(x(film.n) - 1, 0, 2, height);
}

plot.addEventListener("pointerdown", event => {
  const box = plot.getBoundingClientRect();
  show(Math.floor((event.clientX - box.left) / box.width * length()));
});
