// The step Files: the grid with its tools, messages of check, stains, and files that were changed outside.
import { $, h, toast } from "./dom.js";
import { Cells } from "./cells.js";
import { Grid } from "./grid.js";
import { blockOf, textOf } from "./paste.js";
import { ask, isShown, onLeave, onShow, saved, study, tell, writing } from "./study.js";

const PAGE = 18;
const NAMES = { samples: "Files", bead_lots: "Bead lots", subjects: "Subjects and arms" };
const EMPTY = {
  bead_lots: "No lot is listed. Add a row with the lot number, its beads/µL and its expiry date, or paste rows of a spreadsheet here.",
  subjects: "No subject is listed. List all subjects, then enter their arms, or paste rows of a spreadsheet here.",
};
let cells = null;
let grid = null;
let last = { marks: {}, rest: [] };

// What is said above the grid keeps the room that it once took, so that no cell moves under a pointer when it gets shorter.
const above = $("#above");
new ResizeObserver(() => { if (above.offsetHeight) above.style.minHeight = `${above.offsetHeight}px`; }).observe(above);
addEventListener("resize", () => { above.style.minHeight = ""; });

async function open(name) {
  if (cells?.name !== name) above.style.minHeight = "";
  cells = new Cells(name);
  const mine = cells;
  mine.filter = $("#filter").value;
  mine.faulty = $("#faulty").checked;
  await mine.load();
  if (cells !== mine) return;
  mine.marked(last.marks[name] || []);
  mine.arrange();
  grid = new Grid($("#grid"), mine.owner(() => grid), NAMES[name]);
  grid.box.addEventListener("keydown", keys);
  mine.changed = () => { grid.redraw(); words(); };
  mine.refreshed = () => { columns(); mine.marked(last.marks[name] || []); mine.arrange(); grid.renew(); return look(); };
  mine.look = look;
  mine.chosen = words;
  grid.renew();
  columns();
  $("#add-row").hidden = $("#remove-row").hidden = name === "samples";
  $("#all-subjects").hidden = name !== "subjects";
  $("#stains").hidden = name !== "samples";
  words();
}

function columns() {
  $("#add-column").replaceChildren(h("option", { value: "" }, "choose"), ...cells.offered.map((name) => h("option", { value: name }, name)));
}

// What check says of the cell in focus.
function words() {
  const mark = cells.order.length ? cells.marks.get(cells.order[grid.at[0]])?.get(cells.columns[grid.at[1]].name) : null;
  $("#cell-words").textContent = mark ? mark.words : "";
  const hidden = cells.rows.length && !cells.order.length;
  $("#grid-none").textContent = !cells.rows.length ? EMPTY[cells.name] || "" : !hidden ? "" : cells.filter.trim() ? "No row fits the filter." : "No row has a problem: untick the box to see all rows.";
}

function showMarks(answer) {
  last = answer;
  cells.marked(answer.marks[cells.name] || []);
  grid.redraw();
  words();
  const others = Object.entries(answer.marks).filter(([name]) => name !== cells.name).flatMap(([name, marks]) => marks.map((one) => ({ place: `${NAMES[name]}, row ${one.row + 1}`, ...one })));
  const rest = [...answer.rest, ...others];
  $("#rest summary").textContent = `${rest.length} more: of study.yaml, other sheets, or sheets as a whole`;
  $("#rest ul").replaceChildren(...rest.map((one) => h("li", { class: one.level === "problem" ? "fail" : "" }, `${one.place}: ${one.words}`)));
  $("#rest").hidden = !rest.length;
  $("#take-visits").hidden = !answer.rest.some((one) => one.cure === "visits");
  document.body.dataset.problems = answer.problems;
}

