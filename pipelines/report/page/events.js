// Some events of a tube: where each lies on every axis, and of which populations it is.
const sampledEvents = new Map();

function eventsOf(i) {
  if (!sampledEvents.has(i)) sampledEvents.set(i, unpackedEvents((stripOf(i) || {}).events));
  return sampledEvents.get(i);
}

function unpackedEvents(packed) {
  if (!packed) return null;
  const { number, axes } = packed;
  const bytes = inflated(packed.positions);
  const half = Math.ceil(number / 2);
  const fine = number * axes.length;
  const at = axes.map(([, , low, high], k) => Float64Array.from({ length: number }, (_, j) => {
    const pair = bytes[fine + k * half + (j >> 1)];
    const position = (bytes[k * number + j] << 4) | (j & 1 ? pair & 15 : pair >> 4);
    return low + (position / 4095) * (high - low);
  }));
  const members = new Map(Object.entries(packed.members).map(([name, bits]) => [name, bytesOf(bits)]));
  return { number, axes, at, most: packed.most, isIn: (j, name) => name === "all" || Boolean(members.get(name) && (members.get(name)[j >> 3] >> (7 - (j & 7))) & 1) };
}

// Events of a population as points 0 to 1000 of a plot's own view, the same number of every population at most; `within`
// leaves those that the plot's parent has. `on`: the tube whose plot it is, where that is another one.
function dotsOf(i, plot, population, within = "all", on = i) {
  const events = eventsOf(i);
  const column = (axis) => (axis && events ? events.axes.findIndex(([name]) => name === axis[0]) : -1);
  const [x, y] = [column(plot.x), column(plot.y)];
  if (x < 0 || y < 0) return [];
  const ways = [plot.x, plot.y].map((axis) => (on === i ? (at) => at : across(i, on, axis)));
  if (!ways.every(Boolean)) return [];
  const share = (way, k, j, [, , low, high]) => (1000 * (way(events.at[k][j]) - low)) / (high - low);
  const dots = [];
  for (let j = 0; j < events.number && dots.length < events.most; j += 1) {
    if (events.isIn(j, population) && events.isIn(j, within)) dots.push([share(ways[0], x, j, plot.x), share(ways[1], y, j, plot.y)]);
  }
  return dots;
}

const scaleOf = (i, axis) => eventsOf(i)?.axes.find(([name]) => name === axis[0])?.[4];

// From positions on an axis of one tube to those of the same marker on another tube; null where that is not known.
function across(from, to, axis) {
  const scales = [scaleOf(from, axis), scaleOf(to, axis)];
  return scales.every(Boolean) ? between(...scales) : null;
}

const alike = (i, k, gate) => [gate.x, gate.y].every((axis) => !axis || String(scaleOf(i, axis)) === String(scaleOf(k, axis)));

// Outlines of the gate on another tube, as points of this plot's own view; null where the axes differ.
function outlinesOn(i, gate, other) {
  const there = gateOf(other, gate.population);
  if (there?.x?.[0] !== gate.x[0] || there.y?.[0] !== gate.y?.[0]) return null;
  const [right, up] = [across(other, i, gate.x), gate.y ? across(other, i, gate.y) : (at) => at];
  if (!right || !up) return null;
  const moved = (axis, from, way, at) => (axis ? (1000 * (way(from[2] + (at / 1000) * (from[3] - from[2])) - axis[2])) / (axis[3] - axis[2]) : at);
  return there.outlines.map((points) => points.map(([x, y]) => [moved(gate.x, there.x, right, x), moved(gate.y, there.y, up, y)]));
}
