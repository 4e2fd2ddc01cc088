// The step Strategy: keys of a gate are changed or its shape is drawn, tried on tubes, validated, and saved as a version.
import { $, $$, h, toast } from "./dom.js";
import { begin, drawable, drawn, end, isDrawing, shapes } from "./draw.js";
import { Plot } from "./plot.js";
import { ask, onLeave, onShow, openStudy, saved, study, tell, write } from "./study.js";

const FIRST = 3;
let known = { tubes: [] };
const drafts = new Map(); // of each study and kind of tube: changes that are in no file yet
let changes = new Map(); // those that are shown
let plots = [];
let read = ""; // what the page shows of the study's strategies

const kind = () => known.tubes.find((one) => one.tube === $("#kind").value);
const sentChanges = () => [...changes.values()].map(({ path, value }) => [path, value]);
const files = () => $$("#gate-tubes input:checked").map((one) => one.value);

// Who comes back finds everything as it was left, unless the files say something else by now.
onShow("strategy", async () => {
  const answer = await ask("strategies");
  const now = JSON.stringify([study.folder, answer]);
  if (now === read) { list(); return; }
  read = now;
  known = answer;
  await showKinds();
});
onLeave("strategy", () => { if (unsaved().length) toast(`Not saved yet, so no run uses it: ${unsaved().map(inWords).join(", ")}. The step Strategy keeps it while this page is open.`); });
addEventListener("beforeunload", (event) => { if ([...drafts.values()].some(({ size }) => size) || drawn()) event.preventDefault(); });

const counted = (size) => `${size} change${size === 1 ? "" : "s"}`;
const draftOf = (tube) => JSON.stringify([study.folder, tube]);
// [kind of tube, number of changes] of this study.
const unsaved = () => known.tubes.map(({ tube }) => [tube, drafts.get(draftOf(tube))?.size || 0]).filter(([, size]) => size);
const inWords = ([tube, size]) => `${counted(size)} of ${tube}`;

async function showKinds() {
  const chosen = $("#kind").value;
  $("#kind").replaceChildren(...known.tubes.map((one) => h("option", { value: one.tube }, `${one.tube} (${one.reference})`)));
  if (known.tubes.some((one) => one.tube === chosen)) $("#kind").value = chosen;
  await showKind();
}

async function showKind() {
  const one = kind();
  const before = $("#population").value;
  changes = drafts.get(draftOf(one.tube)) || new Map();
  drafts.set(draftOf(one.tube), changes);
  $("#population").replaceChildren(...one.populations.map(({ name }) => h("option", { value: name }, name)));
  if (one.populations.some(({ name }) => name === before)) $("#population").value = before;
  $("#gate-tubes").replaceChildren(...one.files.map(({ file, name }, i) => h("label", {}, h("input", { type: "checkbox", value: file, checked: i < FIRST }), ` ${name}`)));
  await showGate();
}

async function showGate() {
  if (drawn()) toast("The shape that you drew is gone: it was not kept.");
  $("#tried").replaceChildren();
  plots = [];
  end();
  kept = null;
  $("#drawn-yaml").textContent = "";
  const name = $("#population").value;
  const one = kind().populations.find((each) => each.name === name);
  shapes(one.axes.length);
  $("#draw-use").disabled = one.axes.length === 1; // a template has two axes
  if (one.axes.length === 1) { $("#draw-use").value = "fixed"; $("#draw-marks").hidden = true; }
  $("#draw-landmarks").replaceChildren(...one.landmarks.map((mark) => h("label", {}, h("input", { type: "checkbox", value: mark, checked: mark === "parent" }), ` ${mark === "parent" ? `all events of ${one.parent}` : mark}`)));
  $("#method").textContent = `${one.kind} on ${one.axes.join(", ")}, in ${one.parent}`;
  list();
  if (changes.has(`${name}.gate`)) { showDrawn(name); return; }
  const tube = $("#kind").value;
  const keys = await ask("gate", { tube, population: name });
  if ($("#kind").value !== tube || $("#population").value !== name) return; // chosen meanwhile: that answer comes too
  $("#gate-keys").replaceChildren(...keys.map((key) => field(name, key)), ...(keys.length ? [] : [h("p", {}, "This method has no keys.")]));
}

