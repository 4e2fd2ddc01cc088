// Views, keys, printing.
const views = ["overview", "tubes", "gates", "time", "provenance"];
const firstShown = { gates: () => { fillGateNames(); showGate(); }, time: () => { showControl(); showDrift(); } };
const shownBefore = new Set();
let view = "";

function showView(name) {
  if (view === name) return;
  view = name;
  for (const other of views) $(`#view-${other}`).hidden = other !== name;
  for (const link of $$("nav [data-view]")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (!shownBefore.has(name) && firstShown[name]) firstShown[name]();
  shownBefore.add(name);
  scrollTo(0, 0);
}

function follow() {
  const hash = location.hash.slice(1);
  const tube = /^tube-(\d+)$/.exec(hash);
  if (tube && articles.has(Number(tube[1]))) goTo(Number(tube[1]));
  else if (hash !== "main") showView(views.includes(hash) ? hash : "overview");
}

function showMeasure() {
  for (const table of $$("table.visits")) table.hidden = table.dataset.measure !== $("#measure").value;
}

function markInFocus(kind) {
  const gate = document.activeElement.closest(".gate[data-population]");
  const i = gate ? Number(gate.closest("article").dataset.i) : current;
  if (i >= 0) toggleMark(markKey(i, gate ? gate.dataset.population : ""), kind);
}

const keys = {
  n: () => step(1), j: () => step(1), p: () => step(-1), k: () => step(-1),
  f: () => step(1, (i) => tubes[i].flagged),
  r: () => markInFocus("right"), a: () => markInFocus("again"),
  e: exportReview,
  "/": () => { showView("tubes"); $("#find").focus(); },
  "?": () => $("#help").showModal(),
};
views.forEach((name, k) => { keys[k + 1] = () => { history.pushState(null, "", `#${name}`); showView(name); }; });

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("#help").open) return;
  if (event.target.matches("input, select, textarea")) {
    if (event.key === "Escape") { event.preventDefault(); event.target.blur(); }
    return;
  }
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

// A printed page is light and whole: every strip that the filter shows is built first.
let themeBefore = "light";
function beforePrint() {
  themeBefore = theme();
  setTheme("light");
  if (view === "tubes") for (const i of order) if (!rows.get(i).hidden) buildStrip($(".strip", articles.get(i)));
  if (view === "gates") $$("#gate-grid .thumb").forEach(fillThumb);
}
