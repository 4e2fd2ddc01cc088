// The page as a whole: which tube and view is shown, the list of tubes, marks, and who reviews.
import { $, $$, api, ask, h, toast } from "./dom.js";

// stale: what was decided elsewhere changed the tube that is on the screen. open: what was moved and not kept, in words.
export const state = { order: [], at: -1, view: "tube", stale: false, open: "" };
export let run = null;

// Views of which each shows itself when it is chosen.
const views = {
  tube: async () => { if (state.stale) { state.stale = false; await (await import("./tube.js")).showTube(state.at); } },
  sheet: async () => (await import("./sheet.js")).showSheet(),
  log: async () => (await import("./decisions.js")).showLog(),
};
export const many = (number, one) => `${number} ${one}${number === 1 ? "" : "s"}`;
export const listed = (all, most = 6) => [...all.slice(0, most), ...(all.length > most ? [`and ${all.length - most} more`] : [])].join(", ");
export const beforeChanges = (tube, words) => `${words}${tube.outdated ? " (before your changes to this visit)" : ""}`;
export const tubeName = (i) => `${run.tubes[i].subject} · ${run.tubes[i].visit} · ${run.tubes[i].tube}`;
const CLASSES = { confirmed: "confirmed", "to review again": "again", exclude: "exclude", note: "note" };
export const markWords = (tube) => tube.marks.map((one) => h("span", { class: `mark-${CLASSES[one.mark]}` }, `${one.mark}${one.population ? ` ${one.population}` : ""} (${one.who}) `));

// Why there is nothing to review in a tube.
export const withoutGates = (i) => `${tubeName(i)} has no gates to review: ${run.tubes[i].excluded ? `it is excluded (${run.tubes[i].excluded})` : run.tubes[i].failed ? `it failed (${run.tubes[i].failed})` : "it was not gated"}.`;

// After a refusal, letters that follow at once are taken for a reason that somebody means to type, and decide nothing.
const WHILE = 2000;
let held = { until: 0, words: "" };
export function hold(words) { held = { until: performance.now() + WHILE, words }; toast(words); }
export function isHeld() {
  if (performance.now() > held.until) return false;
  hold(held.words);
  return true;
}

// A move that is neither kept nor put back: whatever would discard it or pass over it leads to its reason instead.
const openWords = () => `${state.open} was moved and not kept: give a reason and press Enter, or Esc to put it back.`;
export function isMoveOpen() {
  if (!state.open) return false;
  toast(openWords());
  $(state.view === "sheet" ? "#sheet-reason" : "#draft-reason").focus({ preventScroll: true });
  return true;
}
export function closeMove() {
  if ($("#toast").textContent === openWords()) toast("");
  state.open = "";
}
// Words typed in a dialog and not kept: a comment, a reason.
const isTyped = () => $("#ask").open && $("#ask-input").value.trim() !== $("#ask-input").defaultValue.trim();
addEventListener("beforeunload", (event) => { if (state.open || isTyped()) event.preventDefault(); });

// The reviewer's name, asked for before the first decision.
export async function named(act = "") {
  const there = $("#who").value.trim();
  if (there) return there;
  const who = await ask({ title: "Who reviews?", text: "Every decision is kept with a name.", label: "Name", act: `Use this name${act && ` and ${act}`}` });
  if (who) { $("#who").value = who; keepName(); }
  return who;
}
// A second reader is another person than the first: the name of one is never proposed to the other.
const names = () => (run.reading === 2 ? [sessionStorage, "tregate-who-second"] : [localStorage, "tregate-who"]);
export const keepName = () => { try { const [kept, key] = names(); kept.setItem(key, $("#who").value.trim()); } catch { /* private window */ } };
export const fillName = () => { try { const [kept, key] = names(); $("#who").value ||= kept.getItem(key) || ""; } catch { /* private window */ } };

