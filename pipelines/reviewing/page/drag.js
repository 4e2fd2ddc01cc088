// What a pointer or a key does to an edit. Every function returns a new edit; nothing here talks to the server.
const NEAR = 9;

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

function graspEllipse(plot, from, px, py) {
  const places = ellipseHandles(from);
  const held = Object.keys(places).find((name) => Math.hypot(plot.x(places[name][0]) - px, plot.y(places[name][1]) - py) < NEAR);
  if (!held) return null;
  const { large, least, angle } = eigen(from.covariance);
  const away = (qx, qy) => [plot.atX(qx) - from.center[0], plot.atY(qy) - from.center[1]];
  const size = (qx, qy) => Math.max(Math.hypot(...away(qx, qy)) ** 2 / from.distance_square, 1e-7);
  const turned = (qx, qy) => { const [dx, dy] = away(qx, qy); return Math.atan2(dy, dx) - Math.PI; };
  if (held === "long") return (qx, qy) => ({ ...from, covariance: covariance(size(qx, qy), least, angle) });
  if (held === "short") return (qx, qy) => ({ ...from, covariance: covariance(large, size(qx, qy), angle) });
  return (qx, qy) => ({ ...from, covariance: covariance(large, least, turned(qx, qy)) });
}

function graspCorner(plot, from, px, py) {
  const k = from.vertices.findIndex(([x, y]) => Math.hypot(plot.x(x) - px, plot.y(y) - py) < NEAR);
  if (k < 0) return null;
  return (qx, qy) => ({ vertices: from.vertices.map((corner, j) => (j === k ? [plot.atX(qx), plot.atY(qy)] : corner)) });
}

function graspEnd(plot, from, px, py) {
  const [near] = endsOf(from)
    .filter(({ at }) => at !== null)
    .map((end) => ({ ...end, away: end.axis === "x" ? Math.abs(plot.x(end.at) - px) : Math.abs(plot.y(end.at) - py) }))
    .sort((a, b) => a.away - b.away);
  if (!near || near.away >= NEAR) return null;
  return (qx, qy) => {
    const made = structuredClone(from);
    const ends = near.name === "range" ? made.range : made[near.name][near.k];
    ends[near.end] = near.axis === "x" ? plot.atX(qx) : plot.atY(qy);
    return made;
  };
}

// What is taken hold of at a pixel: a function of the pointer's position that gives the new edit; null for nothing.
export function grasp(plot, px, py) {
  const from = structuredClone(plot.edit);
  if ("cut" in from) return (qx, qy) => ({ cut: from.cut + (qy - py) * 0.02 });
  const held = (from.vertices && graspCorner(plot, from, px, py)) || (isEllipse(from) && graspEllipse(plot, from, px, py)) || graspEnd(plot, from, px, py);
  if (held) return held;
  const whole = !from.range && !from.kept && plot.paths().some((path) => inside(path, px, py));
  return whole ? (qx, qy) => stepped(from, plot.atX(qx) - plot.atX(px), plot.atY(qy) - plot.atY(py)) : null;
}

// All of a shape moved by a step on both axes.
export function stepped(edit, dx, dy) {
  const moved = ([low, high], d) => [low === null ? null : low + d, high === null ? null : high + d];
  if (edit.range) return { range: moved(edit.range, dx) };
  if (edit.kept) return { kept: edit.kept.map((ends) => moved(ends, dx)) };
  if (edit.sides) return { sides: edit.sides.map((ends, k) => (k < 2 ? moved(ends, k ? dy : dx) : ends)) };
  if (edit.vertices) return { vertices: edit.vertices.map(([x, y]) => [x + dx, y + dy]) };
  if (edit.center) return { ...edit, center: [edit.center[0] + dx, ...(edit.center.length > 1 ? [edit.center[1] + dy] : [])] };
  return { cut: edit.cut - (dx + dy) * 10 };
}

// Let a pointer edit the gate of a plot: `moved` while it is dragged, `left` when it is let go.
export function draggable(plot, { moved, left, grasps = grasp }) {
  const { canvas } = plot;
  // What can be taken hold of is seen before it is: under the pointer, and on the gate in focus.
  const show = () => { if (plot.gate.edit && !plot.small) { plot.handles = handlesOf(plot); plot.draw(); } };
  const hide = () => { if (plot.handles && !plot.drawn) { plot.handles = null; plot.draw(); } };
  canvas.addEventListener("pointerenter", show);
  canvas.addEventListener("pointerleave", () => { if (!canvas.parentElement?.matches(":focus")) hide(); });
  canvas.parentElement?.addEventListener("focus", show);
  canvas.parentElement?.addEventListener("blur", hide);
  const at = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  canvas.addEventListener("pointerdown", (event) => {
    if (!plot.gate.edit || event.button) return;
    const [px, py] = at(event);
    const hold = grasps(plot, px, py);
    if (!hold) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    let far = false;
    const follow = (next) => {
      const [qx, qy] = at(next);
      if (!far && Math.hypot(qx - px, qy - py) < 2) return;
      far = true;
      plot.edit = hold(qx, qy);
      plot.drawn = true;
      plot.handles = handlesOf(plot);
      plot.draw();
      moved(plot.edit);
    };
    const end = () => {
      for (const [name, listener] of [["pointermove", follow], ["pointerup", end], ["pointercancel", end]]) canvas.removeEventListener(name, listener);
      if (!far) return;
      // The click that ends a drag is no click.
      const swallow = (event) => event.stopPropagation();
      canvas.addEventListener("click", swallow, { once: true });
      setTimeout(() => canvas.removeEventListener("click", swallow), 0);
      left(plot.edit);
    };
    for (const [name, listener] of [["pointermove", follow], ["pointerup", end], ["pointercancel", end]]) canvas.addEventListener(name, listener);
  });
}