// What is wrong most often, in the line above the grid: the cells that it is about may be out of sight.
function most(answer) {
  const rows = new Map();
  for (const one of [...Object.values(answer.marks).flat(), ...answer.rest]) {
    if (one.level !== "problem") continue;
    const words = one.place?.startsWith("Study") ? `${one.place}: ${one.words}` : one.words;
    rows.set(words, (rows.get(words) || new Set()).add(one.row));
  }
  const [words, of] = [...rows].sort((a, b) => b[1].size - a[1].size)[0] || ["", new Set()];
  return words && ` ${of.size > 1 ? `${of.size} rows: ` : ""}${words}`;
}

// Visits that the files have and the plan lacks, behind those of the plan.
async function takeVisits() {
  await cells.queue;
  try {
    const [form, sheet] = [await ask("form"), await ask("sheet", { sheet: "samples" })];
    const [at, excluded] = ["visit", "exclude"].map((name) => sheet.columns.indexOf(name));
    const there = new Set(form.visits.map((one) => one.name));
    const lacking = [...new Set(sheet.rows.filter((row) => !row[excluded]).map((row) => row[at]))].filter((name) => name && !there.has(name));
    if (!lacking.length) { toast("The list has no visits yet: fill in the column visit first."); return; }
    study.hashes.study = (await tell("keys", { seen: form.sha256, changes: [[["visits"], [...form.visits, ...lacking.map((name) => ({ name }))]]] })).sha256;
    toast(`Visits in this order: ${[...there, ...lacking].join(", ")}. The first is the baseline; correct the order in the step Study.`);
    await look();
  } catch (error) { toast(error.message); }
}
$("#take-visits").addEventListener("click", takeVisits);

const number = (count) => (count === 1 ? "1 problem" : `${count} problems`);
const uncounted = (answer) => (answer.uncounted ? ` ▲ ${answer.uncounted}` : "");
let looking = 0;
async function look() {
  const mine = ++looking;
  try {
    const answer = await ask("problems");
    if (mine !== looking || !isShown("files")) return;
    showMarks(answer);
    $("#checked").textContent = answer.problems ? `${number(answer.problems)} to fix before the study can run.${most(answer)}` : "The study files have no problems. Check with the FCS files before the run." + uncounted(answer);
    document.body.dataset.looked = mine;
  } catch (error) { toast(error.message); }
}

// Files that came into the folder since the list was made.
async function newFiles() {
  const files = await ask("unlisted");
  $("#add-files").hidden = !files.length || cells.name !== "samples";
  $("#add-files").textContent = `Add ${files.length === 1 ? "1 new file" : `${files.length} new files`}`;
  $("#add-files").title = files.slice(0, 20).join("\n");
}
$("#add-files").addEventListener("click", async () => {
  await cells.queue;
  try {
    await tell("add-files", { seen: cells.sha256 });
    await cells.afresh();
    await cells.refreshed();
    Object.assign(study.hashes, await ask("state"));
    grid.go([cells.order.length - 1, 0]);
    await newFiles();
  } catch (error) { toast(error.message); }
});

onShow("files", async () => {
  saved("All changes are written");
  await open($("#sheet").value);
  await look();
  grid.box.focus();
  await newFiles();
});
onLeave("files", () => { $("#side").hidden = true; return cells?.queue; });

// ---------------------------------------------------------------- tools

