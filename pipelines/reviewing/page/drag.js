// What a pointer or a key does to an edit. Every function returns a new edit; nothing here talks to the server.
const NEAR = 9;
const FINGER = 20;
const FACING = 0.4; // share of an edge's slope along an axis from which on the edge lies across that axis

const endsOf = (edit) => {
  if (edit.range) return edit.range.map((at, end) => ({ name: "range", k: 0, end, at, axis: "x" }));
  if (edit.kept) return edit.kept.flatMap((ends, k) => ends.map((at, end) => ({ name: "kept", k, end, at, axis: "x" })));
  if (edit.sides) return edit.sides.slice(0, 2).flatMap((ends, k) => ends.map((at, end) => ({ name: "sides", k, end, at, axis: k ? "y" : "x" })));
  return [];
};

function eigen([[a, b], [, d]]) {
  const root = Math.sqrt(((a - d) / 2) ** 2 + b * b);
  const large = (a + d) / 2 + root;
  return { large, least: Math.max((a + d) / 2 - root, 1e-9), angle: Math.atan2(large - a, b || 1e-12) };
}

function covariance(large, least, angle) {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const between = (large - least) * c * s;
  return [[large * c * c + least * s * s, between], [between, large * s * s + least * c * c]];
}

const isEllipse = (edit) => Boolean(edit.center && edit.center.length > 1);

// The points by which an ellipse is stretched (ends of its axes) and turned (beyond the long one).
export function ellipseHandles(edit) {
  const { large, least, angle } = eigen(edit.covariance);
  const [x, y] = edit.center;
  const at = (size, turn, far = 1) => {
    const reach = Math.sqrt(size * edit.distance_square) * far;
    return [x + reach * Math.cos(angle + turn), y + reach * Math.sin(angle + turn)];
  };
  return { long: at(large, 0), short: at(least, Math.PI / 2), turn: at(large, Math.PI, 1.25) };
}

export function handlesOf(plot) {
  const { edit } = plot;
  const places = edit.vertices || (isEllipse(edit) ? Object.values(ellipseHandles(edit)) : []);
  return places.map(([x, y]) => [plot.x(x), plot.y(y)]);
}

function inside(path, px, py) {
  let odd = false;
  path.forEach(([x, y], k) => {
    const [u, v] = path[(k + path.length - 1) % path.length];
    if ((y > py) !== (v > py) && px < ((u - x) * (py - y)) / (v - y) + x) odd = !odd;
  });
  return odd;
}

// What is held stays as far from the pointer as it was when it was taken hold of: nothing ever jumps to the pointer.
const steps = (plot, px, py, made) => (qx, qy) => made(plot.atX(qx) - plot.atX(px), plot.atY(qy) - plot.atY(py));

function graspEllipse(plot, from, px, py, near) {
  const places = ellipseHandles(from);
  const pixel = (name) => [plot.x(places[name][0]), plot.y(places[name][1])];
  const held = Object.keys(places).find((name) => Math.hypot(pixel(name)[0] - px, pixel(name)[1] - py) < near);
  if (!held) return null;
  const { large, least, angle } = eigen(from.covariance);
  const away = (qx, qy) => [plot.atX(qx) - from.center[0], plot.atY(qy) - from.center[1]];
  const size = (qx, qy) => Math.max(Math.hypot(...away(qx, qy)) ** 2 / from.distance_square, 1e-7);
  const turned = (qx, qy) => { const [dx, dy] = away(qx, qy); return Math.atan2(dy, dx) - Math.PI; };
  const made = {
    long: (qx, qy) => ({ ...from, covariance: covariance(size(qx, qy), least, angle) }),
    short: (qx, qy) => ({ ...from, covariance: covariance(large, size(qx, qy), angle) }),
    turn: (qx, qy) => ({ ...from, covariance: covariance(large, least, turned(qx, qy)) }),
  };
  const [x, y] = pixel(held);
  return (qx, qy) => (qx === px && qy === py ? from : made[held](x + qx - px, y + qy - py));
}

function graspCorner(plot, from, px, py, near) {
  const k = from.vertices.findIndex(([x, y]) => Math.hypot(plot.x(x) - px, plot.y(y) - py) < near);
  if (k < 0) return null;
  return steps(plot, px, py, (dx, dy) => ({ vertices: from.vertices.map(([x, y], j) => (j === k ? [x + dx, y + dy] : [x, y])) }));
}

function graspEnd(plot, from, px, py, reach) {
  const [near] = endsOf(from)
    .filter(({ at }) => at !== null)
    .map((end) => ({ ...end, away: end.axis === "x" ? Math.abs(plot.x(end.at) - px) : Math.abs(plot.y(end.at) - py) }))
    .sort((a, b) => a.away - b.away);
  if (!near || near.away >= reach) return null;
  return steps(plot, px, py, (dx, dy) => {
    const made = structuredClone(from);
    const ends = near.name === "range" ? made.range : made[near.name][near.k];
    ends[near.end] = near.at + (near.axis === "x" ? dx : dy);
    return made;
  });
}

// The score of a learned boundary at a pixel; its edge is where the score is the cut.
function scoreAt(plot, qx, qy) {
  const [constant, x, y, xx, xy, yy] = plot.gate.score;
  const [u, v] = [plot.atX(qx), plot.atY(qy)];
  return constant + x * u + y * v + xx * u * u + xy * u * v + yy * v * v;
}

