// What each key does. A key that cannot do anything says why.
import { $, h } from "./dom.js";
import { confirmShown, discardStep } from "./sheet.js";
import { backGate, discard, enlarge, focusGate, hasDraft, keepDraft, nudge, overlay, undoLast } from "./tube.js";
import { isHeld, isMoveOpen, markTube, next, nextLeft, showView, state } from "./app.js";

const STEP = 0.005;
const tubeOnly = (act) => () => (state.view === "tube" ? act() : showView("tube"));

const KEYS = {
  r: ["confirm the tube and go to the next that is not reviewed", tubeOnly(() => markTube("confirmed"))],
  a: ["to review again (asks why), next", tubeOnly(() => markTube("to review again"))],
  x: ["exclude the tube (asks why), next", tubeOnly(() => markTube("exclude"))],
  c: ["comment", tubeOnly(() => markTube("note", false))],
  u: ["undo the last decision about the tube; again: the one before", tubeOnly(undoLast)],
  o: ["overlay the gates of the baseline, the batch, a visit beside; the events of a control tube", tubeOnly(overlay)],
  b: ["show the events of the gate in focus on all gates above", tubeOnly(backGate)],
  n: ["next tube", () => next(1)],
  p: ["previous tube", () => next(-1)],
  g: ["next tube that is not reviewed", nextLeft],
  f: ["next tube with a warning", () => next(1, (tube) => tube.warnings)],
  R: ["confirm the gate that is shown of all tubes without a warning (view 2)", () => (state.view === "sheet" ? confirmShown() : showView("sheet"))],
  ArrowRight: ["next gate", () => focusGate(1)],
  ArrowLeft: ["previous gate", () => focusGate(-1)],
  "Shift + arrows": ["move the gate by a small step; learned gates grow or shrink", null],
  Enter: ["enlarge the gate; keep an open move", () => (hasDraft() ? keepDraft() : state.open ? isMoveOpen() : enlarge())],
  Escape: ["discard the move", () => (state.view === "sheet" ? discardStep() : hasDraft() && discard())],
  1: ["one tube", () => showView("tube")],
  2: ["one gate over all tubes", () => showView("sheet")],
  3: ["decisions", () => showView("log")],
  "?": ["this list", () => $("#help").showModal()],
};
const NUDGES = { ArrowRight: [STEP, 0], ArrowLeft: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };

$("#keys").append(...Object.entries(KEYS).flatMap(([key, [words]]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, words)]));
// While a move is open these do what they say; letters and digits are the beginning of its reason.
const LOOKS = ["ArrowRight", "ArrowLeft", "Enter", "Escape", "?"];
const isWritten = ({ key }) => key.length === 1 && ![" ", "?"].includes(key);
// One press, one decision, however long the key is held.
const DECIDE = ["r", "a", "x", "c", "u", "R"];
const press = (key) => { if (LOOKS.includes(key) || !isMoveOpen()) KEYS[key][1](); };
const BUTTONS = { confirm: "r", again: "a", exclude: "x", comment: "c", undo: "u", overlay: "o", back: "b", previous: "p", next: "n" };
for (const [name, key] of Object.entries(BUTTONS)) {
  $(`#act-${name}`).title = KEYS[key][0];
  $(`#act-${name}`).addEventListener("click", () => press(key));
}
$("#help-open").addEventListener("click", () => $("#help").showModal());
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  // For a moment after a dialog was closed the focus is still in it: what is pressed then is meant for the page.
  if (event.target.matches("input, select, textarea") && !event.target.closest("dialog:not([open])")) return;
  if (event.shiftKey && NUDGES[event.key] && state.view === "tube") {
    event.preventDefault();
    nudge(...NUDGES[event.key]);
    return;
  }
  if (isWritten(event) && isMoveOpen()) return;
  const act = KEYS[event.key]?.[1];
  if (!act || (event.target.matches("button") && event.key === "Enter")) return;
  event.preventDefault();
  if (event.repeat && DECIDE.includes(event.key)) return;
  if (/^[a-z]$/i.test(event.key) && isHeld()) return;
  press(event.key);
});
