// What the page knows: the project's state, the rows of single frames, pictures that were loaded.

import { post, read, readBlob, Refused } from "./ask.js";

const ROWS = 240;
const PICTURES = 64; // about 130 MB decoded: older ones are let go
export const film = new EventTarget();
film.state = null;
film.n = 0;
const rows = new Map();
const pictures = new Map();

export const $ = id => document.getElementById(id);
export const shots = () => film.state?.film?.shots ?? [];
export const canvas = () => film.state?.film?.canvas ?? [960, 540];
export const length = () => film.state?.film?.length ?? 0;
export const layer = name => film.state?.layers.find(one => one.name === name);
export const shotAt = n => shots().findIndex(shot => shot.first <= n && n <= shot.last);

let said = 0;

// Say a line. What takes longer keeps the number that comes back: with it `sayOn` tells the end,
// but says nothing where something newer stands there.
export function say(text, bad = false) {
  $("status").textContent = text;
  $("status").classList.toggle("bad", bad);
  said += 1;
  return said;
}

export function sayOn(number, text) {
  return number === said ? say(text) : number;
}

export function tell(name, detail) {
  film.dispatchEvent(new CustomEvent(name, { detail }));
}

// Read everything again; pictures whose key has changed go by themselves.
export async function refresh() {
  const before = film.state;
  film.state = await read("state");
  if (!before?.film || JSON.stringify(before.film) !== JSON.stringify(film.state.film)) rows.clear();
  film.n = Math.max(0, Math.min(length() - 1, film.n));
  tell("state");
}

// Change meme.toml: the answer carries its new version. A change that was made for another version
// is refused; the page then shows the file as it is.
export function change(path, body, done) {
  return changed(version => post(path, { ...body, version }).then(answer => answer.json()), done);
}

let last = Promise.resolve();

// Changes of this page wait for each other: each is made for the version that the one before left.
export function changed(send, done) {
  last = last.then(() => changeNow(send, done));
  return last;
}

async function changeNow(send, done) {
  try {
    const answer = await send(film.state.version);
    await refresh();
    if (done) say(typeof done === "function" ? done(answer) : done);
    return answer;
  } catch (error) {
    say(error.message, true);
    if (error instanceof Refused && error.status === 409) await refresh();
    return null;
  }
}

export async function row(n) {
  const first = Math.floor(n / ROWS) * ROWS;
  if (!rows.has(first)) rows.set(first, read(`rows/${first}/${ROWS}`));
  try {
    return (await rows.get(first))[n - first];
  } catch (error) {
    rows.delete(first);
    throw error;
  }
}

// A connection that breaks on a busy machine is no news; what the editor refuses is.
async function readTwice(address) {
  try {
    return await readBlob(address);
  } catch (error) {
    if (error instanceof Refused) throw error;
    return readBlob(address);
  }
}

export async function bitmap(address) {
  let one = pictures.get(address);
  pictures.delete(address);
  if (!one) one = readTwice(address).then(createImageBitmap);
  pictures.set(address, one);
  for (const [old, made] of pictures) {
    if (pictures.size <= PICTURES) break;
    pictures.delete(old);
    made.then(image => image.close(), () => {});
  }
  try {
    return await one;
  } catch (error) {
    pictures.delete(address);
    throw error;
  }
}

// Frames of the sources are counted in their files, those of stages in pairs.
export async function address(name, n) {
  const facts = layer(name);
  if (!facts || facts.absent) return null;
  if (name !== "wide" && name !== "dvd") return `layer/${name}/${n}?${facts.key}`;
  const pair = (await row(n)).pair;
  return `layer/${name}/${pair[name === "wide" ? 0 : 1]}?${facts.key}`;
}
