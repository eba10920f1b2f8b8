// The painted mask of a frame: drawn over the picture at its size, added to and erased.

import { canvas } from "../base/parts.js";

const sheet = document.createElement("canvas");
const pen = sheet.getContext("2d", { willReadFrequently: true });
export const brush = { size: 24, on: false, dirty: false, sheet };
let before = [];

export function clearBrush() {
  brush.on = brush.dirty = false;
  before = [];
  pen.clearRect(0, 0, sheet.width, sheet.height);
}

// Begin with a mask, such as the segmenter's: half-clear where it is inside.
export function startBrush(width, height, mask) {
  if (brush.on) return;
  sheet.width = width;
  sheet.height = height;
  if (mask) {
    pen.drawImage(mask, 0, 0, width, height);
    const data = pen.getImageData(0, 0, width, height);
    for (let i = 0; i < data.data.length; i += 4) {
      data.data[i + 3] = data.data[i + 3] >= 64 ? 255 : 0;
      data.data[i] = data.data[i + 1] = data.data[i + 2] = 255;
    }
    pen.putImageData(data, 0, 0);
  }
  before = [];
  brush.on = true;
}

export function keepStroke() {
  before = [...before.slice(-9), pen.getImageData(0, 0, sheet.width, sheet.height)];
}

export function undoStroke() {
  const last = before.pop();
  if (last) pen.putImageData(last, 0, 0);
  return !!last;
}

// A stroke between two places of the canvas, in its px.
export function stroke(from, to, erase) {
  const k = sheet.width / canvas()[0];
  pen.globalCompositeOperation = erase ? "destination-out" : "source-over";
  pen.strokeStyle = "#fff";
  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = Math.max(1, brush.size);
  pen.beginPath();
  pen.moveTo(from[0] * k, from[1] * k);
  pen.lineTo(to[0] * k + 0.01, to[1] * k);
  pen.stroke();
  pen.globalCompositeOperation = "source-over";
  brush.dirty = true;
}

export const painted = () => new Promise(done => sheet.toBlob(done, "image/png"));
