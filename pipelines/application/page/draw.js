// Drawing a gate on a plot: a polygon by its corners, other shapes by a drag from corner to corner, or by keys. What is drawn
// is moved, stretched and turned like a gate of the review page. It knows plots, and nothing of strategies.
import { $, h, toast } from "./dom.js";
import { grasp, handlesOf, stepped } from "./drag.js";

const STEP = 0.01;
const GROWS = 1.1;
const LEAST = 0.002;
const WORDS = {
  polygon: "Click the corners on a plot, then press Keep the shape.",
  rectangle: "Drag from corner to corner on a plot, then press Keep the shape.",
  ellipse: "Drag from corner to corner on a plot, stretch and turn it by its handles, then press Keep the shape.",
  range: "Drag from end to end on a plot, then press Keep the shape.",
};
const KEYS = "On a plot in focus, arrow keys move the shape, Shift and arrow keys stretch it, Enter keeps it, Escape ends drawing.";

let drawing = null; // {shape, plot, edit, corners}
export const isDrawing = () => Boolean(drawing);
export const drawn = () => (drawing && complete() ? { edit: drawing.edit, file: drawing.plot.file } : null);

const complete = () => Boolean(drawing.edit && (!drawing.edit.vertices || drawing.edit.vertices.length > 2));

// Shapes that fit a plot: on one axis only a range.
export function shapes(axes) {
  const chosen = $("#draw-shape").value;
  const offered = axes === 1 ? ["range"] : ["polygon", "rectangle", "ellipse"];
  $("#draw-shape").replaceChildren(...offered.map((name) => h("option", { value: name }, name)));
  $("#draw-shape").value = offered.includes(chosen) ? chosen : offered[0];
}

export function begin() {
  drawing = { shape: $("#draw-shape").value, plot: null, edit: null };
  tell();
}

export function end() {
  const { plot } = drawing || {};
  drawing = null;
  if (plot) { plot.drawn = false; plot.edit = structuredClone(plot.gate.edit); plot.handles = null; plot.draw(); }
  $("#draw-keep").disabled = true;
  $("#draw-stop").hidden = true;
  $("#drawn").textContent = "";
}

function tell() {
  const corners = drawing.edit?.vertices?.length;
  $("#drawn").textContent = `${corners ? `${corners} corner${corners === 1 ? "" : "s"}. ` : ""}${WORDS[drawing.shape]} ${KEYS}`;
  $("#draw-keep").disabled = !complete();
  $("#draw-stop").hidden = false;
  document.body.dataset.drawn = complete() ? drawing.shape : "";
}

function put(plot, edit) {
  drawing.plot = plot;
  drawing.edit = plot.edit = edit;
  plot.drawn = true;
  plot.handles = handlesOf(plot);
  plot.draw();
  tell();
}

function between([x0, y0], [x1, y1]) {
  const [dx, dy] = [Math.abs(x1 - x0), Math.abs(y1 - y0)];
  if (dx < LEAST || (drawing.shape !== "range" && dy < LEAST)) return null;
  const [xs, ys] = [[Math.min(x0, x1), Math.max(x0, x1)], [Math.min(y0, y1), Math.max(y0, y1)]];
  if (drawing.shape === "range") return { range: xs };
  if (drawing.shape === "rectangle") return { sides: [xs, ys] };
  if (drawing.shape === "ellipse") return { center: [(x0 + x1) / 2, (y0 + y1) / 2], covariance: [[(dx / 2) ** 2, 0], [0, (dy / 2) ** 2]], distance_square: 1 };
  return { vertices: [[xs[0], ys[0]], [xs[1], ys[0]], [xs[1], ys[1]], [xs[0], ys[1]]] };
}

function stretched(edit, fx, fy) {
  const about = ([low, high], f) => [(low + high) / 2 - ((high - low) / 2) * f, (low + high) / 2 + ((high - low) / 2) * f];
  if (edit.range) return { range: about(edit.range, fx) };
  if (edit.sides) return { sides: [about(edit.sides[0], fx), about(edit.sides[1], fy)] };
  if (edit.center) { const [[a, b], [, d]] = edit.covariance; return { ...edit, covariance: [[a * fx * fx, b * fx * fy], [b * fx * fy, d * fy * fy]] }; }
  const middle = [0, 1].map((i) => edit.vertices.reduce((sum, at) => sum + at[i], 0) / edit.vertices.length);
  return { vertices: edit.vertices.map(([x, y]) => [middle[0] + (x - middle[0]) * fx, middle[1] + (y - middle[1]) * fy]) };
}

// Let a pointer and keys draw on a plot while drawing is on. keep: what Enter does.
export function drawable(plot, keep) {
  const { canvas } = plot;
  canvas.tabIndex = 0;
  const place = ({ clientX, clientY }) => { const box = canvas.getBoundingClientRect(); return [clientX - box.left, clientY - box.top]; };
  const at = ([px, py]) => [plot.atX(px), plot.gate.y ? plot.atY(py) : 0];
  const elsewhere = () => drawing.plot && drawing.plot !== plot && toast("The shape is on another plot: stop drawing to begin on this one.") === undefined;
  canvas.addEventListener("pointerdown", (event) => {
    if (!drawing || event.button || elsewhere()) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    const from = place(event);
    let hold = drawing.edit ? grasp(plot, ...from) : null;
    if (drawing.shape === "polygon") {
      const corner = drawing.edit?.vertices.some(([x, y]) => Math.hypot(plot.x(x) - from[0], plot.y(y) - from[1]) < 9);
      if (!corner) { put(plot, { vertices: [...(drawing.edit?.vertices || []), at(from)] }); hold = grasp(plot, ...from); }
    }
    const follow = (next) => {
      if (!drawing) return;
      const made = hold ? hold(...place(next)) : between(at(from), at(place(next)));
      if (made) put(plot, made);
    };
    const finish = () => { canvas.removeEventListener("pointermove", follow); for (const name of ["pointerup", "pointercancel"]) canvas.removeEventListener(name, finish); };
    canvas.addEventListener("pointermove", follow);
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, finish);
  });
  canvas.addEventListener("keydown", (event) => {
    const [dx, dy] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] || [0, 0];
    if (!drawing || elsewhere() || !(dx || dy || ["Enter", "Escape"].includes(event.key))) return;
    event.preventDefault();
    if (event.key === "Escape") end();
    else if (event.key === "Enter") { if (complete()) keep(); }
    else if (!complete()) { const [x0, x1, y0, y1] = plot.limits(); put(plot, between([x0 + (x1 - x0) / 4, y0 + (y1 - y0) / 4], [x1 - (x1 - x0) / 4, y1 - (y1 - y0) / 4])); }
    else if (event.shiftKey) put(plot, stretched(drawing.edit, GROWS ** dx, GROWS ** dy));
    else put(plot, stepped(drawing.edit, dx * STEP, dy * STEP));
  });
}
