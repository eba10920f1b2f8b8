// The film strip: one button a shot, with its time, a picture and what is wrong with it.

import { $, element, film, layer, shotAt, shots } from "../base/parts.js";
import { show, stage } from "./stage.js";

const strip = $("strip");
const middle = shot => shot.first + Math.min(48, (shot.last - shot.first) >> 1);
let drawn = "";

const loader = new IntersectionObserver(entries => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting || target.src) continue;
    target.src = target.dataset.src;
    loader.unobserve(target);
  }
}, { root: strip, rootMargin: "200px" });

film.addEventListener("state", () => {
  const facts = layer("composite");
  const now = JSON.stringify([shots(), facts?.key]);
  if (now === drawn) return;
  drawn = now;
  strip.replaceChildren(...shots().map((shot, index) => {
    const picture = element("img", { alt: "", width: 160, height: 90 });
    if (facts && !facts.absent) {
      picture.dataset.src = `thumb/composite/${middle(shot)}?${facts.key}`;
      loader.observe(picture);
    }
    const badges = shot.badges.length
      ? shot.badges.map(text => element("span", { class: "badge" }, text))
      : [element("span", { class: "badge good" }, "fine")];
    return element("li", {}, element(
      "button", { onclick: () => show(middle(shot)) }, picture,
      element("span", {}, `${index} · ${shot.time}`), element("span", {}, ...badges),
    ));
  }));
  mark();
});

function mark() {
  const now = shotAt(film.n);
  [...strip.querySelectorAll("button")].forEach((button, index) => {
    if (index !== now) button.removeAttribute("aria-current");
    else if (!button.hasAttribute("aria-current")) {
      button.setAttribute("aria-current", "true");
      const left = button.offsetLeft - strip.offsetLeft - strip.clientWidth / 2 + 84;
      strip.scrollTo({ left });
    }
  });
}

film.addEventListener("frame", mark);

export function nextShot(step) {
  const index = Math.max(0, Math.min(shots().length - 1, shotAt(stage.aim) + step));
  if (shots()[index]) show(middle(shots()[index]));
}