$("#sheet").addEventListener("change", async () => { await cells.queue; await open($("#sheet").value); await look(); await newFiles(); });
const refilter = () => { cells.filter = $("#filter").value; cells.faulty = $("#faulty").checked; cells.arrange(); grid.box.scrollTop = 0; grid.redraw(); grid.go([0, grid.at[1]]); words(); };
$("#filter").addEventListener("input", refilter);
$("#faulty").addEventListener("change", refilter);
$("#undo").addEventListener("click", () => cells.undo());
$("#redo").addEventListener("click", () => cells.redo());
$("#fill").addEventListener("click", fillDown);
$("#stains").addEventListener("click", stains);
const closeSide = () => { $("#side").hidden = true; grid?.box.focus(); };
$("#side-close").addEventListener("click", closeSide);
addEventListener("keydown", (event) => { if (event.key === "Escape" && !$("#side").hidden) closeSide(); });
$("#add-column").addEventListener("change", () => { const name = $("#add-column").value; if (name) cells.addColumn(name); });
$("#add-row").addEventListener("click", async () => { await cells.send({ added: [{}].map(() => ({ [cells.names[0]]: freeName() })) }, true); grid.go([cells.order.length - 1, 0]); grid.box.focus(); });
$("#remove-row").addEventListener("click", () => { if (cells.order.length) cells.removeRow(cells.order[grid.at[0]]); });
$("#all-subjects").addEventListener("click", async () => {
  const answer = await ask("sheet", { sheet: "samples" });
  const [at, excluded] = ["subject", "exclude"].map((name) => answer.columns.indexOf(name));
  const there = new Set(cells.rows.map((_, row) => cells.value(row, "subject")));
  const lacking = [...new Set(answer.rows.filter((row) => !row[excluded]).map((row) => row[at]))].filter((one) => one && !there.has(one));
  if (lacking.length) cells.addRows(lacking.map((subject) => ({ subject })));
  else toast("Every subject of the files is listed.");
});
$("#check").addEventListener("click", async () => {
  $("#checked").textContent = "Reading the FCS files…";
  delete document.body.dataset.checked;
  await cells.queue;
  try {
    const answer = await ask("check");
    showMarks(answer);
    $("#checked").textContent = answer.problems ? `${number(answer.problems)}, marked in the grid.${most(answer)}` : `The study can be run: ${answer.tubes} tubes.${uncounted(answer)}`;
    document.body.dataset.checked = answer.problems;
  } catch (error) { $("#checked").textContent = ""; toast(error.message); }
});

function freeName() {
  const there = new Set(cells.rows.map((row) => row[0]));
  let number = 1;
  while (there.has(`new ${number}`)) number += 1;
  return `new ${number}`;
}

function fillDown() {
  const { top, end, left, right } = grid.range;
  if (top === end) { toast("Choose the cell to fill from and the cells below it (Shift and arrow down), then fill down."); return; }
  const changes = [];
  for (let i = left; i <= right; i += 1) {
    const { name } = cells.columns[i];
    const text = cells.value(cells.order[top], name);
    for (let at = top + 1; at <= end; at += 1) changes.push([cells.order[at], name, text]);
  }
  cells.change(changes);
}

async function stains() {
  if (!cells.order.length || cells.name !== "samples") return;
  const file = cells.value(cells.order[grid.at[0]], "file");
  try {
    const answer = await ask("stains", { file });
    $("#side-title").textContent = answer.file;
    $("#side-body").replaceChildren(...answer.sets.map((one) => h("div", {},
      h("p", {}, `${one.instrument || "instrument not stated"}, ${one.events} events${answer.sets.length > 1 ? `, data set ${one.number}` : ""}`),
      h("table", {}, h("thead", {}, h("tr", {}, ["channel", "stain", "marker"].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, one.channels.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell)))))))));
    $("#side").hidden = false;
    $("#side-close").focus();
  } catch (error) { toast(error.message); }
}

// ---------------------------------------------------------------- keys, copy and paste

function keys(event) {
  if (grid.editing || event.target !== grid.box) return;
  const [at, i] = grid.at;
  const command = event.ctrlKey || event.metaKey;
  const to = { ArrowDown: [at + 1, i], ArrowUp: [at - 1, i], ArrowRight: [at, i + 1], ArrowLeft: [at, i - 1], PageDown: [at + PAGE, i], PageUp: [at - PAGE, i],
    Home: [command ? 0 : at, command ? i : 0], End: [command ? cells.order.length - 1 : at, command ? i : cells.columns.length - 1] }[event.key];
  const letter = event.key.toLowerCase();
  let act = null;
  if (to) act = () => grid.go(to, event.shiftKey);
  else if (event.altKey && letter === "s") act = stains;
  else if (command && letter === "z" && !event.shiftKey) act = () => cells.undo();
  else if (command && (letter === "y" || letter === "z")) act = () => cells.redo();
  else if (command && letter === "d") act = fillDown;
  else if (command && letter === "f") act = () => $("#filter").focus();
  else if (command && letter === "a") act = () => { grid.from = [0, i]; grid.at = [cells.order.length - 1, i]; grid.draw(); };
  else if (command || event.altKey) return;
  else if (event.key === "Enter" || event.key === "F2") act = () => grid.edit();
  else if (event.key === "Delete" || event.key === "Backspace") act = () => put([[""]]);
  else if (event.key.length === 1) act = () => grid.edit(event.key);
  if (act) { event.preventDefault(); act(); }
}