export async function reload() {
  run = await api("/api/run");
  state.order = run.order;
  $("#study").textContent = `${run.study}${run.reading === 2 ? " — second reading" : ""}`;
  $("#progress").textContent = `${run.reviewed} of ${run.toReview} reviewed · ${many(run.entries, "decision")}`;
  $("#list-order").textContent = run.primary ? `Ordered by the effect of the gates on ${run.primary}: how far they may change it. Tubes that it does not depend on follow, by the effect on their own values. ▲: a check of the run warns; △: it warned before your changes to this visit.` : "In the order of the samples";
  const focus = document.activeElement?.closest("#tubes li")?.dataset.i;
  $("#tubes").replaceChildren(...state.order.map(line));
  if (focus) $(`#tubes li[data-i="${focus}"] button`)?.focus({ preventScroll: true });
  $("#signed").hidden = !run.signed.length;
  $("#signed").textContent = run.signed.map((one) => `${one.words.replace("signed", "Signed")}${one.broken.length ? ` — BROKEN: ${one.broken.join("; ")}` : ""}`).join(" · ");
  $("#signed").classList.toggle("broken", run.signed.some((one) => one.broken.length));
  for (const button of $$("#act-confirm, #act-again, #act-exclude, #act-comment, #act-undo, #sheet-right")) button.disabled = run.signed.length > 0;
}

export const LOCKED = "The study is signed, and so locked: nothing can be decided before it is opened again.";

// A check's warning is of the run: after a change to the visit it may be answered, until the tables are rebuilt.
function warning(tube) {
  if (!tube.warnings) return "";
  const words = tube.outdated ? "A check of the run warned, before your changes to this visit" : "A check of the run warns about this tube";
  return h("span", { class: tube.outdated ? "warn outdated" : "warn", title: words }, h("span", { "aria-hidden": "true" }, tube.outdated ? " △" : " ▲"), h("span", { class: "unseen" }, ` (${words})`));
}

// A tube of which some gates are confirmed or moved, and others are not.
export const partly = (tube) => (tube.reviewed || !tube.decided.length ? "" : `${tube.decided.length} of ${many(tube.toDecide, "gate")} reviewed`);

function line(i) {
  const tube = run.tubes[i];
  const last = tube.marks.at(-1)?.mark;
  const mark = tube.reviewed && last !== "exclude" ? "confirmed" : last === "confirmed" ? "" : last; // a gate is not the tube
  const sign = { confirmed: "✓", "to review again": "?", exclude: "–", note: "…" }[mark] || "";
  const isFailed = tube.failed && (!tube.gated || tube.missing.length > 0); // a move may have given it its value since
  const what = isFailed ? "failed" : tube.excluded ? "excluded" : [partly(tube), tube.primary ? `effect ${tube.effect} %${tube.outdated && tube.moved.length ? " before the move" : ""}` : ""].filter(Boolean).join(" · ");
  return h("li", { class: i === state.at ? "current" : "", "data-i": i }, h("button", { type: "button", onclick: () => go(i) },
    h("span", {}, tubeName(i), warning(tube)),
    h("span", { class: `mark-${CLASSES[mark] || ""}` }, sign, tube.moved.length ? h("span", { class: "hand" }, " ✎") : ""),
    h("small", {}, what)));
}

export async function go(i) {
  if (isMoveOpen()) return;
  state.stale = false;
  state.at = i;
  showView("tube");
  for (const item of $$("#tubes li")) item.classList.toggle("current", Number(item.dataset.i) === i);
  $("#tubes li.current")?.scrollIntoView({ block: "nearest" });
  history.replaceState(null, "", `#${i}`);
  // What is still on the screen is another tube: it is dimmed, and no mark is taken until this one is there.
  $("#view-tube").classList.toggle("waiting", document.body.dataset.tube !== String(i));
  const { showTube } = await import("./tube.js");
  try { await showTube(i); } catch (error) { toast(error.message); }
}

// What is still to be reviewed; `r` and `g` go there.
export const isLeft = (tube) => tube.gated && !tube.reviewed;

// The next tube in the list that is wanted; after the last one those before the tube that is shown.
export function ahead(wanted) {
  const at = state.order.indexOf(state.at);
  return [...state.order.slice(at + 1), ...state.order.slice(0, Math.max(at, 0))].find((i) => wanted(run.tubes[i]));
}

function allReviewed() {
  showView("log");
  toast(`All ${many(run.toReview, "tube")} are reviewed. Next: rebuild the tables if a decision waits, look at them, and sign.`);
}

