// Transforms of the plane, nine numbers row by row, and pictures that are laid by four.

export const times = (a, b) => [0, 1, 2].flatMap(row => [0, 1, 2].map(
  column => [0, 1, 2].reduce((sum, k) => sum + a[3 * row + k] * b[3 * k + column], 0),
));

export function inverse([a, b, c, d, e, f, g, h, i]) {
  const det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f,
    d * h - e * g, b * g - a * h, a * e - b * d,
  ].map(v => v / det);
}

// Centre, width and angle of a picture that a matrix lays, and the matrix that they mean.
export function placementOf(m, width, height) {
  const [x, y] = [width / 2, height / 2], w = m[6] * x + m[7] * y + m[8];
  return {
    x: (m[0] * x + m[1] * y + m[2]) / w, y: (m[3] * x + m[4] * y + m[5]) / w,
    width: Math.hypot(m[0], m[3]) / w * width, angle: Math.atan2(m[3], m[0]) * 180 / Math.PI,
  };
}

export function matrixOf({ x, y, width: wide, angle }, width, height) {
  const k = wide / width, c = k * Math.cos(angle * Math.PI / 180), s = k * Math.sin(angle * Math.PI / 180);
  return [c, -s, x - c * width / 2 + s * height / 2, s, c, y - s * width / 2 - c * height / 2, 0, 0, 1];
}
