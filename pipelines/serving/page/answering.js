// Whether the server answers. Where it does not, a line over the page says what to do, and the page goes on by itself as
// soon as a server answers that knows this browser.
import { $ } from "./dom.js";

const EVERY = 1500;
let waiting = false;

// question: what only a server that can go on answers. words: {away, unknown}. lost: what to do where the server knows
// nothing of this page (any more); true where that made it known. When the page may go on, `answered` is sent; back: what
// shows the page anew.
export function watchServer({ question, words, back, lost = async () => false }) {
  const say = (text) => { $("#away").textContent = text; $("#away").hidden = !text; };
  const look = async () => {
    let answer = null;
    try { answer = await fetch(question); } catch { /* still away */ }
    if (answer?.ok || (answer?.status === 404 && await lost())) {
      waiting = false;
      say("");
      document.dispatchEvent(new Event("answered"));
      await back();
      if (!waiting) document.body.dataset.answers = "yes";
      return;
    }
    say(answer?.status === 401 ? words.unknown : words.away);
    setTimeout(look, EVERY);
  };
  document.addEventListener("unanswered", () => { if (waiting) return; waiting = true; document.body.dataset.answers = "no"; say(words.away); setTimeout(look, EVERY); });
}
