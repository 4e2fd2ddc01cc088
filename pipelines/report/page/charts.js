// Levey-Jennings: one value a tube in order, with the run's own limits.
function controlChart(chart) {
  const { points, centre, sd } = chart;
  const values = points.map((point) => point[2]);
  const top = Math.max(centre + 3.2 * sd, ...values);
  const bottom = Math.min(centre - 3.2 * sd, ...values);
  const scale = top > bottom ? 168 / (top - bottom) : 0;
  const y = (value) => 190 - (value - bottom) * scale;
  const x = (k) => 52 + (points.length > 1 ? (k / (points.length - 1)) * 372 : 186);
  const limit = (k) => [s("line", { class: k ? "guide" : "centre", x1: 46, x2: 430, y1: y(centre + k * sd), y2: y(centre + k * sd) }),
    Math.abs(k) < 3 && Math.abs(k) > 0 && sd * scale < 11 ? "" : s("text", { x: 42, y: y(centre + k * sd) + 3, "text-anchor": "end" }, round(centre + k * sd))];
  const judged = points.map(([i, label, value], k) => {
    const z = sd > 0 ? Math.abs(value - centre) / sd : 0;
    return { i, label, value, k, kind: z > 3 ? "fail" : z > 2 ? "warn" : "" };
  });
  const out = judged.filter((point) => point.kind === "fail");
  return h("figure", { class: "chart" },
    h("figcaption", {}, h("b", {}, chart.title), h("small", {}, ` ${chart.unit === "%" ? "in %" : chart.unit} · ${points.length} points${out.length ? ` · ${out.length} more than 3 SD from the median` : ""}`), h("p", { class: "key" }, chart.about), chart.rules.length ? h("p", { class: "key rules" }, `Westgard rules: ${chart.rules.map(([rule, label]) => `${rule} at ${label}`).join(", ")}`) : ""),
    s("svg", { viewBox: "0 0 440 206", role: "img", "aria-label": `${chart.title}: ${points.length} points, ${out.length} more than 3 SD from the median` },
      (sd > 0 ? [0, 1, -1, 2, -2, 3, -3] : [0]).map(limit),
      s("polyline", { class: "trace", points: judged.map((point) => `${x(point.k)},${y(point.value)}`).join(" ") }),
      judged.map((point) => dot(point.i, x(point.k), y(point.value), point.kind, `${point.label}: ${round(point.value)}`)),
      apart(out, (point) => [x(point.k), y(point.value)]).map((point) => s("text", { class: "fail", x: x(point.k) + (point.k > points.length * 0.55 ? -9 : 9), y: y(point.value) + 3, "text-anchor": point.k > points.length * 0.55 ? "end" : "start" }, point.label))));
}

const round = (value) => (Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en").replaceAll(",", "\u202f") : Number(value.toPrecision(3)).toString());

function showControl() {
  $("#control").replaceChildren(...run.charts.map(controlChart));
  if (!run.charts.length) $("#control").append(h("p", { class: "key" }, "No tube of this run has values for a control chart."));
}
