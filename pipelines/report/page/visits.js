// Thresholds over visits, one line per subject.
function showDrift() {
  const kind = $("#time-kind").value;
  const members = ofKind(kind);
  const lines = new Map();
  for (const i of members) for (const [population, name, linear, at, z] of tubes[i].places) {
    const visit = run.visits.indexOf(tubes[i].visit);
    if (visit < 0) continue; // outside the plan: it has no place on the axis
    const key = JSON.stringify([population, name]);
    if (!lines.has(key)) lines.set(key, []);
    lines.get(key).push({ i, linear, at, z, visit });
  }
  const varying = [...lines].filter(([, points]) => new Set(points.map((point) => point.at)).size > 1);
  const worst = (points) => Math.max(0, ...points.map((point) => Math.abs(point.z || 0)));
  varying.sort((a, b) => worst(b[1]) - worst(a[1]));
  $("#drift").replaceChildren(...varying.map(([key, points]) => driftChart(...JSON.parse(key), points)));
  if (!varying.length) $("#drift").append(h("p", { class: "key" }, "No gate differs between these tubes: all are fixed, or there is only one tube."));
}

// Those whose labels do not run into an earlier one.
function apart(points, at, wide = 60) {
  const kept = [];
  for (const point of points) {
    const [x, y] = at(point);
    if (kept.every(([x0, y0]) => Math.abs(x - x0) > wide || Math.abs(y - y0) > 10)) kept.push([x, y, point]);
  }
  return kept.map(([, , point]) => point);
}

function driftChart(population, name, points) {
  const highlighted = $("#time-subject").value;
  const sorted = [...points].sort((a, b) => a.at - b.at);
  const [low, high, middle] = [sorted[0], sorted[sorted.length - 1], sorted[Math.floor(sorted.length / 2)]];
  const x = (visit) => 62 + (run.visits.length > 1 ? (visit / (run.visits.length - 1)) * 340 : 170);
  const y = (at) => 128 - ((at - low.at) / (high.at - low.at)) * 110;
  const subjects = [...new Set(points.map((point) => tubes[point.i].subject))];
  const odd = points.filter((point) => point.z !== null && Math.abs(point.z) >= run.odd);
  return h("figure", { class: "chart" },
    h("figcaption", {}, h("span", { class: `swatch ${colourClass(population)}` }), h("b", {}, population), h("small", {}, ` ${name}${odd.length ? ` · ${odd.length} outlier${odd.length === 1 ? "" : "s"}` : ""}`)),
    s("svg", { viewBox: "0 0 440 160", role: "img", "aria-label": `${population}, ${name} over visits, ${subjects.length} subjects, ${odd.length} outliers` },
      s("line", { class: "centre", x1: 56, x2: 410, y1: y(middle.at), y2: y(middle.at) }),
      [low, middle, high].filter((point, k) => k !== 1 || (Math.abs(y(point.at) - y(low.at)) > 11 && Math.abs(y(point.at) - y(high.at)) > 11)).map((point) => s("text", { x: 50, y: y(point.at) + 3, "text-anchor": "end" }, point.linear)),
      run.visits.map((visit, k) => s("text", { x: x(k), y: 152, "text-anchor": "middle" }, visit)),
      subjects.map((subject) => {
        const own = points.filter((point) => tubes[point.i].subject === subject && point.visit >= 0).sort((a, b) => a.visit - b.visit);
        return s("polyline", { class: `trace ${subject === highlighted ? "on" : ""}`, points: own.map((point) => `${x(point.visit)},${y(point.at)}`).join(" ") });
      }),
      points.filter((point) => point.visit >= 0).map((point) => dot(point.i, x(point.visit), y(point.at),
        odd.includes(point) ? "fail" : tubes[point.i].subject === highlighted ? "on" : "",
        `${tubeName(point.i)}: ${name} ${point.linear}${point.z === null ? "" : `, z ${point.z.toFixed(1)}`}`)),
      apart(odd, (point) => [x(point.visit), y(point.at)]).map((point) => s("text", { class: "fail", x: x(point.visit) + (point.visit > run.visits.length / 2 ? -9 : 9), y: y(point.at) + 3, "text-anchor": point.visit > run.visits.length / 2 ? "end" : "start" }, tubes[point.i].subject))));
}