const mine = () => isShown("files") && grid && !grid.editing && document.activeElement === grid.box;
const block = () => {
  const { top, end, left, right } = grid.range;
  return cells.order.slice(top, end + 1).map((row) => cells.columns.slice(left, right + 1).map(({ name }) => cells.value(row, name)));
};
for (const kind of ["copy", "cut"]) {
  addEventListener(kind, (event) => {
    if (!mine()) return;
    event.clipboardData.setData("text/plain", textOf(block()));
    event.preventDefault();
    if (kind === "cut") put([[""]]);
  });
}
addEventListener("paste", (event) => {
  if (!mine()) return;
  event.preventDefault();
  put(blockOf(event.clipboardData.getData("text/plain")));
});

// A block into the chosen cells: one cell into all of them, a larger one from the first on.
function put(rows) {
  const { top, end, left, right } = grid.range;
  const one = rows.length === 1 && rows[0].length === 1;
  const [high, wide] = one ? [end - top + 1, right - left + 1] : [rows.length, Math.max(...rows.map((row) => row.length))];
  const changes = [];
  const added = [];
  let beyond = 0;
  for (let y = 0; y < high; y += 1) {
    if (cells.name !== "samples" && top + y >= cells.order.length) {
      added.push(Object.fromEntries(rows[y].map((text, x) => [cells.columns[left + x]?.name, text.trim()]).filter(([name]) => name)));
      continue;
    }
    for (let x = 0; x < wide; x += 1) {
      const text = one ? rows[0][0] : rows[y][x];
      const [row, column] = [cells.order[top + y], cells.columns[left + x]];
      if (text === undefined) continue;
      if (row === undefined || column === undefined) beyond += 1;
      else changes.push([row, column.name, text.replace(/\s+/g, " ").trim()]);
    }
  }
  cells.change(changes);
  if (added.length) cells.addRows(added);
  if (beyond) toast(`${beyond} cells lie outside the sheet and were not pasted.`);
  if (!one && changes.length) { grid.from = [Math.min(top + high, cells.order.length) - 1, Math.min(left + wide, cells.columns.length) - 1]; grid.go([top, left], true); }
}

// ---------------------------------------------------------------- changed outside

async function outside() {
  if (!study.there || document.hidden || cells?.waiting) return;
  if (writing.now) return;
  const before = writing.done;
  let now;
  try { now = await ask("state"); } catch { return; }
  if (cells?.waiting || writing.now || writing.done !== before) return;
  const changed = Object.keys(now).filter((name) => now[name] !== study.hashes[name]);
  if (!changed.length) return;
  const theirs = changed.filter((name) => !(name === cells?.name && now[name] === cells.sha256) && !(name === "subjects" && now[name] === cells?.people?.sha256));
  Object.assign(study.hashes, now);
  if (!theirs.length) return;
  document.dispatchEvent(new Event("outside"));
  if (!isShown("files")) return;
  toast(`${theirs.map((name) => (name === "study" ? "study.yaml" : study.files[name])).join(", ")} changed on the disk. The page shows the new contents.`);
  await cells.afresh();
  columns();
  grid.renew();
  await look();
}
setInterval(outside, 3000);
addEventListener("focus", outside);
