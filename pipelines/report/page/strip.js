// The gates of one tube, built when they come into view.
const finals = new Set(run.final);
const flagWords = (flags) => flags.map((flag) => `${flag.replaceAll("_", " ")} (${run.flags[flag.split(":")[0]]})`).join("; ");
const finalFirst = (gates) => [...gates].sort((a, b) => Number(finals.has(b.population)) - Number(finals.has(a.population)));

function gateCard(i, gate, count) {
  const population = gate ? gate.population : count.population;
  const parent = count ? count.parent : gate.parent;
  const findings = tubes[i].findings.filter((finding) => finding.population === population);
  const odd = oddPlaces(i, population);
  const wrong = findings.some((finding) => finding.severity === "fail");
  const doubtful = Boolean(gate && gate.fallback) || findings.some((finding) => finding.severity === "warn");
  const share = count && count.percent !== null ? `${count.percent} %` : "";
  const more = [
    count && count.flags.length ? `Flags: ${flagWords(count.flags)}` : "", gate ? gate.method : "",
    gate ? gate.evidence.join(" · ") : "", ...odd.map(([, name, linear, , z]) => `≠ ${name} ${linear}: z ${z.toFixed(1)} within its kind of tube`), count ? count.exact : "",
  ].filter(Boolean);
  return h("figure", { class: `gate ${finals.has(population) ? "final" : ""} ${wrong ? "wrong" : doubtful ? "doubtful" : ""}`, tabindex: "0", "data-population": population,
    ondblclick: () => enlarge(i, population) },
    h("figcaption", { title: `${population} of ${parent}` }, h("span", { class: `swatch ${colourClass(population)}` }), population, h("small", {}, ` of ${parent}`)),
    gate && gate.x ? gateCanvas(gate, plotWords(i, gate, parent)) : "",
    count ? h("div", { class: "numbers", title: count.exact },
      h("b", {}, share || "no percentage"), h("span", { class: "events" }, count.events === null ? "not measured" : `${count.events} events`),
      count.perUl ? h("span", {}, `${count.perUl} /µL`) : "") : "",
    gate && gate.fallback ? h("p", { class: "fallback" }, `↩ Fallback: ${gate.fallback}`) : "",
    findings.length ? h("ul", { class: "findings" }, findings.map((f) => h("li", {}, icon(f.severity), h("span", {}, f.message)))) : "",
    more.length ? h("details", { class: "evidence" }, h("summary", {}, odd.length ? "how it was placed ≠" : "how it was placed"), more.map((words) => h("p", {}, words))) : "",
    marksBox(markKey(i, population)),
  );
}

// A population without a plot is one line: what it is made of, and its numbers.
function plainLine(i, gate, count) {
  const population = gate ? gate.population : count.population;
  const findings = tubes[i].findings.filter((finding) => finding.population === population);
  const words = (run.logic[tubes[i].tube] || {})[population] || (gate ? gate.fallback || gate.method : "");
  return h("div", { class: "gate plain", tabindex: "0", "data-population": population },
    h("span", { class: `swatch ${colourClass(population)}` }), h("b", {}, population), words ? h("span", { class: "made" }, words) : "",
    count ? h("span", { class: "numbers", title: count.exact }, h("b", {}, count.percent === null ? "no percentage" : `${count.percent} %`), " ",
      h("span", { class: "events" }, count.events === null ? "not measured" : `${count.events} events`), count.perUl ? ` ${count.perUl} /µL` : "") : "",
    count && count.flags.length ? h("small", { title: flagWords(count.flags) }, `Flags: ${count.flags.join(", ").replaceAll("_", " ")}`) : "",
    findings.map((f) => h("span", { title: f.message }, icon(f.severity))), marksBox(markKey(i, population)));
}

const gateCardOf = (i, population) => $(`#tube-${i} .gate[data-population="${CSS.escape(population)}"]`);

