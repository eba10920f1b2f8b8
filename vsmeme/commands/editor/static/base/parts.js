// Everything that views share, from one place.

export { post, postPicture, read, readBlob, Refused } from "./ask.js";
export {
  $, address, bitmap, canvas, change, changed, film, layer, length, refresh, row, say, sayOn, shotAt, shots, tell,
} from "./film.js";
export { choices, element, group, noted } from "./elements.js";
