// One tube: its gates as plots, the figures of its visit, the gate that is being moved, and what was decided before.
import { $, $$, api, ask, h, toast } from "./dom.js";
import { draggable, grasp, handlesOf, nudged } from "./drag.js";
import { Plot, controlDots, controlWords } from "./plot.js";
import { LOCKED, ahead, beforeChanges, closeMove, isLeft, isMoveOpen, state, many, named, run, tubeName, reload, markWords, partly, withoutGates, hold } from "./app.js";

const plots = new Map();
let tube = null;
let draft = null;
let asked = null;
let busy = false;
let focused = "";

export const current = () => tube;
export const hasDraft = () => Boolean(draft);

// A tube without gates is shown at once, and nothing of another tube stays.
function showWithout(i) {
  render({ ...run.tubes[i], i, gates: [], controls: [], counts: [], figures: [], findings: [], decisions: [], seen: 0 });
}

export async function showTube(i) {
  const wanted = ++showTube.number;
  if (!run.tubes[i].gated) showWithout(i);
  const answer = await api(`/api/tube/${i}`);
  if (wanted !== showTube.number || (draft && draft.i === i)) return; // a move that was opened meanwhile stays
  render(answer);
  const next = ahead(isLeft);
  if (next !== undefined) api(`/api/ready/${next}`).catch(() => {});
}
showTube.number = 0;

function render(answer) {
  tube = answer;
  Object.assign(run.tubes[answer.i], { missing: answer.missing, critical: answer.critical }); // before the list is read again
  document.body.dataset.tube = String(answer.i);
  $("#view-tube").classList.remove("waiting");
  putDown();
  openBar(false);
  $("#tube-name").textContent = `${tubeName(answer.i)} — ${answer.file}`;
  $("#tube-marks").replaceChildren(...markWords(answer), answer.gates.length && partly(answer) ? h("b", {}, `${partly(answer)}. Confirm the tube with r when all look right.`) : "");
  const final = new Set(run.final[answer.tube] || []);
  const shown = answer.gates.filter((gate) => gate.x);
  shown.sort((a, b) => Number(final.has(b.population)) - Number(final.has(a.population)));
  plots.clear();
  $("#gates").replaceChildren(...shown.map((gate) => card(gate, final.has(gate.population))));
  for (const plot of plots.values()) plot.draw();
  showLogic(answer);
  showFigures(answer.figures);
  $("#gates-none").textContent = run.tubes[answer.i].gated ? "" : withoutGates(answer.i);
  // Why a tube is marked is above its plots, where one decides; notes stay below.
  const warned = answer.findings.filter((f) => f.severity !== "info");
  $("#warned").replaceChildren(...warned.map((f) => h("li", { class: f.severity }, `${signOf(f.severity)} ${beforeChanges(answer, f.message)}`)));
  $("#warned").hidden = !warned.length;
  list("#findings", `${many(answer.findings.length, "finding")} of the run${answer.outdated ? ", before your changes to this visit: they may no longer apply. Rebuild the tables to check again" : ""}`, answer.findings.map((f) => h("li", { class: f.severity }, f.message)));
  list("#history", `${many(answer.decisions.length, "decision")} about this tube`, answer.decisions.map(decisionLine));
  if (focused) $(`.gate[data-population="${CSS.escape(focused)}"]`)?.focus();
}

const decisionLine = (one) => h("li", { class: one.stands ? "" : "void" }, `${one.n}. ${one.action} ${one.population} — ${one.who}, ${one.time}${one.reason ? `: ${one.reason}` : ""}`);
const countOf = (answer, population) => answer.counts.find((count) => count.population === population);
const share = (answer, population) => { const count = countOf(answer, population); return count && count.percent !== null ? ` (${count.percent} %)` : ""; };

// Populations without a plot, such as complements: they follow a move as the plots do.
function showLogic(answer) {
  const now = new Map([...tube.gates, ...answer.gates].map((gate) => [gate.population, gate]));
  $("#logic").replaceChildren(...[...now.values()].filter(({ population }) => !plots.has(population)).flatMap((gate, k) => [k ? " · " : "", ...warningsOf(gate), `${gate.population}: ${gate.logic || gate.fallback || gate.method}${share(answer, gate.population)}`]));
}

function list(place, title, items) {
  $("summary", $(place)).textContent = title;
  $("ul, ol", $(place)).replaceChildren(...items);
  $(place).hidden = !items.length;
}

