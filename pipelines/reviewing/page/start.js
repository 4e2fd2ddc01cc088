// Put life into the page.
import { $, $$, h, toast } from "./dom.js";
import "./keys.js";
import { go, keepName, reload, run, showView, state } from "./app.js";

try { $("#who").value = localStorage.getItem("tregate-who") || ""; } catch { /* private window */ }
$("#who").addEventListener("change", keepName);
for (const button of $$("nav [data-view]")) button.addEventListener("click", () => showView(button.dataset.view));

// Within `tregate app` this page is one of its steps: the way back is the address from which it was opened.
const back = sessionStorage.getItem("tregate-back");
if (location.pathname.startsWith("/review/") && back) $("nav").append(h("a", { id: "back", href: `../../${back}` }, "Back to the study"));

// What sticks below the page's head stays below it, however many lines the head takes.
new ResizeObserver(([{ target }]) => document.body.style.setProperty("--bar", matchMedia("(max-height: 500px)").matches ? "0px" : `${target.offsetHeight}px`)).observe($(".bar"));

async function start() {
  try {
    await reload();
    const asked = Number(location.hash.slice(1));
    await go(location.hash && run.tubes[asked] ? asked : state.order.find((i) => run.tubes[i].gated) ?? 0);
  } catch (error) { toast(error.message); }
  document.body.dataset.ready = "yes";
}
start();
