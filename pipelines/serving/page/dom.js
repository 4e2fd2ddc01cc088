// Elements by function, requests by function; text only ever becomes text nodes.
export const $ = (selector, within = document) => within.querySelector(selector);
export const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

// `path` begins with a slash and is below the page's own folder. A refusal carries the server's own words.
export async function api(path, body) {
  const asked = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(`.${path}`, asked);
    if (answer.ok) return await answer.json();
  } catch {
    document.dispatchEvent(new Event("unanswered"));
    throw new Error("The server does not answer, so it is not certain that the last change was kept.");
  }
  const text = await answer.text().catch(() => "");
  let message = "";
  try { message = JSON.parse(text).message || ""; } catch { /* plain text */ }
  if (answer.status === 401 || (answer.status === 404 && !message)) document.dispatchEvent(new Event("unanswered")); // another server by now
  message ||= text;
  throw Object.assign(new Error(message), { status: answer.status });
}

let fading = 0;
export function toast(text) {
  const place = $("#toast");
  place.textContent = text;
  place.hidden = !text;
  clearTimeout(fading);
  fading = setTimeout(() => { place.hidden = true; }, 6000);
}

// A question with one line as its answer; null where it was cancelled. What is required is asked for until it is there.
export function ask({ title, text = "", label, value = "", required = true, act = "Keep" }) {
  const dialog = $("#ask");
  $("#ask-title").textContent = title;
  $("#ask-text").textContent = text;
  $("#ask-label").textContent = label;
  $("#ask-ok").textContent = act;
  const input = $("#ask-input");
  input.value = input.defaultValue = value;
  return new Promise((resolve) => {
    const end = (answer) => {
      $("form", dialog).onsubmit = $("#ask-cancel").onclick = dialog.oncancel = null;
      dialog.close();
      resolve(answer);
    };
    $("form", dialog).onsubmit = (event) => {
      event.preventDefault();
      const answer = input.value.trim();
      if (required && !answer) { $("#ask-text").textContent = `${label} is required.`; input.focus(); return; }
      end(answer);
    };
    $("#ask-cancel").onclick = () => end(null);
    dialog.oncancel = () => end(null);
    dialog.showModal();
    input.focus();
  });
}
