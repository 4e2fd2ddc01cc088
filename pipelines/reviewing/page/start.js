// Put life into the page.
import { $, $$, h, toast } from "./dom.js";
import { watchServer } from "./answering.js";
import "./keys.js";
import { fillName, go, keepName, reload, run, showView, state } from "./app.js";

$("#who").addEventListener("change", keepName);
for (const button of $$("nav [data-view]")) button.addEventListener("click", () => showView(button.dataset.view));

// Within `tregate app` this page is one of its steps: the way back is the address from which it was opened.
const back = sessionStorage.getItem("tregate-back");
const within = location.pathname.startsWith("/review/");
if (within && back) $("nav").append(h("a", { id: "back", href: `../../${back}` }, "Back to the study"));

// What sticks below the page's head stays below it, however many lines the head takes.
new ResizeObserver(([{ target }]) => document.body.style.setProperty("--bar", matchMedia("(max-height: 500px)").matches ? "0px" : `${target.offsetHeight}px`)).observe($(".bar"));

// After a new start `tregate app` is asked for the same review again. Where the run is another by now, so is its page.
async function openedAgain() {
  const asked = within && sessionStorage.getItem("tregate-review");
  if (!asked) return false;
  const answer = await fetch("../../api/review", { method: "POST", headers: { "content-type": "application/json" }, body: asked });
  if (!answer.ok) return false;
  const place = new URL((await answer.json()).at, new URL("../../", location.href));
  if (place.pathname === location.pathname) return true;
  location.href = place.href;
  return false;
}
async function showAgain() {
  try {
    if (state.at < 0) { await start(); return; }
    await reload();
    if (!state.open) await go(state.at);
    toast("The server answers again. The page shows the decisions that were kept.");
  } catch (error) { toast(error.message); }
}
watchServer({
  question: "./api/run",
  back: showAgain,
  words: within ? {
    away: "The application does not answer. Start it again (by its icon, or tregate app), then go on here or in the page that it opens; decisions that were confirmed are kept.",
    unknown: "The application was started again. Open the page or the link that it gave, in this browser; then this page can go on.",
  } : {
    away: "The server does not answer. Start tregate review again and open the link that it prints; decisions that were confirmed are kept.",
    unknown: "The server was started again. Open the link that it printed.",
  },
  lost: () => openedAgain().catch(() => false),
});

new ResizeObserver(([{ target }]) => document.body.style.setProperty("--deck", `${target.offsetHeight}px`)).observe($(".deck"));

async function start() {
  try {
    await reload();
    fillName();
    const asked = Number(location.hash.slice(1));
    await go(location.hash && run.tubes[asked] ? asked : state.order.find((i) => run.tubes[i].gated) ?? 0);
  } catch (error) { toast(error.message); }
  document.body.dataset.ready = "yes";
}
start();