// A finding is marked on the plot of its population; one without a population on the gates of a marker that it names.
const axesOf = ({ kind, x, y }) => [x, kind === "range" ? null : y].filter(Boolean).map(([marker]) => marker);
const isAbout = (found, gate) => (found.population ? found.population === gate.population : axesOf(gate).some((marker) => found.message.split(/[^\w+-]+/).includes(marker)));
const signOf = (severity) => (severity === "fail" ? "◆" : tube.outdated ? "△" : "▲");
function warningsOf(gate) {
  return tube.findings.filter((found) => found.severity !== "info" && isAbout(found, gate)).map((found) =>
    h("span", { class: `sign ${found.severity}`, title: found.message }, h("span", { "aria-hidden": "true" }, signOf(found.severity)), h("span", { class: "unseen" }, found.message)));
}

const placedHow = (gate) => (gate.placedBy ? h("small", { class: "how hand", title: gate.reason }, `✎ ${gate.placedBy}: ${gate.reason}`)
  : h("small", { class: gate.fallback ? "how warn" : "how" }, gate.fallback ? `▲ ${gate.method} (fallback)` : gate.method));

function card(gate, final) {
  const canvas = h("canvas", { role: "img", "aria-label": `${gate.parent} with the gate ${gate.population}` });
  const plot = new Plot(canvas, gate);
  plots.set(gate.population, plot);
  const places = gate.places || [];
  const warned = warningsOf(gate);
  const figure = h("figure", { class: `gate${final ? " final" : ""}${gate.placedBy ? " by-hand" : ""}${warned.length ? " doubtful" : ""}`, tabindex: "0", "data-population": gate.population,
    onfocusin: () => { focused = gate.population; }, ondblclick: () => enlarge(gate.population) },
    h("figcaption", {}, ...warned, h("b", {}, gate.population), tube.decided.includes(gate.population) ? h("span", { class: "mark-confirmed", title: "reviewed" }, "✓") : "", h("small", {}, `of ${gate.parent}`)),
    canvas,
    h("div", { class: "numbers" }, ...numbers(countOf(tube, gate.population))),
    placedHow(gate),
    places.includes("automatic") ? h("button", { type: "button", onclick: () => choose(gate.population, "automatic") }, "Back to automatic") : "",
    places.length ? h("select", { "aria-label": `Other place for ${gate.population}`, onchange: ({ target }) => { const place = target.value; if (isOther(gate.population)) target.value = ""; choose(gate.population, place); } },
      h("option", { value: "" }, "other place …"), places.map((name) => h("option", { value: name }, name === "automatic" ? "back to automatic" : name))) : gate.places && gate.edit ? h("small", { class: "no-place" }, "Other tubes have no other place for this gate.") : "");
  draggable(plot, { moved: (edit) => tryEdit(gate.population, edit), left: (edit) => settle(gate.population, edit), missed, grasps });
  return figure;
}

function numbers(count) {
  if (!count) return [];
  return [h("b", {}, count.percent === null ? "no percentage" : `${count.percent} %`), ` ${count.events === null ? "not measured" : `${count.events} events`}`, count.perUl ? ` · ${count.perUl} /µL` : ""];
}

function showFigures(figures) {
  const before = new Map(tube.figures.map((figure) => [figure.measure, figure]));
  $("#figures").replaceChildren(...figures.filter((figure) => figure.text !== null || before.get(figure.measure)?.text).map((figure) => {
    const was = before.get(figure.measure);
    const changed = was && was.value !== figure.value;
    return h("span", { class: changed ? "changed" : "", "data-measure": figure.measure }, `${figure.label} `, changed ? h("del", {}, was.text || "none") : "", changed ? " " : "", h("b", {}, figure.text || "none"));
  }));
}

const cardOf = (population) => $(`.gate[data-population="${CSS.escape(population)}"]`);

// A gate that has a place only since the move: after the other plots, so that none goes away under the pointer.
function showNew(gate) {
  const figure = card(gate, (run.final[tube.tube] || []).includes(gate.population));
  figure.dataset.new = "yes";
  $("#gates").append(figure);
}

// What the server answered to a try: counts, figures, and the plots of the gate and of those below it.
function follow(answer) {
  for (const gate of answer.gates) {
    if (!gate.x) continue;
    if (!plots.has(gate.population)) showNew(gate);
    const plot = plots.get(gate.population);
    if (gate.population !== draft?.population) cardOf(gate.population).querySelector(".how").replaceWith(placedHow(gate));
    plot.take(gate, gate.population === draft?.population);
    plot.canvas.title = ""; // what it says of a control is of the gates that were kept
    if (large && gate.population === draft?.population) large.take(gate, true);
  }
  for (const [population] of plots) {
    const place = $(`.gate[data-population="${CSS.escape(population)}"] .numbers`);
    place.replaceChildren(...numbers(countOf(answer, population)));
  }
  showFigures(answer.figures);
  showLogic(answer);
  $("#draft-lost").textContent = answer.lost.length ? `▲ ${answer.lost.join("; ")}` : "";
  $("#draft-lost").title = answer.lost.join("\n");
  $("#draft-what").textContent = `${draft.population}: ${countOf(tube, draft.population)?.percent ?? "none"} % → ${countOf(answer, draft.population)?.percent ?? "none"} %`;
  if (large) $("#large-what").replaceChildren($("#draft-what").textContent);
  document.body.dataset.followed = String(Number(document.body.dataset.followed || 0) + 1);
}

