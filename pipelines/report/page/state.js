// The data of the run, and the choices of the reader.
const run = JSON.parse($("#data").textContent);
const tubes = run.tubes;
const root = document.documentElement;

// Where the browser stores nothing (private windows, some file: settings) the page still works and reports it.
const keep = {
  ok: true,
  get(key) { try { return localStorage.getItem(key); } catch { keep.ok = false; return null; } },
  set(key, value) { try { localStorage.setItem(key, value); } catch { keep.ok = false; } },
};

function notice(text) {
  $("#notice").textContent = text;
  $("#notice").hidden = !text;
}

const tubeName = (i) => `${tubes[i].subject} · ${tubes[i].visit} · ${tubes[i].tube}`;
const colourClass = (population) => {
  const [hue, dash] = run.colours[population] || [9, 0];
  return `hue-${hue} dash-${dash}`;
};
const countOf = (i, population) => tubes[i].counts.find((count) => count.population === population);
const oddPlaces = (i, population) =>
  tubes[i].places.filter((place) => place[0] === population && place[4] !== null && Math.abs(place[4]) >= run.odd);

const strips = new Map();
function stripOf(i) {
  if (!strips.has(i)) {
    const source = document.getElementById(`strip-${i}`);
    strips.set(i, source ? JSON.parse(source.textContent) : null);
  }
  return strips.get(i);
}

const theme = () => (root.dataset.theme === "dark" ? "dark" : "light");
function setTheme(name) {
  root.dataset.theme = name;
  for (const image of $$("image[data-size]")) image.setAttribute("href", address(image.dataset.size, image.tail));
}
// All pictures of one size share the head of their PNG, which has the colours of the theme.
const address = (size, tail) => `data:image/png;base64,${run.heads[size][theme()]}${tail}`;
