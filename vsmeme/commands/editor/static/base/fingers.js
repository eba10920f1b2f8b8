// What hands do to the picture: one finger or the mouse drags, two fingers pinch, arrows step.

import { $ } from "./parts.js";
import { place } from "../stage/stage.js";

export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Call `dragged(x, y)` with the way of one finger, `pinched(before, now, other)` with a finger's two
// places and where the other one rests, all in px of the canvas, while `active()` is true.
export function onFingers(active, dragged, pinched) {
  const view = $("view"), fingers = new Map();
  view.addEventListener("pointerdown", event => {
    if (!active()) return;
    view.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, place(event));
  });
  view.addEventListener("pointermove", event => {
    const before = fingers.get(event.pointerId);
    if (!active() || !before) return;
    const now = place(event);
    if (fingers.size === 1) dragged(now[0] - before[0], now[1] - before[1]);
    else pinched(before, now, [...fingers].find(([id]) => id !== event.pointerId)[1]);
    fingers.set(event.pointerId, now);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    view.addEventListener(name, event => fingers.delete(event.pointerId));
  }
}