// One question at a time; while it is under way only the newest waits.
async function pump() {
  if (busy) return;
  busy = true;
  while (asked) {
    const now = asked;
    asked = null;
    try {
      const answer = await api("/api/try", now);
      if (draft && draft.i === now.i && draft.population === now.population) follow(answer);
    } catch (error) { toast(error.message); }
  }
  busy = false;
}

function tryEdit(population, edit, place = "") {
  draft = { i: tube.i, population, edit, place };
  state.open = `${population} of ${tubeName(tube.i).replaceAll(" · ", " ")}`;
  openBar(true);
  asked = { i: tube.i, population, edit, place, keepBelow: $("#draft-below").value === "keep" };
  return pump();
}

// A drag that ends where it began is no move.
const isUnmoved = (population, edit) => JSON.stringify(tube.gates.find((gate) => gate.population === population)?.edit) === JSON.stringify(edit);

// The bar of the decision lies over the buttons; the figures keep their height, so that no plot moves under the pointer.
function openBar(open) {
  const figures = $("#figures");
  if (open && $("#draft").hidden) figures.style.height = `${figures.getBoundingClientRect().height}px`;
  if (!open) figures.style.height = "";
  $("#draft").hidden = !open;
  $("#acts").style.visibility = open ? "hidden" : "";
  if (!open) $("#draft-lost").textContent = "";
}

// One move at a time: another gate cannot be taken hold of before it is kept or put back.
const isOther = (population) => Boolean(draft) && draft.population !== population;
function isBarred(population) {
  if (tube.i === state.at) return isOther(population) && isMoveOpen();
  toast(`${tubeName(state.at)} is still being read.`);
  return true;
}
const grasps = (plot, ...at) => (run.signed.length || tube.i !== state.at || isOther(plot.gate.population) ? null : grasp(plot, ...at));

// No decision is open: the focus goes back to the page, and for a while letters decide nothing.
function missed() {
  if (isMoveOpen()) return;
  document.activeElement?.blur();
  hold(run.signed.length ? "The study is signed, and so locked: no gate can be moved before it is opened again." : "Nothing was moved, so no decision is open. Drag an edge, a corner or the inside of a gate.");
}

function settle(population, edit) {
  if (isUnmoved(population, edit)) { discard(); missed(); return; }
  tryEdit(population, edit);
  $("#draft-reason").focus({ preventScroll: true });
}

async function choose(population, place) {
  if (!place || isBarred(population)) return;
  if (run.signed.length) { toast(LOCKED); return; }
  await tryEdit(population, undefined, place);
  $("#draft-reason").focus({ preventScroll: true });
}

function putDown() {
  draft = null;
  asked = null;
  closeMove();
}

function restore() {
  putDown();
  for (const select of $$("#gates select")) select.value = "";
  for (const figure of $$("#gates [data-new]")) { plots.delete(figure.dataset.population); figure.remove(); }
  for (const gate of tube.gates.filter(({ population }) => plots.has(population))) {
    plots.get(gate.population).take(gate);
    cardOf(gate.population).querySelector(".how").replaceWith(placedHow(gate));
  }
  for (const [population] of plots) $(`.gate[data-population="${CSS.escape(population)}"] .numbers`).replaceChildren(...numbers(countOf(tube, population)));
  showFigures(tube.figures);
  showLogic(tube);
}

export function discard() {
  if (!draft) return;
  restore();
  openBar(false);
  $("#draft-reason").value = "";
}

export async function keepDraft() {
  if (!draft) return;
  const reason = $("#draft-reason").value.trim();
  if (!reason) { toast("A reason is required: it is kept with the change."); $("#draft-reason").focus(); return; }
  const who = await named("keep");
  if (!who) return;
  const { population, edit, place } = draft;
  try {
    const answer = await api("/api/move", { i: tube.i, population, edit, place, keepBelow: $("#draft-below").value === "keep", who, reason, seen: tube.seen });
    $("#draft-reason").value = "";
    render(answer.tube);
    toast(`Kept as entry ${answer.n}.`);
    await reload();
  } catch (error) {
    // Refused: who goes on typing is in the reason, or, where no decision is open any more, decides nothing.
    toast(error.message);
    if (error.status === 409) { hold(error.message); discard(); await showTube(tube.i); hold(error.message); } else $("#draft-reason").focus({ preventScroll: true });
  }
}