// A gate that was drawn has no keys of the file any more.
function showDrawn(population) {
  $("#gate-keys").replaceChildren(h("p", {}, "This gate was drawn: its YAML stands below. Discard the changes to go back to the keys of the file."));
  $("#drawn-yaml").textContent = [...changes.values()].filter(({ path }) => path[0] === population && path.length === 2).map(({ yaml }) => yaml).filter(Boolean).join("");
}

function field(population, key) {
  const id = `gate-${key.name}`;
  const draft = changes.get(`${population}.gate.${key.name}`);
  const input = key.choices.length ? h("select", { id, "aria-describedby": `${id}-says` }, h("option", { value: "" }, key.default ? `default: ${key.default}` : ""), key.choices.map((one) => h("option", { value: one }, one)))
    : h("input", { id, autocomplete: "off", spellcheck: "false", placeholder: key.default || null, "aria-describedby": `${id}-says` });
  input.value = draft ? draft.value : key.value;
  input.addEventListener("change", () => {
    const path = [population, "gate", key.name];
    if (input.value === key.value) changes.delete(path.join("."));
    else changes.set(path.join("."), { path, value: input.value, before: key.value });
    list();
  });
  return h("div", { class: "key" }, h("label", { for: id }, key.name), input, h("p", { id: `${id}-says` }, `${key.sentence}${key.default ? ` Default: ${key.default}.` : ""}`));
}

const worded = (value) => (typeof value === "string" ? value || "(default)" : value.kind ? `drawn ${value.kind}` : value.join(", "));
function list() {
  const others = unsaved().filter(([tube]) => tube !== $("#kind").value);
  $("#drafted").textContent = [changes.size ? `${counted(changes.size)} ${changes.size === 1 ? "is" : "are"} not saved yet.` : "", others.length ? `Not saved either: ${others.map(inWords).join(", ")}.` : ""].filter(Boolean).join(" ");
  $("#draft-list").replaceChildren(...[...changes.values()].map(({ path, value, before }) => h("li", {}, `${path.join(".")}: ${before || "(default)"} → ${worded(value)}`)));
}

async function tryIt() {
  if (!files().length) { toast("Choose at least one tube."); return; }
  $("#try").disabled = true;
  $("#tried").setAttribute("aria-busy", "true");
  try { show(await tell("try-gate", { tube: $("#kind").value, population: $("#population").value, changes: sentChanges(), files: files() })); }
  catch (error) { toast(error.message); }
  $("#try").disabled = false;
  $("#tried").removeAttribute("aria-busy");
}

