// Put life into the page.
import { $, $$, toast } from "./dom.js";
import "./keys.js";
import { go, keepName, reload, run, showView, state } from "./app.js";

try { $("#who").value = localStorage.getItem("tregate-who") || ""; } catch { /* private window */ }
$("#who").addEventListener("change", keepName);
for (const button of $$("nav [data-view]")) button.addEventListener("click", () => showView(button.dataset.view));

async function start() {
  try {
    await reload();
    const asked = Number(location.hash.slice(1));
    await go(location.hash && run.tubes[asked] ? asked : state.order.find((i) => run.tubes[i].gated) ?? 0);
  } catch (error) { toast(error.message); }
  document.body.dataset.ready = "yes";
}
start();
