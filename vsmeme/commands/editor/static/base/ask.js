// Talks to the editor's server: JSON in, JSON or bytes out, one line where it refuses.

export class Refused extends Error {
  constructor(status, text) { super(text); this.status = status; }
}

async function checked(answer) {
  if (!answer.ok) throw new Refused(answer.status, (await answer.text()).slice(0, 500));
  return answer;
}

export async function read(path) {
  return (await checked(await fetch(path))).json();
}

export async function readBlob(path) {
  return (await checked(await fetch(path))).blob();
}

export async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return checked(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

export async function postPicture(path, blob) {
  const headers = { "Content-Type": blob.type };
  return (await checked(await fetch(path, { method: "POST", headers, body: blob }))).json();
}
