// Views, keys, printing.
const views = ["overview", "tubes", "gates", "subjects", "time", "provenance"];
const firstShown = { gates: () => { fillGateNames(); showGate(); }, subjects: showSubject, time: () => { showControl(); showDrift(); } };
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

const gateInFocus = () => document.activeElement.closest("[data-population]:is(.gate, .thumb, .visit-plot)");
const tubeOf = (gate) => Number((gate.closest("[data-i]") || gate).dataset.i);

// As in `tregate review`, `r` and `a` mark the tube, also while one of its gates has the focus; by gate, the buttons do.
function markInFocus(kind) {
  const i = view === "tubes" ? current : -1;
  if (i < 0) { brief("r and a mark the tube that is shown in Tubes: n goes to the next. The buttons of a gate mark the gate."); return; }
  if (kind !== "right") toggleMark(markKey(i, ""), kind);
  else if (setMark(markKey(i, ""), { mark: kind })) step(1);
}

function otherCard(direction) {
  const gate = gateInFocus();
  const cards = gate?.matches(".gate") || (!gate && view === "tubes") ? $$(".gate[data-population]", articles.get(gate ? tubeOf(gate) : current)) : $$("#gate-grid .thumb");
  if (cards.length) cards[Math.min(Math.max(cards.indexOf(gate) + direction, 0), cards.length - 1)].focus();
}

function withGate(act) {
  const gate = gateInFocus();
  if (gate) act(tubeOf(gate), gate.dataset.population);
  else brief("Choose a gate first: the arrows move between gates.");
}

const arrow = (key, act) => () => { if (view === "subjects") overVisits(key); else if ((view === "tubes" && current >= 0) || view === "gates") act(); else return false; return true; };

const keys = {
  n: () => step(1), j: () => step(1), p: () => step(-1), k: () => step(-1),
  f: () => step(1, (i) => tubes[i].flagged),
  g: () => step(1, (i) => !isLookedAt(i)),
  r: () => markInFocus("right"), a: () => markInFocus("again"),
  e: exportReview,
  Enter: () => (gateInFocus() && !document.activeElement.matches("a, button, summary") ? withGate(enlarge) : false),
  b: () => withGate((i, population) => (view === "tubes" ? backGate(i, population) : enlarge(i, population))),
  ArrowRight: arrow("ArrowRight", () => otherCard(1)), ArrowLeft: arrow("ArrowLeft", () => otherCard(-1)),
  ArrowUp: () => (view === "subjects" ? overVisits("ArrowUp") : false), ArrowDown: () => (view === "subjects" ? overVisits("ArrowDown") : false),
  "/": () => { showView("tubes"); $("#find").focus(); },
  "?": () => $("#help").showModal(),
};
views.forEach((name, k) => { keys[k + 1] = () => { history.pushState(null, "", `#${name}`); showView(name); }; });

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
  if (event.target.matches("input, select, textarea")) {
    if (event.key === "Escape") { event.preventDefault(); event.target.blur(); }
    return;
  }
  const act = keys[event.key];
  if (!act) return;
  // A key that is held decides once: what it would mark next was not looked at.
  if (event.repeat && "ra".includes(event.key)) event.preventDefault();
  else if (act() !== false) event.preventDefault();
}

// A printed page is light and whole: every strip that the filter shows is built first.
let themeBefore = "light";
function beforePrint() {
  themeBefore = theme();
  setTheme("light");
  if (view === "tubes") for (const i of order) if (!rows.get(i).hidden) buildStrip($(".strip", articles.get(i)));
  if (view === "gates") $$("#gate-grid .thumb").forEach(fillThumb);
  for (const canvas of $$(`#view-${view} canvas`)) canvas.plot.draw(2);
}
