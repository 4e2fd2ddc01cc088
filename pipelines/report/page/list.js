// The list of tubes: sort, filter, and the way from one tube to the next.
const rows = new Map($$("#tube-list tbody tr").map((row) => [Number(row.dataset.i), row]));
const articles = new Map($$("article.tube").map((article) => [Number(article.dataset.i), article]));
const haystack = tubes.map((tube) => [
  tube.subject, tube.visit, tube.tube, tube.file,
  ...tube.findings.flatMap((finding) => [finding.check, finding.message, finding.population]),
  ...tube.counts.flatMap((count) => count.flags),
].join(" ").toLowerCase());
let order = [...run.order];
let sorting = { key: "rank", down: false };
let current = -1;

const attends = {
  flagged: (i) => tubes[i].flagged,
  failed: (i) => tubes[i].attention === "failed",
  fail: (i) => tubes[i].findings.some((finding) => finding.severity === "fail"),
  warn: (i) => tubes[i].findings.some((finding) => finding.severity === "warn"),
  info: (i) => tubes[i].findings.some((finding) => finding.severity === "info"),
  fallback: (i) => Number(rows.get(i).dataset.fallback) > 0,
  unseen: (i) => !isLookedAt(i),
  again: (i) => marksOf(i).some((mark) => mark.mark === "again"),
};
const sortValue = {
  rank: (i) => Number(rows.get(i).dataset.rank),
  subject: (i) => tubes[i].subject,
  visit: (i) => { const at = run.visits.indexOf(tubes[i].visit); return at < 0 ? run.visits.length : at; },
  tube: (i) => tubes[i].tube,
  findings: (i) => Number(rows.get(i).dataset.findings),
  odd: (i) => Number(rows.get(i).dataset.odd),
  mark: (i) => { const mark = marksOf(i)[0]; return mark ? mark.mark || "" : ""; },
};

function matches(i) {
  const wanted = $("#find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = $("#show").value;
  const kind = $("#kind").value;
  return wanted.every((word) => haystack[i].includes(word)) && (!kind || tubes[i].tube === kind) && (!shown || attends[shown](i));
}

function arrange() {
  const value = sortValue[sorting.key];
  const compare = (a, b) => {
    const [x, y] = [value(a), value(b)];
    return typeof x === "string" ? x.localeCompare(y, undefined, { numeric: true }) : x - y;
  };
  order = [...run.order].sort((a, b) => (sorting.down ? compare(b, a) : compare(a, b)));
  $("#tube-list tbody").append(...order.map((i) => rows.get(i)));
  $("#strips").prepend(...order.map((i) => articles.get(i)));
  for (const head of $$("#tube-list th")) {
    if (head.dataset.key === sorting.key) head.setAttribute("aria-sort", sorting.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
  filter();
}

function filter() {
  let shown = 0;
  for (const i of order) {
    const show = matches(i);
    rows.get(i).hidden = articles.get(i).hidden = !show;
    shown += show;
  }
  $("#shown").textContent = shown === tubes.length ? `${shown} tubes, most severe first unless you sort` : `${shown} of ${tubes.length} tubes`;
  $("#none").hidden = shown > 0;
}

function showAll() {
  $("#find").value = $("#show").value = $("#kind").value = "";
  filter();
}

function setCurrent(i, follow = true) {
  if (current >= 0) { rows.get(current).classList.remove("current"); articles.get(current).classList.remove("current"); }
  current = i;
  if (i < 0) return;
  articles.get(i).classList.add("current");
  const row = rows.get(i);
  row.classList.add("current");
  if (follow) { const box = $(".rows"); const top = row.offsetTop - box.clientHeight / 2; box.scrollTo({ top }); }
}

function goTo(i) {
  showView("tubes");
  if (rows.get(i).hidden) showAll();
  const article = articles.get(i);
  buildStrip($(".strip", article));
  setCurrent(i);
  article.scrollIntoView({ block: "start" });
  article.focus({ preventScroll: true });
  requestAnimationFrame(() => article.scrollIntoView({ block: "start" }));
  history.replaceState(null, "", `#tube-${i}`);
}

function step(direction, wanted = () => true) {
  const visible = order.filter((i) => !rows.get(i).hidden);
  let at = visible.indexOf(current);
  if (at < 0 && direction < 0) at = visible.length;
  for (at += direction; at >= 0 && at < visible.length; at += direction) if (wanted(visible[at])) return goTo(visible[at]);
  brief(direction > 0 ? "This is the last tube." : "This is the first tube.");
  return undefined;
}
