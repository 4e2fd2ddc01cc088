// One gate over all tubes of a kind: compare, select, move by the same step, mark all at once.
import { $, $$, api, h, toast } from "./dom.js";
import { draggable, grasp, stepped } from "./drag.js";
import { Plot, commonLimits } from "./plot.js";
import { LOCKED, beforeChanges, closeMove, go, hold, isMoveOpen, listed, many, mark, named, reload, run, state, tubeName } from "./app.js";

let sheet = null;
const chosen = new Set();
const plots = new Map();
let shift = null; // of the move that is open: {step: [dx, dy]}, or {cut} of learned gates
let heldOn = null; // the tube on whose plot it is drawn
let moves = 0; // that were opened and ended
let limits = null;
const CHOSEN = "tregate-sheet";

function fillGates() {
  const gates = run.kinds[$("#sheet-kind").value] || [];
  const before = $("#sheet-gate").value;
  $("#sheet-gate").replaceChildren(...gates.map((name) => h("option", {}, name)));
  const final = run.final[$("#sheet-kind").value] || [];
  $("#sheet-gate").value = gates.includes(before) ? before : final.findLast((name) => gates.includes(name)) || gates[0];
}

export async function showSheet() {
  if (!$("#sheet-kind").options.length) {
    const kinds = Object.keys(run.kinds).filter((kind) => run.kinds[kind].length);
    $("#sheet-kind").replaceChildren(...kinds.map((kind) => h("option", {}, kind)));
    // First the kind of tube that matters most to the primary endpoint, or what was chosen before the page was loaded again.
    const [kind, gate] = JSON.parse(sessionStorage.getItem(CHOSEN) || "[]");
    $("#sheet-kind").value = [kind, ...state.order.map((i) => run.tubes[i].tube)].find((one) => kinds.includes(one)) || "";
    fillGates();
    if (run.kinds[$("#sheet-kind").value]?.includes(gate)) $("#sheet-gate").value = gate;
  }
  const [kind, population] = [$("#sheet-kind").value, $("#sheet-gate").value];
  sessionStorage.setItem(CHOSEN, JSON.stringify([kind, population]));
  const turn = ++showSheet.number;
  const answer = await api(`/api/sheet?${new URLSearchParams({ kind, population })}`);
  if (turn !== showSheet.number) return; // another gate was chosen meanwhile
  sheet = answer;
  const focus = document.activeElement?.closest(".card")?.dataset.i;
  chosen.clear();
  plots.clear();
  limits = commonLimits(sheet.cards.map(({ gate }) => gate).filter((gate) => gate?.x));
  const place = (card) => ({ effect: state.order.indexOf(card.i), subject: card.i, visit: run.visits.indexOf(run.tubes[card.i].visit) })[$("#sheet-order").value];
  sheet.cards.sort((a, b) => place(a) - place(b) || a.i - b.i);
  $("#sheet").replaceChildren(...sheet.cards.map(card));
  for (const plot of plots.values()) plot.draw();
  $("#sheet-empty").hidden = sheet.cards.length > 0;
  if (focus) $(`.card[data-i="${focus}"]`)?.focus({ preventScroll: true });
  tellChosen();
}
showSheet.number = 0;

const percentWords = (percent) => (percent === null || percent === undefined ? "no %" : `${percent} %`);

function warned(tube, message) {
  const words = beforeChanges(tube, message);
  return h("span", { class: tube.outdated ? "warn outdated" : "warn", title: words }, tube.outdated ? "△ " : "▲ ", h("span", { class: "unseen" }, `${words} `));
}