// By keys a learned boundary grows or shrinks as by a drag of its edge that way: by how much its score rises along the edge
// that is in view. Where the edge has two sides along an axis, right or up makes it larger.
function grown(plot, dx, dy) {
  if (!plot.gate.score) return { cut: plot.edit.cut - (dx + dy) * 10 };
  const [, x, y, xx, xy, yy] = plot.gate.score;
  const isInView = (px, py) => px > plot.left + 1 && px < plot.left + plot.side - 1 && py > 5 && py < plot.side + 3;
  const slopes = plot.edges().flat().filter(([px, py]) => isInView(px, py)).map(([px, py]) => {
    const [u, v] = [plot.atX(px), plot.atY(py)];
    return [x + 2 * xx * u + xy * v, y + xy * u + 2 * yy * v];
  });
  const mean = (of) => slopes.reduce((sum, slope) => sum + of(slope), 0) / slopes.length;
  const rate = slopes.length ? mean((slope) => Math.hypot(...slope)) : 10;
  const way = (k) => { const along = slopes.length ? mean((slope) => slope[k]) : 0; return Math.abs(along) > FACING * rate ? Math.sign(along) : -1; };
  return { cut: plot.edit.cut + rate * (dx * way(0) + dy * way(1)) };
}

// The gate after a step by keys.
export const nudged = (plot, dx, dy) => ("cut" in plot.edit ? grown(plot, dx, dy) : stepped(plot.edit, dx, dy));

// What is taken hold of at a pixel: a function of the pointer's position that gives the new edit; null for nothing.
export function grasp(plot, px, py, near = NEAR) {
  const from = structuredClone(plot.edit);
  if ("cut" in from) return plot.gate.score ? (qx, qy) => ({ cut: from.cut + (scoreAt(plot, qx, qy) - scoreAt(plot, px, py)) }) : null;
  const held = (from.vertices && graspCorner(plot, from, px, py, near)) || (isEllipse(from) && graspEllipse(plot, from, px, py, near)) || graspEnd(plot, from, px, py, near);
  if (held) return held;
  const whole = !from.range && !from.kept && plot.paths().some((path) => inside(path, px, py));
  return whole ? (qx, qy) => stepped(from, plot.atX(qx) - plot.atX(px), plot.atY(qy) - plot.atY(py)) : null;
}

// All of a shape moved by a step on both axes; a learned boundary has no step.
export function stepped(edit, dx, dy) {
  const moved = ([low, high], d) => [low === null ? null : low + d, high === null ? null : high + d];
  if (edit.range) return { range: moved(edit.range, dx) };
  if (edit.kept) return { kept: edit.kept.map((ends) => moved(ends, dx)) };
  if (edit.sides) return { sides: edit.sides.map((ends, k) => (k < 2 ? moved(ends, k ? dy : dx) : ends)) };
  if (edit.vertices) return { vertices: edit.vertices.map(([x, y]) => [x + dx, y + dy]) };
  return { ...edit, center: [edit.center[0] + dx, ...(edit.center.length > 1 ? [edit.center[1] + dy] : [])] };
}

// Let a pointer edit the gate of a plot: `moved` while it is dragged, `left` when it is let go.
export function draggable(plot, { moved, left, grasps = grasp, missed = () => {} }) {
  const { canvas } = plot;
  // What can be taken hold of is seen before it is: under the pointer, and on the gate in focus.
  const show = () => { if (plot.gate.edit && !plot.small) { plot.handles = handlesOf(plot); plot.draw(); } };
  const hide = () => { if (plot.handles && !plot.drawn) { plot.handles = null; plot.draw(); } };
  canvas.addEventListener("pointerenter", show);
  canvas.addEventListener("pointerleave", () => { if (!canvas.parentElement?.matches(":focus")) hide(); });
  canvas.parentElement?.addEventListener("focus", show);
  canvas.parentElement?.addEventListener("blur", hide);
  canvas.addEventListener("pointerdown", (event) => {
    if (!plot.gate.edit || event.button) return;
    // The canvas may be pushed or scrolled during the drag: only how far the pointer went counts.
    const box = canvas.getBoundingClientRect();
    const at = ({ clientX, clientY }) => [clientX - box.left, clientY - box.top];
    const [px, py] = at(event);
    const hold = grasps(plot, px, py, event.pointerType === "touch" ? FINGER : NEAR);
    // The click that ends a drag is no click.
    const swallow = () => {
      const stop = (click) => click.stopPropagation();
      canvas.addEventListener("click", stop, { once: true });
      setTimeout(() => canvas.removeEventListener("click", stop), 0);
    };
    if (!hold) {
      // A drag that takes hold of nothing says so: whoever goes on typing a reason would press keys that decide.
      addEventListener("pointerup", (up) => { if (Math.hypot(up.clientX - event.clientX, up.clientY - event.clientY) > 4) { swallow(); missed(); } }, { once: true });
      return;
    }
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    const start = JSON.stringify(plot.edit);
    let far = false;
    let went = false;
    const follow = (next) => {
      const [qx, qy] = at(next);
      if (!far && Math.hypot(qx - px, qy - py) < 2) return;
      went = true;
      const made = hold(qx, qy);
      if (!far && JSON.stringify(made) === start) return;
      far = true;
      plot.edit = made;
      plot.drawn = true;
      plot.handles = handlesOf(plot);
      plot.draw();
      moved(plot.edit);
    };
    const end = () => {
      for (const [name, listener] of [["pointermove", follow], ["pointerup", end], ["pointercancel", end]]) canvas.removeEventListener(name, listener);
      if (went) swallow();
      if (!far) { if (went) missed(); return; }
      left(plot.edit);
    };
    for (const [name, listener] of [["pointermove", follow], ["pointerup", end], ["pointercancel", end]]) canvas.addEventListener(name, listener);
  });
}
