// Marks and notes of the reviewer: stored in the browser per run, exported as review.csv.
const marksKey = `tregate-review:${run.run}`;
const words = { right: "confirmed", again: "to review again", out: "exclude" };
const signs = { right: "✓", again: "?" };
const review = Object.assign({ who: "", marks: {} }, kept());

function kept() {
  try { return JSON.parse(keep.get(marksKey) || "{}"); } catch { return {}; }
}

const markKey = (i, population) => `${i}|${population}`;
const markOf = (i, population = "") => review.marks[markKey(i, population)];
const marksOf = (i) => Object.keys(review.marks).filter((key) => key.startsWith(`${i}|`)).map((key) => review.marks[key]);
// The mark of a tube is that of each of its gates; without one, every gate with a place has to have its own.
const placedOf = (i) => tubes[i].gates.filter((name) => !tubes[i].unplaced.includes(name));
const markedOf = (i) => placedOf(i).filter((name) => (markOf(i, name) || {}).mark);
const isLookedAt = (i) => Boolean((markOf(i) || {}).mark) || (markedOf(i).length > 0 && markedOf(i).length === placedOf(i).length);

function saveReview() {
  keep.set(marksKey, JSON.stringify(review));
  if (!keep.ok) notice("This browser cannot store your marks. Export review.csv before you close the page.");
  showProgress();
}

// False where no name is given yet: a mark without a name says nothing.
function setMark(key, change) {
  if (!review.who) {
    brief("Enter your name first; review.csv records who set each mark.");
    $(".reviewer").classList.add("wanted");
    return false;
  }
  const mark = Object.assign({ mark: "", reason: "" }, review.marks[key], change);
  mark.who = review.who;
  mark.when = new Date().toISOString();
  if (mark.mark || mark.reason) review.marks[key] = mark;
  else delete review.marks[key];
  saveReview();
  for (const box of $$("[data-mark]")) if (box.dataset.mark === key) fillMarks(box);
  showRowMark(Number(key.split("|", 1)[0]));
  return true;
}

const toggleMark = (key, kind) => setMark(key, { mark: (review.marks[key] || {}).mark === kind ? "" : kind });

function fillMarks(box) {
  const key = box.dataset.mark;
  const population = key.slice(key.indexOf("|") + 1);
  const of = population || "whole tube";
  const mark = review.marks[key] || { mark: "", reason: "" };
  const kinds = population ? ["right", "again"] : ["right", "again", "out"];
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.kind : null;
  box.replaceChildren(
    ...kinds.map((kind) => h("button", {
      type: "button", class: kind, "data-kind": kind, "aria-pressed": String(mark.mark === kind),
      "aria-label": `${words[kind]}: ${of}`,
      // Who gives a mark that wants a reason goes on typing: the letters are the reason, and no keys of the page.
      onclick: () => { if (toggleMark(key, kind) && kind !== "right") $('[data-kind="reason"]', box)?.focus(); },
      title: words[kind],
    }, population ? signs[kind] : words[kind])),
    mark.mark ? h("input", {
      type: "text", value: mark.reason, "data-kind": "reason", "aria-label": `Reason: ${of}`,
      placeholder: mark.mark === "right" ? "note" : mark.mark === "out" ? "reason (required)" : "reason",
      onchange: (event) => setMark(key, { reason: event.target.value.trim() }),
      onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); setMark(key, { reason: event.target.value.trim() }); $(`[data-kind="${mark.mark}"]`, box).focus(); } },
    }) : "",
  );
  if (focused) $(`[data-kind="${focused}"]`, box)?.focus();
}

function showRowMark(i) {
  const cell = $(`#tube-list tr[data-i="${i}"] .mark-cell`);
  const kinds = new Set(marksOf(i).map((mark) => mark.mark));
  const worst = ["out", "again", "right"].find((kind) => kinds.has(kind));
  const some = worst && !isLookedAt(i) ? `: ${markedOf(i).length} of ${placedOf(i).length} gates` : "";
  cell.replaceChildren(worst ? h("span", { class: `mark-${worst}` }, words[worst], some) : "");
}

function showProgress() {
  const done = tubes.filter((_, i) => isLookedAt(i)).length;
  const beside = document.documentElement.dataset.reviewed; // by the decisions beside the page, where a server read them
  $("#progress").textContent = beside || `${done} of ${tubes.length} marked on this page`;
  $("#progress").title = beside ? "" : "These marks are kept in this browser. Decisions of the review page and signatures are in audit.jsonl beside this file.";
}

// The same care as in the tables: no cell that a spreadsheet would run as a formula.
function csvField(text) {
  const plain = text.replace(/[\r\n]+/g, " ");
  const safe = /^'*[=+\-@\t＝＋－＠]/.test(plain) ? `'${plain}` : plain;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function reviewCsv() {
  const codes = run.codes ? [run.codes] : []; // of a blinded run: by them the marks find their visits later
  const rows = [["who", "when", "subject", "visit", "tube", "file", "population", "mark", "reason", ...codes.map(() => "codes")]];
  tubes.forEach((tube, i) => {
    for (const population of ["", ...new Set([...tube.counts.map((c) => c.population), ...tube.gates])]) {
      const mark = markOf(i, population);
      if (mark) rows.push([mark.who || review.who, mark.when, tube.subject, tube.visit, tube.tube, tube.file, population, words[mark.mark] || "note", mark.reason, ...codes]);
    }
  });
  return rows.map((row) => row.map(csvField).join(",") + "\n").join("");
}

function exportReview() {
  if (!review.who) {
    notice("Enter your name above; review.csv records who set each mark.");
    $(".reviewer").classList.add("wanted");
    $("#who").focus();
    return;
  }
  const open = tubes.findIndex((_, i) => (markOf(i) || {}).mark === "out" && !markOf(i).reason);
  if (open >= 0) {
    notice(`${tubeName(open)} is marked as excluded. Enter the reason; it is required.`);
    goTo(open);
    $(`#tube-${open} > header [data-kind="reason"]`)?.focus();
    return;
  }
  notice("");
  const link = h("a", {
    href: URL.createObjectURL(new Blob([reviewCsv()], { type: "text/csv;charset=utf-8" })), download: "review.csv",
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