function card(answer) {
  const canvas = answer.gate?.x ? h("canvas", {}) : null;
  const figure = h("figure", { class: "card", tabindex: "0", role: "option", "aria-selected": "false", "data-i": answer.i,
    onclick: () => toggle(answer.i), ondblclick: () => go(answer.i), onkeydown: (event) => { if (event.key === " ") { event.preventDefault(); toggle(answer.i); } if (event.key === "Enter") { event.stopPropagation(); go(answer.i); } } },
    canvas || h("p", {}, "no plot"),
    h("figcaption", {}, answer.warnings.map((words) => warned(run.tubes[answer.i], words)), tubeName(answer.i), " ", h("b", {}, percentWords(answer.percent)), " ", h("span", { class: "state" }, stateOf(answer))));
  if (canvas) {
    const plot = new Plot(canvas, answer.gate, { view: limits });
    plots.set(answer.i, plot);
    draggable(plot, { moved: showShift, left: openMove, missed: () => missed(answer.i), grasps: (one, px, py) => (chosen.has(answer.i) && isMovable(answer.i) && !run.signed.length ? anywhere(one, answer.i, px, py) : null) });
  }
  return figure;
}

// In the sheet a drag moves the whole gate, as every selected tube shall take the same step: of a learned gate the cut.
function anywhere(plot, i, px, py) {
  const held = grasp(plot, px, py);
  if (!held) return null;
  heldOn = i;
  const of = plot.gate.edit;
  if ("cut" in of) return (qx, qy) => { const made = held(qx, qy); shift = { cut: made.cut }; return made; };
  const [x, y] = shift?.step || [0, 0];
  return (qx, qy) => { shift = { step: [x + plot.atX(qx) - plot.atX(px), y + plot.atY(qy) - plot.atY(py)] }; return stepped(of, ...shift.step); };
}

// The selection stays, and for a while letters decide nothing.
function missed(i) {
  if (isMoveOpen()) return;
  shift = heldOn = null;
  hold(run.signed.length ? LOCKED : chosen.has(i) ? "Nothing was moved. Drag an edge or the inside of a selected gate; 1 shows the gate in its tube." : "Nothing was moved: this plot is not selected. Click it, then drag its gate.");
}

function stateOf({ i, gate }) {
  const { decided, marks } = run.tubes[i];
  const is = (mark) => marks.some((one) => one.mark === mark && (!one.population || one.population === sheet?.population));
  if (!decided.includes(sheet?.population)) return is("to review again") ? "?" : "";
  return gate?.placedBy && !is("confirmed") ? "✎" : "✓";
}

function toggle(i) {
  if (isMoveOpen()) return;
  if (chosen.has(i)) chosen.delete(i);
  else chosen.add(i);
  $(`.card[data-i="${i}"]`).setAttribute("aria-selected", String(chosen.has(i)));
  tellChosen();
}

function choose(all) {
  chosen.clear();
  if (all) for (const { i } of sheet.cards) chosen.add(i);
  for (const figure of $$("#sheet .card")) figure.setAttribute("aria-selected", String(all));
  tellChosen();
}

const tellChosen = () => { $("#sheet-chosen").textContent = `${chosen.size} of ${sheet.cards.length} selected`; };

// ---------------------------------------------------------------- the move of all that are selected

const percentOf = (i) => $(`.card[data-i="${i}"] figcaption b`);
const cardOf = (i) => sheet.cards.find((one) => one.i === i); // as it was before the move
// A learned gate takes no step along the axes, and another gate no change of a cut.
const isMovable = (i) => { const edit = plots.get(i)?.gate.edit; return Boolean(edit) && (!shift || "cut" in edit === "cut" in shift); };
const movable = () => [...chosen].filter(isMovable);

function showShift() {
  for (const i of movable()) {
    const plot = plots.get(i);
    plot.edit = shift.step ? stepped(cardOf(i).gate.edit, ...shift.step) : { ...shift };
    plot.drawn = true;
    plot.draw();
  }
  if ("cut" in shift) follow(); // where the edge of a learned gate runs is what the server says
}

function openMove() {
  state.open = `${sheet.population} of ${many(movable().length, "tube")}`;
  const others = [...chosen].filter((i) => !isMovable(i)).map(tubeName);
  $("#sheet-what").textContent = `${sheet.population}: the same step on ${many(movable().length, "tube")}${others.length ? `; without it, as their gate is of another form or has no place: ${listed(others)}` : ""}`;
  bar(true);
  $("#sheet-reason").focus({ preventScroll: true });
  follow();
}

