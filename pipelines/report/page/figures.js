// The figures of the trial: courses of folds by visit, and ratios between arms. The same values as in the figures' files.
const RATIOS = [[0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16], [0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2]];

function showFigures() {
  $(".figures").replaceChildren(...run.figures.map((figure) =>
    h("figure", { class: "panel figure" },
      h("figcaption", {}, h("h2", {}, figure.title),
        h("p", { class: "legend" }, figure.groups.map((name, group) => h("span", {}, h("span", { class: `swatch ${hue(group)}` }), name)))),
      h("div", { class: "panels", role: "img", "aria-label": figure.about }, figure.panels.map((panel, k) => panelOf(panel, k ? "" : figure.axis))),
      h("p", { class: "key" }, figure.caption))));
}

// The first hue is for all subjects together or the reference arm.
const hue = (group) => (group < 0 ? "pooled" : `hue-${group % 10}`);

function panelOf(panel, axis) {
  const [left, right, top, bottom] = [40, 312, 28, 214];
  const x = (at) => left + 16 + ((right - left - 32) * at) / Math.max(1, panel.visits.length - 1);
  const { y, ticks } = panel.top === null ? ratioScale(panel, top, bottom) : foldScale(panel.top, top, bottom);
  const inside = (value) => Math.min(Math.max(y(value), top), bottom);
  const visit = (at) => panel.visits[Math.round(at)][0];
  return s("svg", { viewBox: "0 0 320 256" },
    s("text", { class: "axis-name", x: left - 34, y: 14 }, panel.title),
    axis ? s("text", { class: "of-axis", transform: `translate(9 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, axis) : "",
    ticks.map((tick) => [s("line", { class: "guide", x1: left, x2: right, y1: y(tick), y2: y(tick) }), s("text", { x: left - 5, y: y(tick) + 3, "text-anchor": "end" }, String(tick))]),
    s("line", { class: "centre", x1: left, x2: right, y1: y(1), y2: y(1) }),
    panel.visits.map((words, at) => words.map((word, line) => s("text", { x: x(at), y: bottom + 15 + 13 * line, "text-anchor": "middle" }, word))),
    panel.courses.map((course) => courseOf(course, x, inside, visit)),
    panel.limits.map((one) => limitsOf(one, x, inside, panel.courses.length === 0)),
    panel.stars.map((one) => s("text", { class: "stars", x: x(one.x), y: inside(one.y) - 4, "text-anchor": "middle" }, one.text)));
}

function foldScale(highest, top, bottom) {
  const rough = highest / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough);
  const ticks = Array.from({ length: Math.floor(highest / step) + 1 }, (_, k) => Number((k * step).toPrecision(6)));
  return { y: (value) => bottom - ((bottom - top) * value) / highest, ticks };
}

function ratioScale(panel, top, bottom) {
  const values = panel.limits.flatMap((one) => [one.estimate, one.low ?? one.estimate, one.high ?? one.estimate]).concat(1).map(Math.log);
  const [low, high] = [Math.min(...values) - 0.1, Math.max(...values) + 0.1];
  const seen = RATIOS.map((ratios) => ratios.filter((ratio) => Math.log(ratio) >= low && Math.log(ratio) <= high));
  return { y: (value) => bottom - ((bottom - top) * (Math.log(value) - low)) / (high - low), ticks: seen.find((ticks) => ticks.length > 2) || seen[1] };
}

// A line with a gap where nothing was measured, and a dot at each value.
function courseOf(course, x, y, visit) {
  const known = course.points.filter(([, value]) => value !== null);
  const path = course.points.map(([at, value], k) => (value === null ? "" : `${k && course.points[k - 1][1] !== null ? "L" : "M"}${x(at)},${y(value)}`)).join("");
  const values = known.map(([at, value]) => `${visit(at)}: ${round(value)}`).join(", ");
  return s("g", { class: `course ${hue(course.group)} ${course.mean ? "mean" : "subject"}${course.low ? " low" : ""}` },
    s("title", {}, `${course.mean ? course.name || "geometric mean ratio" : course.name}: ${values}${course.low ? " (baseline below its limit of quantification)" : ""}`),
    s("path", { d: path }),
    known.map(([at, value]) => s("circle", { cx: x(at), cy: y(value), r: course.mean ? 3.6 : 1.7 })));
}

function limitsOf(one, x, y, alone) {
  const words = `${one.part ? `${one.part}: ` : ""}${round(one.estimate)}${one.low === null ? "" : ` (95 % interval ${round(one.low)} to ${one.cut ? "more than " : ""}${round(one.high)})`}`;
  const [middle, cap] = [x(one.x), one.part ? 0 : 4];
  return s("g", { class: `limits ${hue(one.group)}` }, s("title", {}, words),
    one.low === null ? "" : s("path", { d: `M${middle},${y(one.low)}V${y(one.high)}M${middle - cap},${y(one.low)}h${2 * cap}${one.cut ? "" : `M${middle - cap},${y(one.high)}h${2 * cap}`}` }),
    alone ? s("circle", { cx: middle, cy: y(one.estimate), r: one.part ? 2 : 3.6 }) : "",
    one.part ? s("text", { transform: `translate(${middle + 3} ${y(one.high) - 4}) rotate(-90)` }, one.part) : "");
}
