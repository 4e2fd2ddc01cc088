// One gate over all tubes of a kind: where its threshold lies, and every picture of it.
const gateKind = $("#gate-kind");
const gateName = $("#gate-name");

let gateLimits = null;
const ofKind = (kind) => tubes.map((_, i) => i).filter((i) => tubes[i].tube === kind && tubes[i].state === "gated");
const gateZ = (i, population) =>
  Math.max(0, ...tubes[i].places.filter((place) => place[0] === population && place[4] !== null).map((place) => Math.abs(place[4])));

function fillGateNames() {
  const names = [...new Set(ofKind(gateKind.value).flatMap((i) => tubes[i].gates))];
  const before = gateName.value;
  gateName.replaceChildren(...names.map((name) => h("option", {}, name)));
  if (names.includes(before)) gateName.value = before;
  else {
    const members = ofKind(gateKind.value);
    const doubts = (name) => members.filter((i) => tubes[i].findings.some((f) => f.population === name && f.severity !== "info")).length;
    const [worst] = names.map((name) => [doubts(name), Math.max(0, ...members.map((i) => gateZ(i, name))), name]).sort((a, b) => b[0] - a[0] || b[1] - a[1]);
    if (worst) gateName.value = worst[2];
  }
}

function showGate() {
  const population = gateName.value;
  const members = ofKind(gateKind.value);
  const inOrder = $("#gate-order").value === "odd" ? [...members].sort((a, b) => gateZ(b, population) - gateZ(a, population)) : members;
  const names = [...new Set(members.flatMap((i) => tubes[i].places.filter((place) => place[0] === population).map((place) => place[1])))];
  const known = (name) => members.filter((i) => tubes[i].places.some((place) => place[0] === population && place[1] === name)).length;
  names.sort((a, b) => known(b) - known(a));
  $("#gate-places").replaceChildren(...names.map((name) => placesChart(members, population, name)));
  gateLimits = commonLimits(members.map((i) => gateOf(i, population)).filter((gate) => gate && gate.x));
  $("#gate-grid").replaceChildren(...inOrder.map((i) => thumb(i, population)));
  for (const place of $$("#gate-grid .thumb")) thumbWatch.observe(place);
}

function thumb(i, population) {
  const z = gateZ(i, population);
  const count = countOf(i, population);
  return h("a", { class: `thumb ${z >= run.odd ? "odd" : ""}`, href: `#tube-${i}`, "data-i": i, "data-population": population },
    h("b", {}, `${tubes[i].subject} · ${tubes[i].visit}`),
    h("span", {}, count && count.percent !== null ? `${count.percent} %` : "no percentage", z >= run.odd ? ` · z ${z.toFixed(1)}` : ""));
}

const thumbWatch = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) {
    thumbWatch.unobserve(entry.target);
    fillThumb(entry.target);
  }
}, { rootMargin: "400px 0px" });

function fillThumb(place) {
  if (place.dataset.done) return;
  place.dataset.done = "yes";
  const i = Number(place.dataset.i);
  const gate = gateOf(i, place.dataset.population);
  if (gate && gate.x) place.prepend(gateCanvas(gate, `${tubeName(i)}: ${plotWords(i, gate)}`, { small: true, view: gateLimits }));
  else place.append(h("p", { class: "key" }, gate ? `No plot: ${gate.fallback || gate.method}` : "Not drawn or not measured"));
}

// A dot a tube along the axis; the odd ones rise out of the row and are named.
function placesChart(members, population, name) {
  const points = members.flatMap((i) => tubes[i].places.filter((place) => place[0] === population && place[1] === name).map((place) => ({ i, linear: place[2], at: place[3], z: place[4] })));
  const values = points.map((point) => point.at);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (at) => 20 + (high > low ? ((at - low) / (high - low)) * 500 : 250);
  const middle = [...points].sort((a, b) => a.at - b.at)[Math.floor(points.length / 2)];
  const named = points.filter((point) => point.z !== null && Math.abs(point.z) >= run.odd);
  return h("figure", { class: "chart" },
    h("figcaption", {}, h("b", {}, name), h("small", {}, ` ${points.length} tubes, median ${middle.linear}${named.length ? `, ${named.length} outlier${named.length === 1 ? "" : "s"}` : ", no outliers"}`)),
    s("svg", { viewBox: "0 0 540 64", role: "img", "aria-label": `${name} on ${points.length} tubes` },
      s("line", { class: "guide", x1: 10, x2: 530, y1: 44, y2: 44 }),
      s("line", { class: "centre", x1: x(middle.at), x2: x(middle.at), y1: 30, y2: 54 }),
      points.map((point, k) => {
        const odd = named.includes(point);
        return dot(point.i, x(point.at), odd ? 30 : 40 + (k % 3) * 4, odd ? "fail" : "", `${tubeName(point.i)}: ${name} ${point.linear}${point.z === null ? "" : `, z ${point.z.toFixed(1)}`}`);
      }),
      apart(named, (point) => [x(point.at), 0], 110).map((point) => s("text", { class: "fail", x: Math.min(470, Math.max(60, x(point.at))), y: 18, "text-anchor": "middle" }, `${tubes[point.i].subject} ${tubes[point.i].visit}`)),
      s("text", { x: 10, y: 62 }, points.find((point) => point.at === low)?.linear ?? ""),
      s("text", { x: 530, y: 62, "text-anchor": "end" }, points.find((point) => point.at === high)?.linear ?? "")));
}

// Shape as well as colour: circle, triangle, diamond.
function dot(i, x, y, kind, label) {
  const d = kind === "fail" ? `M${x},${y - 6}l6,6l-6,6l-6,-6z` : kind === "warn" ? `M${x},${y - 5.5}l5.5,9.5h-11z` : `M${x - 3.5},${y}a3.5,3.5 0 1 0 7,0a3.5,3.5 0 1 0 -7,0z`;
  return s("path", { class: `point ${kind}`, d, "data-i": i, onclick: () => goTo(i) }, s("title", {}, label));
}
