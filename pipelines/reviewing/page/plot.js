// One gate on a canvas: density of its parent, ticks, and the gate as it is edited. Positions are those of the scaled axes.
const INK = {
  light: [[190, 202, 217], [122, 148, 180], [58, 92, 138], [10, 28, 66]],
  dark: [[62, 76, 98], [92, 124, 164], [150, 187, 220], [246, 250, 255]],
};
const LEVELS = 15;
const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function palette() {
  const stops = INK[dark() ? "dark" : "light"];
  return Array.from({ length: LEVELS }, (_, k) => {
    const at = (k / (LEVELS - 1)) * (stops.length - 1);
    const below = Math.min(Math.floor(at), stops.length - 2);
    return stops[below].map((value, c) => Math.round(value + (stops[below + 1][c] - value) * (at - below)));
  });
}

// Density as a small picture of its own, drawn once per gate and stretched where it is shown.
function densityOf(gate) {
  const [width, height] = gate.size;
  const bytes = Uint8Array.from(atob(gate.levels), (sign) => sign.charCodeAt(0));
  const row = Math.ceil(width / 2);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const ink = palette();
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

export class Plot {
  constructor(canvas, gate, { small = false } = {}) {
    Object.assign(this, { canvas, gate, small, edit: structuredClone(gate.edit), density: null, drawn: false, handles: null });
    this.left = small ? 2 : 42;
    this.below = small ? 2 : 30;
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

  x(at) { const [, , low, high] = this.gate.x; return this.left + ((at - low) / (high - low)) * this.side; }
  y(at) { const [low, high] = this.yLimits(); return 4 + this.side - ((at - low) / (high - low)) * this.side; }
  atX(px) { const [, , low, high] = this.gate.x; return low + ((px - this.left) / this.side) * (high - low); }
  atY(py) { const [low, high] = this.yLimits(); return low + ((4 + this.side - py) / this.side) * (high - low); }
  yLimits() { return this.gate.y ? this.gate.y.slice(2) : [0, 1]; }

  draw() {
    const ratio = devicePixelRatio || 1;
    this.width = this.canvas.clientWidth || 170;
    this.height = 4 + this.side + this.below;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.canvas.style.height = `${this.height}px`;
    const to = this.canvas.getContext("2d");
    to.setTransform(ratio, 0, 0, ratio, 0, 0);
    to.save();
    to.beginPath();
    to.rect(this.left, 4, this.side, this.side);
    to.clip();
    if (this.gate.levels) {
      this.density ||= densityOf(this.gate);
      to.imageSmoothingEnabled = false;
      to.drawImage(this.density, this.left, 4, this.side, this.side);
    } else if (this.gate.profile) this.profile(to);
    this.behind(to);
    this.outline(to);
    to.restore();
    to.strokeStyle = colour("--line");
    to.strokeRect(this.left + 0.5, 4.5, this.side - 1, this.side - 1);
    if (!this.small) this.axes(to);
  }

  profile(to) {
    const heights = this.gate.profile;
    const step = this.side / heights.length;
    to.fillStyle = colour("--muted");
    heights.forEach((value, k) => {
      const tall = (value / 1000) * this.side * 0.94;
      to.fillRect(this.left + k * step, 4 + this.side - tall, Math.max(step, 0.5), tall);
    });
  }

  // Events of a chosen population, and the same gate on another tube.
  behind(to) {
    to.fillStyle = colour("--dots");
    for (const [x, y] of this.dots || []) to.fillRect(this.left + (x / 1000) * this.side - 1, 4 + this.side - (y / 1000) * this.side - 1, 2, 2);
    to.setLineDash([5, 4]);
    to.strokeStyle = colour("--ok");
    to.lineWidth = 1.4;
    for (const path of this.pixels(this.overlay || [])) this.trace(to, path);
    to.setLineDash([]);
  }

  trace(to, path) {
    to.beginPath();
    path.forEach(([x, y], k) => (k ? to.lineTo(x, y) : to.moveTo(x, y)));
    to.closePath();
    to.stroke();
  }

  pixels(outlines) {
    return outlines.map((points) => points.map(([x, y]) => [this.left + (x / 1000) * this.side, 4 + this.side - (y / 1000) * this.side]));
  }

  outline(to) {
    const paths = this.drawn ? this.paths() : this.told();
    const line = colour(this.drawn || this.gate.placedBy ? "--hand" : "--gate");
    for (const [width, stroke] of [[3.5, colour("--halo")], [1.6, line]]) {
      to.lineWidth = width;
      to.strokeStyle = stroke;
      for (const path of paths) this.trace(to, path);
    }
    to.fillStyle = colour("--hand");
    for (const [x, y] of this.handles || []) to.fillRect(x - 3, y - 3, 6, 6);
  }

  // The outlines as the server drew them, in pixels.
  told() { return this.pixels(this.gate.outlines); }

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
    return this.told();
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

  axes(to) {
    const [name, ticks] = this.gate.x;
    to.font = "11px system-ui, sans-serif";
    to.fillStyle = to.strokeStyle = colour("--muted");
    to.lineWidth = 1;
    const bottom = 4 + this.side;
    const mark = (x0, y0, x1, y1) => { to.beginPath(); to.moveTo(x0, y0); to.lineTo(x1, y1); to.stroke(); };
    to.textAlign = "center";
    let free = -Infinity;
    for (const [at, text] of ticks) {
      const x = this.left + (at / 1000) * this.side;
      mark(x, bottom, x, bottom + (text ? 5 : 2.5));
      const half = to.measureText(text).width / 2 + 2;
      if (!text || x - half < free) continue;
      to.fillText(text, Math.min(x, this.width - half), bottom + 15);
      free = x + half;
    }
    to.fillText(name, this.left + this.side / 2, bottom + 27);
    to.textAlign = "right";
    for (const [at, text] of this.gate.y ? this.gate.y[1] : []) {
      const y = bottom - (at / 1000) * this.side;
      mark(this.left - (text ? 5 : 2.5), y, this.left, y);
      if (text) to.fillText(text, this.left - 6, Math.max(y + 4, 12));
    }
    to.save();
    to.translate(9, 4 + this.side / 2);
    to.rotate(-Math.PI / 2);
    to.textAlign = "center";
    to.fillText(this.gate.y ? this.gate.y[0] : "events (√)", 0, 0);
    to.restore();
  }
}
