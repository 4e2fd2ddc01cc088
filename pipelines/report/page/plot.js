// One gate on a canvas: density of its parent, ticks, dots, outlines. Positions are those of the scaled axes;
// points in whole numbers run from 0 to 1000 over the gate's own view. Both report.html and `tregate review` draw with this file.
const INK = {
  light: [[190, 202, 217], [122, 148, 180], [58, 92, 138], [10, 28, 66]],
  dark: [[62, 76, 98], [92, 124, 164], [150, 187, 220], [246, 250, 255]],
};
const LEVELS = 15;
const SHADE = 0.13;
const TOP = 4;
const styleOf = (canvas) => {
  const found = getComputedStyle(canvas);
  return (name) => found.getPropertyValue(name).trim().replace(/^currentcolor$/i, found.color);
};

function palette(theme) {
  const stops = INK[theme === "dark" ? "dark" : "light"];
  return Array.from({ length: LEVELS }, (_, k) => {
    const at = (k / (LEVELS - 1)) * (stops.length - 1);
    const below = Math.min(Math.floor(at), stops.length - 2);
    return stops[below].map((value, c) => Math.round(value + (stops[below + 1][c] - value) * (at - below)));
  });
}

// Density as a small picture of its own, drawn once per gate and theme, and stretched where it is shown.
function densityOf(gate, theme) {
  const [width, height] = gate.size;
  const bytes = gate.rows ? gate.rows() : Uint8Array.from(atob(gate.levels), (sign) => sign.charCodeAt(0));
  const row = Math.ceil(width / 2);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const ink = palette(theme);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const pair = bytes[y * row + (x >> 1)];
      const level = x & 1 ? pair & 15 : pair >> 4;
      if (level) image.data.set([...ink[level - 1], 255], 4 * (y * width + x));
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

// Events of a control tube as points 0 to 1000 of the view, and what is said of them.
export function controlDots({ positions }) {
  const bytes = Uint8Array.from(atob(positions), (sign) => sign.charCodeAt(0));
  const number = bytes.length / 2;
  return Array.from({ length: number }, (_, j) => [bytes[j] / 0.255, bytes[number + j] / 0.255]);
}
export const controlWords = (name, { within, events, percent }) =>
  `${name}: some of its ${events} events of ${within} as dots${percent === null ? "" : `, ${percent} % of them inside this gate`}`;

// The limits that take in all of some plots, where they look at the same axes; null where they do not.
export function commonLimits(gates) {
  if (!gates.length) return null;
  const name = (gate) => `${gate.x[0]}|${gate.y ? gate.y[0] : ""}`;
  if (gates.some((gate) => name(gate) !== name(gates[0]))) return null;
  const ends = (axis, k) => gates.map((gate) => (gate[axis] ? gate[axis][k] : k - 2));
  return [Math.min(...ends("x", 2)), Math.max(...ends("x", 3)), Math.min(...ends("y", 2)), Math.max(...ends("y", 3))];
}

export class Plot {
  constructor(canvas, gate, { small = false, view = null } = {}) {
    Object.assign(this, { canvas, gate, small, view, edit: gate.edit ? structuredClone(gate.edit) : null, density: null, drawn: false, handles: null });
    this.left = small ? 14 : 48;
    this.below = small ? 14 : 30;
    canvas.plot = this;
  }

  get side() { return this.width - this.left - 4; }

  // Take another picture of the same gate: what the server gives after a move.
  take(gate, keepEdit = false) {
    if (!(keepEdit && this.drawn)) {
      this.edit = structuredClone(gate.edit);
      this.drawn = false;
      this.handles = null;
    }
    this.gate = gate;
    this.density = null;
    this.draw();
  }

  // What is in view: [x low, x high, y low, y high].
  limits() { return this.view || this.own(); }
  own() { const { x, y } = this.gate; return [x[2], x[3], ...(y ? y.slice(2) : [0, 1])]; }
  x(at) { const [low, high] = this.limits(); return this.left + ((at - low) / (high - low)) * this.side; }
  y(at) { const [, , low, high] = this.limits(); return TOP + this.side - ((at - low) / (high - low)) * this.side; }
  atX(px) { const [low, high] = this.limits(); return low + ((px - this.left) / this.side) * (high - low); }
  atY(py) { const [, , low, high] = this.limits(); return low + ((TOP + this.side - py) / this.side) * (high - low); }

  pixels(points) {
    const [x0, x1, y0, y1] = this.own();
    return points.map(([x, y]) => [this.x(x0 + (x / 1000) * (x1 - x0)), this.y(y0 + (y / 1000) * (y1 - y0))]);
  }

  draw(ratio = devicePixelRatio || 1) {
    const style = styleOf(this.canvas);
    this.width = this.canvas.clientWidth || 180;
    this.height = TOP + this.side + this.below;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    const to = this.canvas.getContext("2d");
    to.setTransform(ratio, 0, 0, ratio, 0, 0);
    to.fillStyle = style("--plot");
    to.fillRect(this.left, TOP, this.side, this.side);
    to.save();
    to.beginPath();
    to.rect(this.left, TOP, this.side, this.side);
    to.clip();
    this.inside(to, style);
    this.shown(to, style);
    this.dot(to, this.grey, style("--muted"));
    this.dot(to, this.dots, style("--dots"));
    this.dot(to, this.others, style("--other"));
    this.dashed(to, style("--other"));
    this.outline(to, style);
    to.restore();
    to.strokeStyle = style("--line");
    to.lineWidth = 1;
    to.strokeRect(this.left + 0.5, TOP + 0.5, this.side - 1, this.side - 1);
    if (!this.small) this.axes(to, style("--muted"));
    this.names(to, style("--muted"));
  }

  shown(to, style) {
    const [[left, bottom], [right, top]] = this.pixels([[0, 0], [1000, 1000]]);
    if (this.gate.size) {
      const theme = style("--theme");
      if (this.density?.theme !== theme) this.density = { theme, picture: densityOf(this.gate, theme) };
      to.imageSmoothingEnabled = false;
      to.drawImage(this.density.picture, left, top, right - left, bottom - top);
    } else if (this.gate.profile) {
      const heights = this.gate.profile;
      const step = (right - left) / heights.length;
      to.fillStyle = style("--muted");
      heights.forEach((value, k) => {
        const tall = (value / 1000) * (bottom - top) * 0.94;
        to.fillRect(left + k * step, bottom - tall, Math.max(step, 0.5), tall);
      });
    }
  }

  dot(to, points, colour) {
    to.fillStyle = colour;
    const size = this.side > 400 ? 4 : 2;
    for (const [x, y] of this.pixels(points || [])) to.fillRect(x - size / 2, y - size / 2, size, size);
  }

  // The same gate on another tube.
  dashed(to, colour) {
    to.setLineDash([5, 4]);
    to.strokeStyle = colour;
    to.lineWidth = 1.4;
    for (const path of this.overlay || []) this.trace(to, this.pixels(path));
    to.setLineDash([]);
  }

  // Of a threshold or a curve the edge alone does not say which side counts: that side is shaded, under the density.
  inside(to, style) {
    to.globalAlpha = SHADE;
    to.fillStyle = this.line(style);
    for (const path of this.edges()) { this.along(to, path); to.fill(); }
    to.globalAlpha = 1;
  }

  edges() { return this.drawn ? this.paths() : this.recorded(); }
  line(style) { return style(this.drawn || this.gate.placedBy ? "--hand" : "--gate"); }

  along(to, path) {
    to.beginPath();
    path.forEach(([x, y], k) => (k ? to.lineTo(x, y) : to.moveTo(x, y)));
    to.closePath();
  }

  trace(to, path) {
    this.along(to, path);
    to.stroke();
  }

  outline(to, style) {
    for (const [width, stroke, dash] of [[3.5, style("--halo"), ""], [1.6, this.line(style), style("--dash")]]) {
      to.lineWidth = width;
      to.strokeStyle = stroke;
      to.setLineDash(dash.split(" ").filter(Boolean).map(Number));
      for (const path of this.edges()) this.trace(to, path);
    }
    to.setLineDash([]);
    to.fillStyle = style("--hand");
    for (const [x, y] of this.handles || []) to.fillRect(x - 3, y - 3, 6, 6);
  }

  // The outlines as recorded, in pixels.
  recorded() { return (this.gate.outlines || []).map((points) => this.pixels(points)); }

  // The edited shape in pixels, before the server has answered.
  paths() {
    const { edit } = this;
    const rect = ([lowX, highX], [lowY, highY]) => {
      const [x0, x1] = [lowX === null ? -9 : this.x(lowX), highX === null ? this.width + 9 : this.x(highX)];
      const [y0, y1] = [lowY === null ? this.height + 9 : this.y(lowY), highY === null ? -9 : this.y(highY)];
      return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
    };
    if (edit.range) return [rect(edit.range, [null, null])];
    if (edit.kept) return edit.kept.map((ends) => rect(ends, [null, null]));
    if (edit.sides) return [rect(edit.sides[0], edit.sides[1] || [null, null])];
    if (edit.vertices) return [edit.vertices.map(([x, y]) => [this.x(x), this.y(y)])];
    if (edit.center && edit.center.length > 1) return [this.ellipse()];
    return this.recorded();
  }

  ellipse() {
    const { center, covariance: [[a, b], [, d]], distance_square: square } = this.edit;
    const root = Math.sqrt(((a - d) / 2) ** 2 + b * b);
    const [large, least] = [(a + d) / 2 + root, Math.max((a + d) / 2 - root, 1e-12)];
    const angle = Math.atan2(large - a, b || 1e-12);
    return Array.from({ length: 72 }, (_, k) => {
      const t = (k / 72) * 2 * Math.PI;
      const [u, v] = [Math.sqrt(large * square) * Math.cos(t), Math.sqrt(least * square) * Math.sin(t)];
      return [this.x(center[0] + u * Math.cos(angle) - v * Math.sin(angle)), this.y(center[1] + u * Math.sin(angle) + v * Math.cos(angle))];
    });
  }

  // Ticks of an axis that are in view: [scaled position, text].
  static ticks([, ticks, low, high], from, to) {
    return ticks.map(([at, text]) => [low + (at / 1000) * (high - low), text]).filter(([at]) => at >= from && at <= to);
  }

  axes(to, colour) {
    const [x0, x1, y0, y1] = this.limits();
    to.font = "11px system-ui, sans-serif";
    to.fillStyle = to.strokeStyle = colour;
    to.lineWidth = 1;
    const bottom = TOP + this.side;
    const mark = (fromX, fromY, toX, toY) => { to.beginPath(); to.moveTo(fromX, fromY); to.lineTo(toX, toY); to.stroke(); };
    to.textAlign = "center";
    // Where labels would run into one another, the earlier one of the list stays.
    const apart = (kept, low, high) => (kept.some(([from, until]) => low < until && high > from) ? false : kept.push([low, high]));
    const right = [];
    for (const [at, text] of Plot.ticks(this.gate.x, x0, x1)) {
      const x = this.x(at);
      mark(x, bottom, x, bottom + (text ? 5 : 2.5));
      const half = to.measureText(text).width / 2 + 2;
      const middle = Math.min(x, this.width - half);
      if (text && apart(right, middle - half, middle + half)) to.fillText(text, middle, bottom + 15);
    }
    to.textAlign = "right";
    const up = [];
    for (const [at, text] of this.gate.y ? Plot.ticks(this.gate.y, y0, y1) : []) {
      const y = this.y(at);
      mark(this.left - (text ? 5 : 2.5), y, this.left, y);
      const base = Math.max(y + 4, 12);
      if (text && apart(up, base - 11, base)) to.fillText(text, this.left - 6, base);
    }
  }

  names(to, colour) {
    to.font = this.small ? "10px system-ui, sans-serif" : "11px system-ui, sans-serif";
    to.fillStyle = colour;
    to.textAlign = "center";
    to.fillText(this.gate.x[0], this.left + this.side / 2, this.height - 3);
    to.save();
    to.translate(9, TOP + this.side / 2);
    to.rotate(-Math.PI / 2);
    to.fillText(this.gate.y ? this.gate.y[0] : "events (√)", 0, 0);
    to.restore();
  }
}
