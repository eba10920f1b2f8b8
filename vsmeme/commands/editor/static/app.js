// The page: its views, its keys, and the first look at the project.

import { $, change, film, post, refresh, say } from "./base/parts.js";
import { draw, show, stage } from "./stage/stage.js";
import { step, toggle } from "./stage/transport.js";
import { nextShot } from "./stage/strip.js";
import { keyed } from "./stage/look.js";
import "./match/match.js";
import "./subject/subject.js";
import "./subject/pointing.js";
import "./face/laying.js";
import "./run/run.js";

const VIEWS = ["film", "match", "subject", "face", "run"];
const tabs = VIEWS.map(name => $(`tab-${name}`));

export function open(name, focus = false) {
  stage.view = VIEWS.includes(name) ? name : "film";
  tabs.forEach((tab, i) => {
    const on = VIEWS[i] === stage.view;
    tab.setAttribute("aria-selected", on);
    tab.tabIndex = on ? 0 : -1;
    if (on && focus) tab.focus();
    $(`panel-${VIEWS[i]}`).hidden = !on;
  });
  history.replaceState(null, "", `#${stage.view}`);
  $("view").classList.toggle("free", ["film", "run"].includes(stage.view));
  film.dispatchEvent(new CustomEvent("view", { detail: stage.view }));
  draw();
}

tabs.forEach((tab, i) => {
  tab.onclick = () => open(VIEWS[i]);
  tab.onkeydown = event => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    open(VIEWS[(i + by + VIEWS.length) % VIEWS.length], true);
    event.preventDefault();
    event.stopPropagation();
  };
});

film.addEventListener("state", () => {
  $("name").textContent = film.state.name;
  document.title = `${film.state.name}: vsmeme`;
  for (const way of ["undo", "redo"]) {
    $(way).disabled = !film.state[way];
    $(way).title = film.state[way] ?? "";
  }
});
$("undo").onclick = () => change("undo", {}, answer => `undone: ${answer.label}`).then(() => show(film.n));
$("redo").onclick = () => change("redo", {}, answer => `done again: ${answer.label}`).then(() => show(film.n));
$("done").onclick = async () => { await post("done", {}); say("Done: this page can be closed"); };

addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const field = event.target.closest("input, select, textarea");
  if (field && !["radio", "checkbox", "file"].includes(field.type)) return;
  const arrows = !field && event.target.getAttribute?.("role") !== "tab";
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (event.key === "," || event.key === ".") step(event.key === "." ? 1 : -1);
  else if (by && arrows) step(by * (event.shiftKey ? 10 : 1));
  else if (event.key === "PageDown" || event.key === "PageUp") nextShot(event.key === "PageDown" ? 1 : -1);
  else if (event.key === " " && !event.target.closest("button, input, summary")) toggle();
  else if (event.key.toLowerCase() === "z") $(event.key === "z" ? "undo" : "redo").click();
  else if ("12345".includes(event.key)) open(VIEWS[+event.key - 1]);
  else { keyed(event.key); return; }
  event.preventDefault();
});

(async () => {
  try {
    await refresh();
  } catch (error) {
    say(error.message, true);
    return;
  }
  open(location.hash.slice(1));
  const facts = film.state.film;
  if (film.state.absent) say(film.state.absent, true);
  else say(`${facts.shots.length} shot${facts.shots.length === 1 ? "" : "s"}, ${facts.length} frames`);
  if (facts) await show(facts.shots[0].first + Math.min(48, facts.shots[0].last >> 1));
})();
