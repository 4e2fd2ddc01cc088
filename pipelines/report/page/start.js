// Put life into the page.
setTheme(keep.get("tregate-theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
$("#theme").addEventListener("click", () => { setTheme(theme() === "dark" ? "light" : "dark"); keep.set("tregate-theme", theme()); });
$("#help-open").addEventListener("click", keys["?"]);
$("#export").addEventListener("click", exportReview);
$("#who").value = review.who;
$("#who").addEventListener("change", (event) => { review.who = event.target.value.trim(); $(".reviewer").classList.toggle("wanted", !review.who); saveReview(); });

for (const box of $$("[data-mark]")) fillMarks(box);
for (const i of rows.keys()) showRowMark(i);
for (const place of $$(".strip")) stripWatch.observe(place);
showProgress();

for (const head of $$("#tube-list th")) $("button", head).addEventListener("click", () => {
  const key = head.dataset.key;
  const first = key === "findings" || key === "odd" || key === "mark";
  sorting = { key, down: sorting.key === key ? !sorting.down : first };
  arrange();
});
for (const row of rows.values()) row.addEventListener("click", (event) => { event.preventDefault(); goTo(Number(row.dataset.i)); });
for (const id of ["#find", "#show", "#kind"]) $(id).addEventListener("input", filter);
$("#clear").addEventListener("click", showAll);
for (const link of $$("[data-filter]")) link.addEventListener("click", () => { showAll(); $("#show").value = link.dataset.filter; filter(); });
filter();

showFigures();
if ($("#measure")) { $("#measure").addEventListener("input", showMeasure); showMeasure(); }
gateKind.addEventListener("input", () => { fillGateNames(); showGate(); });
gateName.addEventListener("input", showGate);
for (const select of [bySubject, byKind]) select.addEventListener("input", showSubject);
$("#gate-order").addEventListener("input", showGate);
$("#time-kind").addEventListener("input", showDrift);
$("#time-subject").addEventListener("input", showDrift);

addEventListener("keydown", onKey);
addEventListener("hashchange", follow);
addEventListener("beforeprint", beforePrint);
addEventListener("afterprint", () => setTheme(themeBefore));
document.addEventListener("focusin", (event) => {
  const article = event.target.closest("article.tube");
  if (article && Number(article.dataset.i) !== current) setCurrent(Number(article.dataset.i));
});
// What scrolls comes to rest beneath the bar, however many lines it takes.
new ResizeObserver(() => root.style.setProperty("--bar", getComputedStyle($(".bar")).position === "sticky" ? `${$(".bar").offsetHeight}px` : "0px")).observe($(".bar"));
follow();
