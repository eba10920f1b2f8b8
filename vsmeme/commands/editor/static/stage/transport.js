// Moving through the film: buttons, slider, number, play.

import { $, address, bitmap, film, length, say } from "../base/parts.js";
import { names, show, stage } from "./stage.js";

const AHEAD = 6;
let playing = null;

film.addEventListener("state", () => {
  for (const id of ["scrub", "number"]) $(id).max = Math.max(0, length() - 1);
});
film.addEventListener("frame", () => {
  $("scrub").value = film.n;
  if (document.activeElement !== $("number")) $("number").value = film.n;
  $("scrub").setAttribute("aria-valuetext", `frame ${film.n}, ${stage.row.time}`);
  const [wide, dvd, score, sure, partner] = stage.row.pair;
  const match = partner ? `DVD ${dvd}, ${score.toFixed(3)}${sure ? "" : ", unsure"}` : "no partner";
  $("clock").textContent = `${stage.row.time} · wide ${wide} · ${match}`;
});

$("scrub").oninput = event => { stop(); show(+event.target.value); };
$("number").onchange = event => { stop(); show(+event.target.value); };
$("back").onclick = () => step(-1);
$("forth").onclick = () => step(1);
$("play").onclick = () => (playing ? stop() : play());

export function step(by) {
  stop();
  show(stage.aim + by);
}

export function toggle() { $("play").click(); }

function stop() {
  playing = null;
  $("play").textContent = "Play";
  $("play").setAttribute("aria-pressed", "false");
}

// Play at the film's own rate: what is not there in time is left out, never late.
async function play() {
  if (!length()) return;
  const first = film.n >= length() - 1 ? 0 : film.n;
  const mine = {};
  playing = mine;
  $("play").textContent = "Stop";
  $("play").setAttribute("aria-pressed", "true");
  const began = performance.now(), rate = film.state.film.fps;
  let drawn = 0;
  while (playing === mine) {
    const n = first + Math.floor((performance.now() - began) / 1000 * rate);
    if (n >= length()) {
      await show(length() - 1);
      break;
    }
    if (n !== film.n || !drawn) {
      ahead(n);
      await show(n);
      drawn += 1;
    }
    await new Promise(requestAnimationFrame);
  }
  const seconds = (performance.now() - began) / 1000;
  if (playing === mine) stop();
  say(`${drawn} frames in ${seconds.toFixed(1)} s`);
}

async function ahead(n) {
  for (let i = 1; i <= AHEAD && n + i < length(); i += 1) {
    for (const name of names()) {
      address(name, n + i).then(where => where && bitmap(where)).catch(() => {});
    }
  }
}
