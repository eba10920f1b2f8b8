// What a person has pointed at: boxes, points and painted masks of each frame and region.

import { film } from "../base/parts.js";

const picks = new Map(); // "frame/region" -> pick
const touched = new Set();
let read = "";

const empty = () => ({ box: null, points: [], background: [], painted: false, trail: [] });
const keyOf = (region, n = film.n) => `${n}/${region}`;
export const pick = region => picks.get(keyOf(region)) ?? empty();
export const blank = one => !one.box && !one.points.length && !one.painted;

// Take over what the file says; what was touched here and is not saved yet stays.
export function readPicks() {
  const now = JSON.stringify(film.state.prompts ?? []);
  if (now === read) return;
  read = now;
  for (const key of picks.keys()) if (!touched.has(key)) picks.delete(key);
  for (const prompt of film.state.prompts ?? []) {
    const key = keyOf(prompt.region, prompt.frame);
    if (prompt.frame === undefined || touched.has(key)) continue;
    const { box = null, points = [], background = [], painted } = prompt;
    picks.set(key, { box, points, background, painted, trail: [] });
  }
}

export function changePick(region, edit) {
  const one = pick(region);
  one.trail.push(JSON.stringify([one.box, one.points, one.background, one.painted]));
  edit(one);
  picks.set(keyOf(region), one);
  touched.add(keyOf(region));
}

export function undoPick(region) {
  const one = pick(region), last = one.trail.pop();
  if (last) [one.box, one.points, one.background, one.painted] = JSON.parse(last);
  return !!last;
}

export function promptOf(region, n = film.n) {
  const one = picks.get(keyOf(region, n)) ?? empty(), out = { region, frame: n };
  if (one.box) out.box = one.box;
  for (const name of ["points", "background"]) if (one[name].length) out[name] = one[name];
  if (one.painted) out.painted = true;
  return out;
}

// What is to be saved, and what is to go.
export function unsaved() {
  const prompts = [], removed = [];
  for (const key of touched) {
    const [n, region] = key.split("/");
    if (blank(picks.get(key))) removed.push({ region, frame: +n });
    else prompts.push(promptOf(region, +n));
  }
  return { prompts, removed };
}

export const saved = () => touched.clear();
export const count = () => touched.size;
export const forget = region => { touched.delete(keyOf(region)); picks.delete(keyOf(region)); read = ""; };
export const frames = () => [...picks.keys()].filter(key => !blank(picks.get(key)));
