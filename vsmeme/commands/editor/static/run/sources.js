// The two releases: chosen from the films that lie beside the meme.toml.

import { $, change, element, film, noted, read, say } from "../base/parts.js";
import { stage } from "../stage/stage.js";

const selects = Object.fromEntries(["wide", "dvd"].map(role => [role, element("select", { id: `source-${role}` })]));
const button = element("button", { id: "sources-write", onclick: write }, "Use these");
export const sources = element("div", {},
  element("h2", {}, "Sources"),
  noted("Films beside the meme.toml. Others are named in the file itself."),
  ...Object.entries({ wide: "Widescreen ", dvd: "Open-matte DVD " }).map(([role, text]) => element("p", {}, element("label", { class: "row" }, text, selects[role]))),
  button,
);

film.addEventListener("view", list);
film.addEventListener("state", list);

async function list() {
  if (stage.view !== "run") return;
  try {
    const known = await read("sources");
    for (const [role, select] of Object.entries(selects)) {
      const names = known.films.map(one => one.name);
      const now = known[role] ?? "";
      if (now && !names.includes(now)) names.unshift(now);
      const options = ["", ...names].map(name => element("option", { value: name }, name || "choose a film"));
      options.find(option => option.value === now).selected = true;
      select.replaceChildren(...options);
    }
  } catch (error) {
    say(error.message, true);
  }
}

function write() {
  return change("sources", { wide: selects.wide.value, dvd: selects.dvd.value }, "sources written; make what is stale");
}