// Dots of a population on all plots of its tube; a second time takes them away.
function backGate(i, population) {
  const strip = $(`#tube-${i} .strip`);
  strip.dataset.behind = strip.dataset.behind === population ? "" : population;
  for (const canvas of $$("canvas", strip)) {
    const { plot } = canvas;
    plot.dots = strip.dataset.behind ? dotsOf(i, plot.gate, population, plot.gate.parent) : [];
    plot.draw();
  }
  brief(strip.dataset.behind ? `Dots: events of ${population}, on every plot that shows them.` : "No events are shown as dots.");
}

function marksBox(key) {
  const box = h("div", { class: "marks", "data-mark": key });
  fillMarks(box);
  return box;
}

const side = 190;
const beside = 41;

function beadsCard(i) {
  const beads = tubes[i].beads;
  if (beads.length < 2) return "";
  const mean = beads.reduce((a, b) => a + b, 0) / beads.length;
  const sd = Math.sqrt(beads.reduce((a, b) => a + (b - mean) ** 2, 0) / (beads.length - 1));
  const cv = mean > 0 ? (100 * sd) / mean : 0;
  const expected = mean > 0 ? 100 / Math.sqrt(mean) : 0;
  const top = Math.max(...beads, 1);
  const width = side / beads.length;
  const level = 6 + side - (mean / top) * side * 0.94;
  return h("figure", { class: "gate beads", tabindex: "0" },
    h("figcaption", {}, h("span", { class: `swatch ${colourClass("beads")}` }), "Beads over time"),
    s("svg", { viewBox: `0 0 ${beside + side + 8} ${6 + side + 34}`, role: "img", class: colourClass("beads"),
      "aria-label": `Beads in ${beads.length} equal intervals of the acquisition, from ${Math.min(...beads)} to ${top}` },
      beads.map((n, k) => s("rect", { x: beside + k * width, y: 6 + side - (n / top) * side * 0.94, width: Math.max(0.4, width - 0.4), height: (n / top) * side * 0.94, fill: "currentColor", "fill-opacity": 0.55 })),
      s("line", { class: "centre", x1: beside, x2: beside + side, y1: level, y2: level }),
      s("rect", { class: "frame", x: beside, y: 6, width: side, height: side }),
      s("text", { x: beside - 4, y: level + 3, "text-anchor": "end" }, Math.round(mean)),
      s("text", { x: beside - 4, y: 6 + side, "text-anchor": "end" }, "0"),
      s("text", { class: "axis-name", x: beside + side / 2, y: 6 + side + 29, "text-anchor": "middle" }, "start of acquisition → end")),
    h("p", {}, `CV between intervals ${cv.toFixed(1)} % (${expected.toFixed(1)} % expected from counting alone)`),
  );
}

function buildStrip(place) {
  if (!place || place.dataset.done) return;
  place.dataset.done = "yes";
  const i = Number(place.dataset.strip);
  const gates = stripOf(i) && gatesOf(i);
  const tube = tubes[i];
  if (!gates && !tube.counts.length) { place.remove(); return; }
  if (!gates) place.before(h("p", { class: "key" }, "The gates of this tube were not drawn. Use --report all to draw them."));
  const byName = new Map((gates || []).map((gate) => [gate.population, gate]));
  const names = [...new Set([...tube.counts.map((count) => count.population), ...byName.keys()])];
  const inOrder = [...new Set([...tube.gates.filter((name) => names.includes(name)), ...names])];
  const drawn = finalFirst(inOrder.map((population) => byName.get(population)).filter((gate) => gate && gate.x));
  const plain = inOrder.filter((name) => !byName.get(name)?.x);
  place.replaceChildren(...drawn.map((gate) => gateCard(i, gate, countOf(i, gate.population))), beadsCard(i),
    h("div", { class: "lines" }, plain.map((name) => plainLine(i, byName.get(name), countOf(i, name)))));
}

const stripWatch = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) {
    stripWatch.unobserve(entry.target);
    buildStrip(entry.target);
  }
}, { rootMargin: "700px 0px" });
