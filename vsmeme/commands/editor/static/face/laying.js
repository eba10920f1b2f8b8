// Laying the face picture: by mouse, by two fingers, and by keys alone.

import { $ } from "../base/parts.js";
import { at, set } from "./face.js";
import { ARROWS, onFingers } from "../base/fingers.js";
import { stage } from "../stage/stage.js";

const view = $("view");
const active = () => stage.view === "face" && stage.row;
const turned = angle => ((angle + 180) % 360 + 360) % 360 - 180;

onFingers(
  active,
  (x, y) => set({ x: at.x + x, y: at.y + y }),
  (before, now, other) => {
    const [a, b] = [before, now].map(([x, y]) => [x - other[0], y - other[1]]);
    const grow = Math.hypot(...b) / Math.max(1, Math.hypot(...a));
    const turn = (Math.atan2(b[1], b[0]) - Math.atan2(a[1], a[0])) * 180 / Math.PI;
    set({ width: at.width * grow, angle: turned(at.angle + turn) });
  },
);
view.addEventListener("wheel", event => {
  if (!active()) return;
  event.preventDefault();
  const by = -Math.sign(event.deltaY);
  if (event.shiftKey) set({ angle: turned(at.angle + by) });
  else set({ width: at.width * (1 + by * 0.02) });
}, { passive: false });
view.addEventListener("keydown", event => {
  if (!active()) return;
  const by = ARROWS[event.key];
  const px = event.shiftKey ? 10 : 1;
  if (by) set({ x: at.x + by[0] * px, y: at.y + by[1] * px });
  else if ("+=-".includes(event.key)) set({ width: at.width * (event.key === "-" ? 1 / 1.01 : 1.01) });
  else if ("<>".includes(event.key)) set({ angle: turned(at.angle + (event.key === ">" ? 1 : -1)) });
  else return;
  event.preventDefault();
});