export function nextLeft() {
  const i = ahead(isLeft);
  if (i !== undefined) go(i);
  else if (isLeft(run.tubes[state.at])) toast("This is the only tube that is not reviewed.");
  else allReviewed();
}

export function next(step, wanted = () => true) {
  let at = state.order.indexOf(state.at) + step;
  while (at >= 0 && at < state.order.length && !wanted(run.tubes[state.order[at]])) at += step;
  if (at >= 0 && at < state.order.length) { go(state.order[at]); return; }
  const left = run.toReview - run.reviewed;
  if (step < 0) toast("This is the first tube.");
  else if (left) toast(`No further tube. ${many(left, "tube")} ${left === 1 ? "is" : "are"} not reviewed: g goes to the next of them.`);
  else allReviewed();
}

// What speaks against confirming a tube as it is: the question that is asked first; null where nothing does.
function doubtAbout(i) {
  const { missing, critical } = run.tubes[i];
  if (!missing.length) return null;
  const what = `${missing.join(", ")} ${missing.length === 1 ? "was" : "were"} not measured`;
  return { title: `${what}: confirm nevertheless?`, text: [`${tubeName(i)}.`, ...critical].join(" "), label: "Reason", act: "Confirm" };
}

// What is being kept, in words: until it is there no other mark is taken.
let keeping = "";
// Whether the reader whose name is there confirmed the tube as it is.
const person = (name) => name.toLowerCase().split(/\s+/).filter(Boolean).join(" ");
const isMine = (i, population) => !population && run.tubes[i].confirmedBy.some((who) => person(who) === person($("#who").value));

// Mark tubes, or one gate of them; what needs a reason asks for it. True where it was kept.
export async function mark(tubes, population, kind, text = "") {
  if (run.signed.length) { toast(LOCKED); return false; }
  if (keeping) { toast(`${keeping} is still being kept: press again when it is.`); return false; }
  keeping = `"${kind}" of ${tubes.length === 1 ? tubeName(tubes[0]) : many(tubes.length, "tube")}`;
  try { return await kept(tubes, population, kind, text); } finally { keeping = ""; }
}

async function kept(tubes, population, kind, text) {
  const without = tubes.find((i) => !run.tubes[i].gated);
  if (without !== undefined) { toast(withoutGates(without)); return false; }
  const doubt = kind === "confirmed" && tubes.length === 1 && !isMine(tubes[0], population) ? doubtAbout(tubes[0]) : null;
  const who = await named(kind === "confirmed" && tubes.length === 1 && !doubt ? "confirm" : "");
  if (!who || !tubes.length) { if (who) toast(`No tube is left to mark. ${text}`.trim()); return false; }
  let reason = "";
  if (kind !== "confirmed" || doubt) {
    reason = await ask(doubt || { title: `${kind}: ${tubes.length === 1 ? tubeName(tubes[0]) : `${tubes.length} tubes`}`, label: "Reason" });
    if (!reason) return false;
  } else if (tubes.length > 1) {
    reason = await ask({ title: `Confirm ${population} of ${many(tubes.length, "tube")}`, text, label: "Note", required: false });
    if (reason === null) return false;
  }
  try {
    const { already } = await api("/api/mark", { tubes, population, mark: kind, who, reason });
    await reload();
    if (already.length) toast(`${already.length === 1 ? `${tubeName(already[0])} was` : `${many(already.length, "tube")} were`} confirmed by you already, and nothing changed since: no second entry.`);
    return true;
  } catch (error) { toast(error.message); return false; }
}

export async function markTube(kind, onward = true) {
  if (state.at < 0) { toast("No tube is shown."); return; }
  if (document.body.dataset.tube !== String(state.at)) { toast(`${tubeName(state.at)} is still being read: look at it first.`); return; }
  if (await mark([state.at], "", kind)) {
    if (onward) nextLeft();
    else go(state.at);
  }
}

export function showView(name) {
  if (isMoveOpen()) return;
  state.view = name;
  for (const view of Object.keys(views)) $(`#view-${view}`).hidden = view !== name;
  for (const button of $$("nav [data-view]")) button.toggleAttribute("aria-current", button.dataset.view === name);
  $("main").classList.toggle("wide", name !== "tube");
  views[name]().catch((error) => toast(error.message));
}