function show(made) {
  end(); // what is being drawn is on a plot that goes
  plots = [];
  $("#tried").replaceChildren(...made.map((one) => {
    if (one.error) return h("article", {}, h("h3", {}, one.tube), h("p", { class: "fail" }, one.error));
    const changed = (row) => row[1] !== row[2];
    const rows = one.rows.map((row) => h("tr", { class: changed(row) ? "changed" : "" }, h("th", { scope: "row" }, row[0]), [1, 2, 3, 4].map((i) => h("td", {}, row[i]))));
    return h("article", {}, h("h3", {}, one.tube), h("div", { class: "pair" }, picture(one, "before"), picture(one, "after")),
      h("details", { open: true }, h("summary", {}, `${one.rows.filter(changed).length} populations change`), h("table", {}, h("thead", {}, h("tr", {}, ["population", "events before", "after", "% of parent before", "after"].map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, rows))));
  }));
  for (const plot of plots) plot.draw();
  document.body.dataset.tried = made.length;
}

function picture(one, when) {
  const gate = one[when];
  if (!gate.x) return h("figure", {}, h("figcaption", {}, when), h("p", { class: "warn" }, gate.why || "This gate has no plot."));
  const canvas = h("canvas", { role: "img", "aria-label": `Gate ${gate.population} of ${one.tube}, ${when}: ${gate.method}` });
  const plot = new Plot(canvas, gate);
  plot.file = one.file;
  plots.push(plot);
  drawable(plot, keep);
  return h("figure", {}, h("figcaption", {}, `${when}: ${gate.method}${gate.fallback ? " (fallback)" : ""}`), canvas);
}

// ---------------------------------------------------------------- drawing

const marks = () => ($("#draw-use").value === "template" ? $$("#draw-landmarks input:checked").map((one) => one.value) : []);

// What was drawn becomes the gate of the population; another use of the same shape is asked for anew.
let kept = null;
async function makeGate() {
  const population = $("#population").value;
  const own = changes;
  if ($("#draw-use").value === "template" && !marks().length) { toast("Choose at least one landmark for the template."); return; }
  const others = [...changes.values()].filter(({ path }) => path[0] !== population).map(({ path, value }) => [path, value]);
  try {
    const made = await tell("draw-gate", { tube: $("#kind").value, population, file: kept.file, drawn: kept.edit, landmarks: marks(), changes: others });
    if (population !== $("#population").value || own !== changes) return;
    for (const key of [...changes.keys()]) if (key.startsWith(`${population}.`)) changes.delete(key);
    for (const [path, value] of made.changes) changes.set(path.join("."), { path, value, before: "as the strategy says", yaml: path.at(-1) === "gate" ? made.yaml : "" });
    end();
    list();
    showDrawn(population);
    await tryIt();
  } catch (error) { toast(error.message); }
}
function keep() { kept = drawn(); if (kept) makeGate(); }

$("#draw").addEventListener("click", async () => {
  if (!plots.length) await tryIt();
  if (!plots.length) return;
  end();
  begin();
  plots[0].canvas.scrollIntoView({ block: "nearest" });
});
$("#draw-keep").addEventListener("click", keep);
$("#draw-stop").addEventListener("click", end);
$("#draw-shape").addEventListener("change", () => { if (isDrawing()) { end(); begin(); } });
$("#draw-use").addEventListener("change", () => { $("#draw-marks").hidden = $("#draw-use").value !== "template"; if (kept) makeGate(); });
$("#draw-landmarks").addEventListener("change", () => { if (kept && marks().length) makeGate(); });

$("#kind").addEventListener("change", showKind);
$("#population").addEventListener("change", () => showGate().catch((error) => toast(error.message)));
$("#try").addEventListener("click", tryIt);
$("#drop-changes").addEventListener("click", () => { changes.clear(); showGate(); });
$("#validate").addEventListener("click", async () => {
  $("#drafted").textContent = "Gating synthetic tubes…";
  try {
    const made = await tell("validate", { tube: $("#kind").value, changes: sentChanges() });
    $("#validated").replaceChildren(h("caption", {}, `${made.tubes} synthetic tubes`), h("thead", {}, h("tr", {}, made.columns.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, made.rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell))))));
    $("#validated-box").hidden = false;
    document.body.dataset.validated = made.tubes;
  } catch (error) { toast(error.message); }
  list();
});
$("#version-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const [tube, own] = [$("#kind").value, changes];
  try {
    const made = await write(() => tell("save-strategy", { tube, seen: study.hashes.study, changes: sentChanges(), who: $("#version-who").value.trim(), reason: $("#version-reason").value.trim() }));
    own.clear();
    await openStudy(study.folder);
    saved("All changes are written");
    toast(`${made.strategy} is written, and study.yaml names it for ${tube}.`);
    known = await ask("strategies");
    read = JSON.stringify([study.folder, known]);
    await showKinds();
  } catch (error) {
    toast(error.message);
    if (error.status === 409) await openStudy(study.folder);
  }
});
