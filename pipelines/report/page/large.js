// One gate in the whole window: other axes of its parent, the events of any population, the same gate on another visit,
// and the events of a control tube.
const large = { i: -1, population: "", behind: "", other: "", x: "", y: "" };
const dialog = $("#large");
const CONTROL = "control ";
const controlsOf = (i) => stripOf(i)?.controls || [];

const plotted = (i) => gatesOf(i).filter((gate) => gate.x);
const visitsBeside = (i) => tubes.map((_, k) => k).filter((k) => k !== i && tubes[k].subject === tubes[i].subject && tubes[k].tube === tubes[i].tube && gateOf(k, large.population));

function enlarge(i, population) {
  if (!gateOf(i, population)?.x) { brief(`${population} has no plot in this tube.`); return; }
  Object.assign(large, { i, population, x: "", y: "" });
  if (!dialog.open) dialog.showModal();
  showLarge();
  $("#large-plot").focus();
}

const choices = (select, named, chosen) => {
  select.replaceChildren(...named.map(([value, words]) => h("option", { value }, words)));
  select.value = named.some(([value]) => value === chosen) ? chosen : named[0][0];
  return select.value;
};

function showLarge() {
  const { i, population } = large;
  const gate = gateOf(i, population);
  const count = countOf(i, population);
  const events = eventsOf(i);
  const markers = events ? events.axes.map(([name]) => name) : [];
  const axis = (name, own) => (events && name && name !== own?.[0] ? events.axes.find((one) => one[0] === name) : own);
  large.x = choices($("#large-x"), [...new Set([gate.x[0], ...markers])].map((name) => [name, name]), large.x);
  large.y = choices($("#large-y"), [...new Set([gate.y ? gate.y[0] : "events", ...(gate.y ? markers : [])])].map((name) => [name, name]), large.y);
  large.behind = choices($("#large-behind"), [["", "none"], ...[population, ...tubes[i].counts.filter((one) => one.events !== null && one.population !== population).map((one) => one.population)].map((name) => [name, name])], large.behind);
  const visits = visitsBeside(i).map((k) => [String(k), `${tubes[k].visit}${tubes[k].visit === run.baseline ? " (baseline)" : ""}`]);
  const controls = controlsOf(i).filter((one) => one.problem || one.plots[population]).map((one) => [CONTROL + one.name, one.name]);
  large.other = choices($("#large-other"), [["", "none"], ...visits, ...controls], large.other);
  const own = large.x === gate.x[0] && (!gate.y || large.y === gate.y[0]);
  const shown = own ? gate : { population, parent: gate.parent, x: axis(large.x, gate.x), y: axis(large.y, gate.y), outlines: [] };
  const canvas = gateCanvas(shown, `${tubeName(i)}: ${plotWords(i, shown)}`);
  const { plot } = canvas;
  if (!own) {
    plot.grey = dotsOf(i, shown, gate.parent);
    plot.dots = dotsOf(i, shown, large.behind || population, gate.parent);
  } else if (large.behind) plot.dots = dotsOf(i, shown, large.behind, gate.parent);
  const control = large.other.startsWith(CONTROL) ? controlsOf(i).find((one) => CONTROL + one.name === large.other) : null;
  const beside = control ? controlled(plot, control, population, own) : large.other ? besides(plot, i, gate, Number(large.other), own) : "";
  $("#large-plot").replaceChildren(canvas);
  $("#large-note").textContent = "";
  $("#large-title").textContent = `${tubeName(i)} · ${population}`;
  $("#large-about").replaceChildren(...[
    count ? `${count.percent === null ? "no percentage" : `${count.percent} % of ${count.parent}`}, ${count.events === null ? "not measured" : `${count.events} events`}${count.perUl ? `, ${count.perUl} /µL` : ""}` : "",
    gate.fallback ? `↩ Fallback: ${gate.fallback}` : gate.method,
    own ? "" : `${plot.grey.length} events of ${gate.parent}, grey; ${plot.dots.length} of ${large.behind || population}, coloured`,
    own && large.behind ? `${plot.dots.length} events of ${large.behind} as dots` : "", beside, gate.evidence.join(" · "),
  ].filter(Boolean).map((words) => h("p", {}, words)));
}

function besides(plot, i, gate, other, own) {
  const count = countOf(other, gate.population);
  if (own) plot.overlay = outlinesOn(i, gate, other);
  if (own && !plot.overlay) return `The plot of ${tubes[other].visit} has other axes, so it is not laid over this one.`;
  plot.others = dotsOf(other, plot.gate, gate.population, "all", i);
  return `${tubes[other].visit}: ${own ? "dashed gate, " : ""}${plot.others.length} events inside as dots${count && count.percent !== null ? `, ${count.percent} %` : ""}`;
}

// The events of a control tube: they lie on the axes of the gate that they were measured for.
function controlled(plot, control, population, own) {
  const plotted = control.plots[population];
  if (control.problem || !plotted) return control.problem;
  if (!own) return `${control.name} is shown on the gate's own axes only.`;
  plot.others = controlDots(plotted);
  return controlWords(control.name, plotted);
}

function otherTube(direction) {
  const visible = order.filter((i) => !rows.get(i).hidden);
  let at = visible.indexOf(large.i) + direction;
  while (at >= 0 && at < visible.length && !gateOf(visible[at], large.population)?.x) at += direction;
  if (at < 0 || at >= visible.length) { brief("No further tube has this gate."); return; }
  Object.assign(large, { i: visible[at], other: "" });
  setCurrent(large.i);
  showLarge();
}

function otherGate(direction) {
  const names = plotted(large.i).map((gate) => gate.population);
  const at = (names.indexOf(large.population) + direction + names.length) % names.length;
  Object.assign(large, { population: names[at], x: "", y: "" });
  showLarge();
}

function cycle(select) {
  select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
  select.dispatchEvent(new Event("input"));
}

const largeKeys = {
  n: () => otherTube(1), p: () => otherTube(-1), ArrowRight: () => otherGate(1), ArrowLeft: () => otherGate(-1),
  x: () => cycle($("#large-x")), y: () => cycle($("#large-y")), b: () => cycle($("#large-behind")), o: () => cycle($("#large-other")),
  Enter: () => dialog.close(),
};

dialog.addEventListener("keydown", (event) => {
  const act = event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select") || (event.key === "Enter" && event.target.matches("button")) ? null : largeKeys[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
});
for (const [id, name] of [["#large-x", "x"], ["#large-y", "y"], ["#large-behind", "behind"], ["#large-other", "other"]]) {
  $(id).addEventListener("input", (event) => { large[name] = event.target.value; showLarge(); });
}
$("#large-close").addEventListener("click", () => dialog.close());
$("#large-next").addEventListener("click", () => otherTube(1));
$("#large-previous").addEventListener("click", () => otherTube(-1));
dialog.addEventListener("close", () => { if (large.i >= 0) gateCardOf(large.i, large.population)?.focus(); });
