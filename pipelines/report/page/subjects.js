// A subject's visits side by side: a row a gate, a column a visit, all on the same axes.
const bySubject = $("#subject-name");
const byKind = $("#subject-kind");

function showSubject() {
  const [subject, kind] = [bySubject.value, byKind.value];
  const here = tubes.map((_, i) => i).filter((i) => tubes[i].subject === subject && tubes[i].tube === kind);
  const visits = [...new Set([...run.visits, ...here.map((i) => tubes[i].visit)])].map((visit) => [visit, here.find((i) => tubes[i].visit === visit)]);
  const base = here.find((i) => tubes[i].visit === run.baseline);
  const names = [...new Set(here.flatMap((i) => finalFirst(plotted(i)).map((gate) => gate.population)))];
  $("#subject-visits").replaceChildren(
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Gate"), visits.map(([visit, i]) => h("th", { scope: "col" }, visit, i === undefined ? "" : h("a", { href: `#tube-${i}` }, " all gates"))))),
    h("tbody", {}, names.map((name) => {
      const shown = here.map((i) => gateOf(i, name)).filter((gate) => gate && gate.x);
      const view = commonLimits(shown);
      return h("tr", {}, h("th", { scope: "row" }, name, scalesDiffer(here, name) ? h("small", {}, "scales differ around 0") : ""), visits.map(([, i]) => h("td", {}, i === undefined ? "no tube" : visitPlot(i, name, view, base))));
    })),
  );
  if (!here.length) $("#subject-visits").replaceChildren(h("caption", {}, `${subject} has no tube ${kind}.`));
}

function scalesDiffer(here, name) {
  const shown = here.filter((i) => gateOf(i, name)?.x);
  return shown.some((i) => !alike(shown[0], i, gateOf(i, name)));
}

function visitPlot(i, name, view, base) {
  const gate = gateOf(i, name);
  const count = countOf(i, name);
  if (!gate || !gate.x) return tubes[i].state === "gated" ? "no plot" : tubes[i].state;
  const before = base === undefined || base === i ? null : countOf(base, name);
  const fold = count && before && Number(before.percent) > 0 && count.percent !== null ? ` · × ${(plainNumber(count.percent) / plainNumber(before.percent)).toPrecision(3)}` : "";
  return h("figure", { class: "visit-plot", tabindex: "0", "data-i": i, "data-population": name, ondblclick: () => enlarge(i, name) },
    gateCanvas(gate, `${tubeName(i)}: ${plotWords(i, gate)}`, { small: true, view }),
    h("figcaption", {}, h("b", {}, count && count.percent !== null ? `${count.percent} %` : "no percentage"), fold, count && count.perUl ? h("small", {}, ` ${count.perUl} /µL`) : ""));
}

const plainNumber = (text) => Number(text.replace(/[^\d.]/g, ""));

// Arrows: left and right over the visits, up and down over the subjects.
function overVisits(key) {
  if (key === "ArrowUp" || key === "ArrowDown") {
    const at = bySubject.selectedIndex + (key === "ArrowDown" ? 1 : -1);
    if (at < 0 || at >= bySubject.options.length) { brief("No further subject."); return; }
    const focused = document.activeElement.dataset?.population;
    bySubject.selectedIndex = at;
    showSubject();
    if (focused) $(`#subject-visits [data-population="${CSS.escape(focused)}"]`)?.focus();
    return;
  }
  const all = $$("#subject-visits .visit-plot");
  const at = all.indexOf(document.activeElement);
  all[Math.min(Math.max(at + (key === "ArrowRight" ? 1 : -1), 0), all.length - 1)]?.focus();
}
