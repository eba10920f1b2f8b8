// The face as the film will show it: asked for where it rests, drawn until it moves.

import { film, post } from "../base/parts.js";
import { draw, stage } from "../stage/stage.js";

const REST_MS = 120;
let wanted = "", made = null, timer = null, asking = false;

// Say where the face lies now; what was blended elsewhere is no longer drawn.
export function blendedFor(frame, placement, opacity) {
  const { key, blend } = film.state.face ?? {};
  const now = JSON.stringify([frame, placement, opacity, key, blend, film.state.layers.map(one => one.key)]);
  if (now === wanted) return;
  wanted = now;
  made = null;
  clearTimeout(timer);
  timer = setTimeout(() => ask(now, { frame, placement }), REST_MS);
}

async function ask(name, body) {
  if (asking || name !== wanted) return;
  if (stage.view !== "face") { wanted = ""; return; }
  asking = true;
  try {
    const answer = await post("face/blended", body);
    const image = await createImageBitmap(await answer.blob());
    if (name === wanted) made = { image, rect: JSON.parse(answer.headers.get("X-Window")) };
  } catch {
    made = null; // no masks yet, or beside the picture: it is shown as it is
  }
  asking = false;
  if (name === wanted) draw();
  else timer = setTimeout(() => blendedAgain(), REST_MS);
}

function blendedAgain() {
  const [frame, placement] = JSON.parse(wanted || "[]");
  if (placement) ask(wanted, { frame, placement });
}

export function drawBlended(pen, k) {
  if (!made) return false;
  pen.drawImage(made.image, ...made.rect.map(v => v * k));
  return true;
}
