// The data of the run, and the choices of the reader.
const unpacked = (source) => JSON.parse(new TextDecoder().decode(inflated(source.textContent)));
const run = unpacked($("#data"));
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

// What a key could not do, or did: said where the reader looks, and gone by itself.
let fading = 0;
function brief(text) {
  if ($("#large").open) { $("#large-note").textContent = text; return; }
  notice(text);
  clearTimeout(fading);
  fading = setTimeout(() => notice(""), 2500);
}

const tubeName = (i) => `${tubes[i].subject} · ${tubes[i].visit} · ${tubes[i].tube}`;
const colourClass = (population) => {
  const [hue, dash] = run.colours[population] || [9, 0];
  return `hue-${hue} dash-${dash}`;
};
const countOf = (i, population) => tubes[i].counts.find((count) => count.population === population);
const oddPlaces = (i, population) =>
  tubes[i].places.filter((place) => place[0] === population && place[4] !== null && Math.abs(place[4]) >= run.odd);

// What the page holds of a tube's plots: {gates, events}, unpacked when it is first asked for; null where none were drawn.
const strips = new Map();
function stripOf(i) {
  if (!strips.has(i)) {
    const source = document.getElementById(`strip-${i}`);
    const strip = source ? unpacked(source) : null;
    if (strip) {
      for (const gate of strip.gates) {
        for (const name of ["x", "y"]) if (gate[name]) gate[name] = axisOf(strip, gate[name]);
        if (gate.picture) gate.rows = () => rowsOf(gate);
      }
      if (strip.events) strip.events.axes = strip.events.axes.map((axis) => axisOf(strip, axis));
    }
    strips.set(i, strip);
  }
  return strips.get(i);
}
const gatesOf = (i) => (stripOf(i) || { gates: [] }).gates;
const gateOf = (i, population) => gatesOf(i).find((gate) => gate.population === population);

// [marker, ticks as 0 to 1000 of the view, low, high, scale]
function axisOf(strip, [marker, place, low, high]) {
  const [scale, decades] = strip.scales[place];
  const ticks = scale[0] === "linear" ? roundNumbers(scale[1], low, high) : decades;
  return [marker, ticks.map(([at, text]) => [(1000 * (at - low)) / (high - low), text]).filter(([at]) => at >= 0 && at <= 1000), low, high, scale];
}

// Every row of a picture begins with a byte of its own.
function rowsOf(gate) {
  const [width, height] = gate.size;
  const row = Math.ceil(width / 2);
  const bytes = inflated(gate.picture);
  const rows = new Uint8Array(row * height);
  for (let y = 0; y < height; y += 1) rows.set(bytes.subarray(y * (row + 1) + 1, (y + 1) * (row + 1)), y * row);
  return rows;
}

const theme = () => (root.dataset.theme === "dark" ? "dark" : "light");
function setTheme(name) {
  root.dataset.theme = name;
  redrawAll();
}
