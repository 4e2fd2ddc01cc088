// Plots of gates on canvases that follow their size and the page's theme.
const drawnSizes = new ResizeObserver((entries) => { for (const { target } of entries) if (target.clientWidth) target.plot.draw(); });

function gateCanvas(gate, label, options = {}) {
  const canvas = h("canvas", { role: "img", "aria-label": label, class: colourClass(gate.population) });
  new Plot(canvas, gate, options);
  drawnSizes.observe(canvas);
  return canvas;
}

function redrawAll() { for (const canvas of $$("canvas")) if (canvas.plot && canvas.clientWidth) canvas.plot.draw(); }

// The limits that take in all of some plots, where they look at the same axes; null where they do not.
function commonLimits(gates) {
  if (!gates.length) return null;
  const name = (gate) => `${gate.x[0]}|${gate.y ? gate.y[0] : ""}`;
  if (gates.some((gate) => name(gate) !== name(gates[0]))) return null;
  const ends = (axis, k) => gates.map((gate) => (gate[axis] ? gate[axis][k] : k - 2));
  return [Math.min(...ends("x", 2)), Math.max(...ends("x", 3)), Math.min(...ends("y", 2)), Math.max(...ends("y", 3))];
}

function plotWords(i, gate, parent = gate.parent) {
  const count = countOf(i, gate.population);
  const against = gate.y ? `${gate.x[0]} against ${gate.y[0]}` : gate.x[0];
  return `${parent} on ${against} with the gate ${gate.population}${count && count.percent !== null ? `, ${count.percent} % of the events inside` : ""}`;
}
