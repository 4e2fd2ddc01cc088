// Plots of gates on canvases that follow their size and the page's theme.
const drawnSizes = new ResizeObserver((entries) => { for (const { target } of entries) if (target.clientWidth) target.plot.draw(); });

function gateCanvas(gate, label, options = {}) {
  const canvas = h("canvas", { role: "img", "aria-label": label, class: colourClass(gate.population) });
  new Plot(canvas, gate, options);
  drawnSizes.observe(canvas);
  return canvas;
}

function redrawAll() { for (const canvas of $$("canvas")) if (canvas.plot && canvas.clientWidth) canvas.plot.draw(); }

function plotWords(i, gate, parent = gate.parent) {
  const count = countOf(i, gate.population);
  const against = gate.y ? `${gate.x[0]} against ${gate.y[0]}` : gate.x[0];
  return `${parent} on ${against} with the gate ${gate.population}${count && count.percent !== null ? `, ${count.percent} % of the events inside` : ""}`;
}
