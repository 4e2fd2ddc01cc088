// One gate over all tubes of a kind: compare, select, move by the same step, mark all at once.
import { $, $$, api, ask, h, toast } from "./dom.js";
import { draggable, grasp, stepped } from "./drag.js";
import { Plot } from "./plot.js";
import { go, many, mark, named, reload, run, state, tubeName } from "./app.js";

let sheet = null;
const chosen = new Set();
const plots = new Map();

function fillGates() {
  const gates = run.kinds[$("#sheet-kind").value] || [];
  const before = $("#sheet-gate").value;
  $("#sheet-gate").replaceChildren(...gates.map((name) => h("option", {}, name)));
  const final = run.final[$("#sheet-kind").value] || [];
  $("#sheet-gate").value = gates.includes(before) ? before : final.findLast((name) => gates.includes(name)) || gates[0];
}

export async function showSheet() {
  if (!$("#sheet-kind").options.length) {
    $("#sheet-kind").replaceChildren(...Object.keys(run.kinds).map((kind) => h("option", {}, kind)));
    fillGates();
  }
  const [kind, population] = [$("#sheet-kind").value, $("#sheet-gate").value];
  sheet = await api(`/api/sheet?${new URLSearchParams({ kind, population })}`);
  const focus = document.activeElement?.closest(".card")?.dataset.i;
  chosen.clear();
  plots.clear();
  const place = (card) => ({ effect: state.order.indexOf(card.i), subject: card.i, visit: run.visits.indexOf(run.tubes[card.i].visit) })[$("#sheet-order").value];
  sheet.cards.sort((a, b) => place(a) - place(b) || a.i - b.i);
  $("#sheet").replaceChildren(...sheet.cards.map(card));
  for (const plot of plots.values()) plot.draw();
  $("#sheet-empty").hidden = sheet.cards.length > 0;
  if (focus) $(`.card[data-i="${focus}"]`)?.focus({ preventScroll: true });
  tellChosen();
}

function card(answer) {
  const canvas = answer.gate?.x ? h("canvas", {}) : null;
  const figure = h("figure", { class: "card", tabindex: "0", role: "option", "aria-selected": "false", "data-i": answer.i,
    onclick: () => toggle(answer.i), ondblclick: () => go(answer.i), onkeydown: (event) => { if (event.key === " ") { event.preventDefault(); toggle(answer.i); } if (event.key === "Enter") { event.stopPropagation(); go(answer.i); } } },
    canvas || h("p", {}, "no plot"),
    h("figcaption", {}, answer.warnings.map((words) => h("span", { class: "warn", title: words }, "▲ ", h("span", { class: "unseen" }, `${words} `))), tubeName(answer.i), " ", h("b", {}, answer.percent === null ? "no %" : `${answer.percent} %`), " ", h("span", { class: "state" }, stateOf(answer))));
  if (canvas) {
    const plot = new Plot(canvas, answer.gate, { small: true });
    plots.set(answer.i, plot);
    draggable(plot, { moved: () => {}, left: () => moveChosen(answer.i), grasps: (one, px, py) => (chosen.has(answer.i) && one.edit && !run.signed.length ? grasp(one, px, py) && anywhere(one, px, py) : null) });
  }
  return figure;
}

// In the sheet a drag moves the whole gate, as every selected tube shall take the same step.
const anywhere = (plot, px, py) => {
  const from = structuredClone(plot.edit);
  return (qx, qy) => { plot.step = [plot.atX(qx) - plot.atX(px), plot.atY(qy) - plot.atY(py)]; return stepped(from, ...plot.step); };
};

function stateOf({ i, gate }) {
  const { decided, marks } = run.tubes[i];
  const is = (mark) => marks.some((one) => one.mark === mark && (!one.population || one.population === sheet?.population));
  if (!decided.includes(sheet?.population)) return is("to review again") ? "?" : "";
  return gate?.placedBy && !is("confirmed") ? "✎" : "✓";
}

function toggle(i) {
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

// Each tube is a decision of its own, kept before the next is asked.
async function moveChosen(from) {
  const { step } = plots.get(from);
  const who = await named();
  const reason = who && await ask({ title: `Move ${sheet.population} by the same step on ${many(chosen.size, "tube")}`, label: "Reason", act: "Move" });
  let kept = 0;
  if (reason) {
    for (const i of chosen) {
      try {
        await api("/api/move", { i, population: sheet.population, edit: { step }, who, reason });
        kept += 1;
        $("#sheet-chosen").textContent = `${kept} of ${chosen.size} moved`;
      } catch (error) { toast(`${tubeName(i)}: ${error.message}`); }
    }
    toast(`${many(kept, "gate")} moved and kept.`);
  }
  await reload();
  await showSheet();
}

export async function confirmShown() {
  const tubes = sheet.cards.filter(({ i, gate, events }) => gate && events !== null && !run.tubes[i].warnings).map(({ i }) => i);
  const left = sheet.cards.length - tubes.length;
  if (await mark(tubes, sheet.population, "confirmed", left ? `${many(left, "tube")} with a warning or without a value ${left === 1 ? "is" : "are"} omitted.` : "")) await showSheet();
}

for (const [id, act] of [["#sheet-kind", () => { fillGates(); showSheet(); }], ["#sheet-gate", () => showSheet()], ["#sheet-order", () => showSheet()]]) $(id).addEventListener("change", act);
$("#sheet-all").addEventListener("click", () => choose(true));
$("#sheet-none").addEventListener("click", () => choose(false));
$("#sheet-right").addEventListener("click", confirmShown);