// Move the gate in focus by a small step, for those who use no pointer.
export function nudge(dx, dy) {
  if (run.signed.length) { toast(LOCKED); return; }
  const plot = plots.get(focused);
  if (isBarred(focused)) return;
  if (!plot || !plot.gate.edit) { toast("Choose a gate first: arrows move between gates."); return; }
  plot.edit = nudged(plot, dx, dy);
  plot.drawn = true;
  plot.handles = handlesOf(plot);
  plot.draw();
  tryEdit(focused, plot.edit);
}

export function focusGate(step) {
  const names = [...plots.keys()];
  if (!names.length) return;
  const at = names.indexOf(focused);
  focused = names[Math.min(Math.max(at + step, 0), names.length - 1)];
  $(`.gate[data-population="${CSS.escape(focused)}"]`).focus();
}

// A gate in the whole window; it stays there while the gate is moved, and the reason is asked for when it closes.
let large = null;
export function enlarge(population = focused) {
  const plot = plots.get(population);
  if (!plot) return;
  const canvas = h("canvas", { role: "img", "aria-label": `${plot.gate.parent} with the gate ${population}` });
  $("#large-plot").replaceChildren(h("h2", {}, `${tubeName(tube.i)}: ${population}`), h("p", { id: "large-what", role: "status" }, numbers(countOf(tube, population))), canvas);
  $("#large").showModal();
  large = new Plot(canvas, plot.gate);
  Object.assign(large, { edit: structuredClone(plot.edit), drawn: plot.drawn, overlay: plot.overlay, dots: plot.dots, others: plot.others });
  large.draw();
  const follows = (edit) => { plot.edit = edit; plot.drawn = true; tryEdit(population, edit); };
  draggable(large, { moved: follows, left: follows, missed, grasps });
}
$("#large").addEventListener("close", () => { large = null; if (draft) $("#draft-reason").focus({ preventScroll: true }); });
$("#large-close").addEventListener("click", () => $("#large").close());

// The gate at the baseline, the batch or a visit beside as a dashed line, then the events of each control tube as dots;
// each call shows the next one.
let overlaid = "";
export async function overlay() {
  const gates = [...new Set(tube.gates.flatMap((gate) => Object.keys(gate.overlays || {})))];
  const names = [...gates, ...tube.controls];
  const wanted = names[names.indexOf(overlaid) + 1] || "";
  overlaid = wanted;
  const here = tube.i;
  const control = tube.controls.includes(overlaid) ? await api(`/api/control/${tube.i}?${new URLSearchParams({ name: overlaid })}`) : { plots: {} };
  if (overlaid !== wanted || tube.i !== here) return; // another key or tube meanwhile
  for (const gate of tube.gates) {
    const plot = plots.get(gate.population);
    if (!plot) continue;
    const shown = control.plots[gate.population];
    plot.overlay = gate.overlays?.[overlaid];
    plot.others = shown && controlDots(shown);
    plot.canvas.title = shown ? controlWords(overlaid, shown) : "";
    plot.draw();
  }
  document.body.dataset.overlaid = overlaid || "none";
  const own = control.plots[focused];
  toast(control.problem || (own ? `${controlWords(overlaid, own)}.` : tube.controls.includes(overlaid) ? `Dots: events of ${overlaid}, within the gates that were kept.` : overlaid ? `Dashed: the gates of ${overlaid}.` : "No other gates are shown."));
}

// Events of the population in focus on the plots of all gates that they passed.
let behind = "";
export async function backGate() {
  behind = behind === focused ? "" : focused;
  const dots = behind ? await api(`/api/back/${tube.i}?${new URLSearchParams({ population: behind })}`) : {};
  for (const [population, plot] of plots) { plot.dots = dots[population]; plot.draw(); }
  toast(behind ? `Dots: events of ${behind}.` : "Choose a gate with the arrows; b shows its events on all gates above.");
}

export async function undoLast() {
  if (run.signed.length) { toast(LOCKED); return; }
  const last = [...tube.decisions].reverse().find((one) => one.undoable);
  if (!last) { toast("Nothing was decided about this tube that could be undone."); return; }
  const who = await named();
  const reason = who && await ask({ title: `Undo entry ${last.n}: ${last.action} ${last.population}`, label: "Reason", act: "Undo" });
  if (!reason) return;
  try {
    render((await api("/api/undo", { i: tube.i, n: last.n, who, reason, seen: tube.seen })).tube);
    await reload();
  } catch (error) { toast(error.message); }
}

$("#draft-keep").addEventListener("click", keepDraft);
$("#draft-discard").addEventListener("click", discard);
$("#draft-below").addEventListener("change", () => draft && tryEdit(draft.population, draft.edit, draft.place));
$("#draft-reason").addEventListener("keydown", (event) => {
  if (event.key === "Enter") { event.preventDefault(); keepDraft(); }
  if (event.key === "Escape") { event.preventDefault(); discard(); event.target.blur(); }
});
addEventListener("resize", () => { for (const plot of plots.values()) plot.draw(); });