// What the step does to each tube, that which is held first. Another step begins anew, and waits for the answer that is under way.
async function follow() {
  asked += 1;
  if (busy) return;
  busy = true;
  for (let turn = 0; shift && turn !== asked;) {
    turn = asked;
    for (const i of movable().sort((a, b) => Number(b === heldOn) - Number(a === heldOn))) {
      const now = moves;
      const answer = await tried(i);
      if (answer && now === moves) showEffect(i, answer);
      if (turn !== asked || now !== moves) break;
    }
  }
  busy = false;
}
let asked = 0;
let busy = false;

async function tried(i) {
  const keepBelow = $("#sheet-below").value === "keep";
  try { return await api("/api/try", { i, population: sheet.population, edit: shift, keepBelow, pictures: "cut" in shift }); }
  catch (error) { toast(`${tubeName(i)}: ${error.message}`); return null; }
}

function showEffect(i, answer) {
  const after = answer.counts.find((count) => count.population === sheet.population)?.percent;
  percentOf(i).replaceChildren(`${percentWords(cardOf(i).percent)} → ${percentWords(after)}`, answer.lost.length ? h("span", { class: "warn" }, ` ▲ ${answer.lost.join("; ")}`) : "");
  const gate = "cut" in shift && answer.gates.find((one) => one.population === sheet.population);
  if (gate?.x) plots.get(i).take(gate, true);
}

function bar(open) {
  $("#sheet-draft").hidden = !open;
  for (const one of $$("#sheet-kind, #sheet-gate, #sheet-order, #sheet-all, #sheet-none")) one.disabled = open;
}

function putDown() {
  moves += 1;
  shift = heldOn = null;
  closeMove();
  bar(false);
}

export function discardStep() {
  if (!state.open) return;
  putDown();
  for (const [i, plot] of plots) plot.take(cardOf(i).gate);
  for (const { i, percent } of sheet.cards) percentOf(i).textContent = percentWords(percent);
}

// Each tube is a decision of its own, kept before the next is asked.
async function keepStep() {
  const reason = $("#sheet-reason").value.trim();
  if (!reason) { toast("A reason is required: it is kept with the change."); $("#sheet-reason").focus(); return; }
  const who = await named("move");
  if (!who || !state.open) return;
  const [edit, keepBelow] = [shift, $("#sheet-below").value === "keep"];
  let kept = 0;
  for (const i of movable()) {
    try {
      await api("/api/move", { i, population: sheet.population, edit, keepBelow, who, reason });
      kept += 1;
      $("#sheet-chosen").textContent = `${kept} of ${chosen.size} moved`;
    } catch (error) { toast(`${tubeName(i)}: ${error.message}`); }
  }
  toast(`${many(kept, "gate")} moved and kept.`);
  $("#sheet-reason").value = "";
  document.activeElement?.blur();
  putDown();
  await reload();
  await showSheet();
}

$("#sheet-keep").addEventListener("click", keepStep);
$("#sheet-discard").addEventListener("click", discardStep);
$("#sheet-below").addEventListener("change", follow);
$("#sheet-reason").addEventListener("keydown", (event) => {
  if (event.key === "Enter") { event.preventDefault(); keepStep(); }
  if (event.key === "Escape") { event.preventDefault(); discardStep(); event.target.blur(); }
});

export async function confirmShown() {
  if (isMoveOpen()) return;
  const tubes = sheet.cards.filter(({ i, gate, events }) => gate && events !== null && !run.tubes[i].warnings).map(({ i }) => i);
  const left = sheet.cards.map(({ i }) => i).filter((i) => !tubes.includes(i)).map(tubeName);
  const omitted = left.length ? `${many(left.length, "tube")} with a warning or without a value ${left.length === 1 ? "is" : "are"} omitted: ${listed(left)}.` : "";
  if (await mark(tubes, sheet.population, "confirmed", omitted)) await showSheet();
}

for (const [id, act] of [["#sheet-kind", () => { fillGates(); showSheet(); }], ["#sheet-gate", () => showSheet()], ["#sheet-order", () => showSheet()]]) $(id).addEventListener("change", act);
$("#sheet-all").addEventListener("click", () => choose(true));
$("#sheet-none").addEventListener("click", () => choose(false));
$("#sheet-right").addEventListener("click", confirmShown);
