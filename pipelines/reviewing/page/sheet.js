// One gate over all tubes of a kind: compare, select, move by the same step, mark all at once.
import { $, $$, api, h, toast } from "./dom.js";
import { draggable, grasp, stepped } from "./drag.js";
import { Plot, commonLimits } from "./plot.js";
import { beforeChanges, closeMove, go, isMoveOpen, listed, many, mark, named, reload, run, state, tubeName } from "./app.js";

let sheet = null;
const chosen = new Set();
const plots = new Map();
let shift = [0, 0]; // step of the move that is open
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
    draggable(plot, { moved: showShift, left: openMove, grasps: (one, px, py) => (chosen.has(answer.i) && one.edit && !run.signed.length ? grasp(one, px, py) && anywhere(one, px, py) : null) });
  }
  return figure;
}

// In the sheet a drag moves the whole gate, as every selected tube shall take the same step.
const anywhere = (plot, px, py) => {
  const [x, y] = shift;
  return (qx, qy) => { shift = [x + plot.atX(qx) - plot.atX(px), y + plot.atY(qy) - plot.atY(py)]; return stepped(plot.gate.edit, ...shift); };
};

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
const movable = () => [...chosen].filter((i) => plots.get(i)?.gate.edit);

function showShift() {
  for (const i of movable()) {
    const plot = plots.get(i);
    plot.edit = stepped(plot.gate.edit, ...shift);
    plot.drawn = true;
    plot.draw();
  }
}

function openMove() {
  state.open = `${sheet.population} of ${many(movable().length, "tube")}`;
  $("#sheet-what").textContent = `${sheet.population}: the same step on ${many(movable().length, "tube")}`;
  bar(true);
  $("#sheet-reason").focus({ preventScroll: true });
  follow();
}

// What the step does to the percentage of each tube, one tube after the other; another step begins anew.
async function follow() {
  const turn = ++follow.number;
  const keepBelow = $("#sheet-below").value === "keep";
  for (const i of movable()) {
    try {
      const answer = await api("/api/try", { i, population: sheet.population, edit: { step: shift }, keepBelow, pictures: false });
      if (turn !== follow.number) return;
      const after = answer.counts.find((count) => count.population === sheet.population)?.percent;
      percentOf(i).replaceChildren(`${percentWords(sheet.cards.find((one) => one.i === i).percent)} → ${percentWords(after)}`, answer.lost.length ? h("span", { class: "warn" }, ` ▲ ${answer.lost.join("; ")}`) : "");
    } catch (error) { toast(`${tubeName(i)}: ${error.message}`); }
  }
}
follow.number = 0;

function bar(open) {
  $("#sheet-draft").hidden = !open;
  for (const one of $$("#sheet-kind, #sheet-gate, #sheet-order, #sheet-all, #sheet-none")) one.disabled = open;
}

function putDown() {
  follow.number += 1;
  shift = [0, 0];
  closeMove();
  bar(false);
}

export function discardStep() {
  if (!state.open) return;
  putDown();
  for (const plot of plots.values()) plot.take(plot.gate);
  for (const { i, percent } of sheet.cards) percentOf(i).textContent = percentWords(percent);
}

// Each tube is a decision of its own, kept before the next is asked.
async function keepStep() {
  const reason = $("#sheet-reason").value.trim();
  if (!reason) { toast("A reason is required: it is kept with the change."); $("#sheet-reason").focus(); return; }
  const who = await named("move");
  if (!who || !state.open) return;
  const [step, keepBelow] = [shift, $("#sheet-below").value === "keep"];
  let kept = 0;
  for (const i of movable()) {
    try {
      await api("/api/move", { i, population: sheet.population, edit: { step }, keepBelow, who, reason });
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
