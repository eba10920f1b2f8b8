// The steps' panel: what is fresh, stale or missing and why, start and stop, progress, results.

import { $, element, film, noted, post, read, refresh, say } from "../base/parts.js";
import { sources } from "./sources.js";
import { again, stage } from "../stage/stage.js";

const panel = $("panel-run");
const table = element("tbody");
const bar = element("progress", { max: 1, value: 0, "aria-label": "Progress of the step", hidden: true });
const told = element("p", { class: "small", id: "job", role: "status" });
const log = element("pre", { id: "log", tabindex: "0", "aria-label": "Log", hidden: true });
const results = element("div", { id: "results" });
const claims = element("div", { id: "claims" });
let timer = null, shown = "", running = false, last = null;

panel.replaceChildren(
  sources,
  element("h2", {}, "Steps"),
  element("div", { class: "row" },
    element("button", { class: "main", id: "run-make", onclick: () => start("make") }, "Make what is stale"),
    element("button", { id: "run-stop", disabled: true, onclick: stop }, "Stop"),
  ),
  told, bar,
  element("table", {}, element("thead", {}, element("tr", {}, ...["Step", "State", "Run"].map(text => element("th", { scope: "col" }, text)))), table),
  log,
  element("h2", {}, "Results"),
  element("div", { class: "row" },
    element("button", { id: "run-report", onclick: () => start("report") }, "Write the report"),
    element("button", { id: "run-verify", onclick: () => start("verify") }, "Verify every claim"),
  ),
  noted("A verification renders frames of each stage: it takes a while."),
  claims, results,
);

film.addEventListener("view", () => { if (stage.view === "run") poll(); });
film.addEventListener("state", () => { if (stage.view === "run") poll(); });

async function poll() {
  clearTimeout(timer);
  let state;
  try {
    state = await read("run/state");
  } catch (error) {
    say(error.message, true);
    return;
  }
  build(state);
  const job = state.job;
  if (job?.running) timer = setTimeout(poll, 700);
  if (running && !job?.running) {
    running = false;
    say(`${job.name}: ${job.stopped ? "stopped" : job.code === 0 ? "done" : `ended with ${job.code}: ${job.lines.at(-1) ?? ""}`}`, job.code !== 0);
    await refresh();
    again();
  }
  running = !!job?.running;
}

function build(state) {
  const job = state.job, busy = !!job?.running, focused = document.activeElement.id;
  table.replaceChildren(...state.steps.map(step => element("tr", {},
    element("th", { scope: "row" }, step.name),
    element("td", {}, step.reason ? step.reason : element("span", { class: "badge good" }, "fresh"),
      step.seconds ? element("div", { class: "dim" }, `took ${time(step.seconds)}`) : ""),
    element("td", {}, element("button", { id: `run-${step.name}`, disabled: busy, "aria-label": `Run ${step.name}`, onclick: () => start(step.name) }, "Run")),
  )));
  for (const id of ["run-make", "run-report", "run-verify"]) $(id).disabled = busy || !!state.problem;
  $("run-stop").disabled = !busy;
  if (focused && table.querySelector(`#${focused}`)) (busy ? $("run-stop") : $(focused)).focus(); // its row is a new one
  progress(state, job, busy);
  log.hidden = !job?.lines.length;
  const text = job ? job.lines.join("\n") : "";
  if (log.textContent !== text) {
    log.textContent = text;
    log.scrollTop = log.scrollHeight;
  }
  if (job?.claims) tableOf(job.claims);
  resultsOf(state);
}

function progress(state, job, busy) {
  const now = busy ? job.progress : null;
  bar.hidden = !busy;
  if (now?.total) bar.value = now.done / now.total;
  else bar.removeAttribute("value");
  if (!job) { told.textContent = state.problem || "Nothing has run yet."; return; }
  if (!busy) { told.textContent = `${job.name}: ${job.stopped ? "stopped" : `ended with ${job.code}`} after ${time(job.seconds)}`; return; }
  const parts = [`${job.name}: ${time(job.seconds)}`];
  if (now) parts.push(`${now.label} ${now.done}${now.total ? ` of ${now.total}` : ""}`);
  if (now?.left) parts.push(`${time(now.left)} left in this part`);
  const rest = state.steps.filter(step => step.reason && step.seconds).map(step => step.seconds);
  if (job.name === "make" && rest.length) parts.push(`the stale steps took ${time(rest.reduce((a, b) => a + b))} last time`);
  told.textContent = parts.join(" · ");
}

const time = seconds => (seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`);

function tableOf(rows) {
  if (last === rows.length + rows.map(row => row.passed).join()) return;
  last = rows.length + rows.map(row => row.passed).join();
  claims.replaceChildren(element("table", {},
    element("caption", {}, `${rows.filter(row => row.passed).length} of ${rows.length} claims hold`),
    element("thead", {}, element("tr", {}, ...["Claim", "Holds", "Number", "Limit"].map(text => element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...rows.map(row => element("tr", {},
      element("td", {}, row.name, row.note ? element("div", { class: "dim" }, row.note) : ""),
      element("td", {}, element("span", { class: row.passed ? "badge good" : "badge" }, row.passed ? "pass" : "FAIL")),
      element("td", {}, row.number === null ? "" : String(+row.number.toPrecision(4))), element("td", {}, row.limit),
    ))),
  ));
}

function resultsOf(state) {
  const now = `${state.film}/${state.report}`;
  if (now === shown) return;
  shown = now;
  results.replaceChildren(
    ...(state.film ? [element("h2", {}, "The film"), element("video", { id: "film", controls: true, muted: true, preload: "metadata", src: `run/film?${state.film}`, "aria-label": "The delivered film" })] : []),
    ...(state.report ? [element("h2", {}, "The report"), element("iframe", { src: `run/report?${state.report}`, title: "Report of the project", sandbox: "" })] : []),
  );
}

async function start(name) {
  try {
    await post("run/start", { name });
    running = true;
    say(`${name} runs`);
  } catch (error) {
    say(error.message, true);
  }
  poll();
}

async function stop() {
  say("stopping");
  await post("run/stop", {}).catch(error => say(error.message, true));
  poll();
}
