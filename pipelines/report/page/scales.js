// Positions on a scale, and back in linear intensity: so that a gate of one tube lies right on another tube's axis.
// A scale is given as its kind and parameters: linear [top], log [top, decades], asinh [top, decades, negative],
// logicle [top, decades, linear, negative]; formulas of Gating-ML 2.0 and Moore & Parks (2012).
const logicleParts = new Map();

function logicleOf(scale) {
  const key = String(scale);
  if (!logicleParts.has(key)) {
    const [, top, decades, linear, negative] = scale;
    const w = linear / (decades + negative);
    const x2 = negative / (decades + negative);
    const [x1, x0] = [x2 + w, x2 + 2 * w];
    const b = (decades + negative) * Math.LN10;
    const d = w === 0 ? b : crossing((at) => 2 * (Math.log(at) - Math.log(b)) + w * (at + b), 1e-9, b);
    const ca = Math.exp(x0 * (b + d));
    const mf = Math.exp(b * x1) - ca / Math.exp(d * x1);
    const a = top / (Math.exp(b) - mf - ca / Math.exp(d));
    logicleParts.set(key, { a, b, c: ca * a, d, f: -mf * a, x1 });
  }
  return logicleParts.get(key);
}

// Where a rising function is 0.
function crossing(rising, low, high) {
  for (let k = 0; k < 80; k += 1) {
    const middle = (low + high) / 2;
    if (rising(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function toLinear(scale, at) {
  const [kind, top, decades, negative] = scale;
  if (kind === "linear") return at * top;
  if (kind === "log") return 10 ** ((at - 1) * decades) * top;
  if (kind === "asinh") return (Math.sinh((at * (decades + negative) - negative) * Math.LN10) * top) / Math.sinh(decades * Math.LN10);
  if (kind !== "logicle") throw new Error(`no scale ${kind}`);
  const { a, b, c, d, f, x1 } = logicleOf(scale);
  const x = at < x1 ? 2 * x1 - at : at;
  const value = a * Math.exp(b * x) + f - c / Math.exp(d * x);
  return at < x1 ? -value : value;
}

const toScaled = (scale, linear) => (scale[0] === "linear" ? linear / scale[1] : crossing((at) => toLinear(scale, at) - linear, -2, 3));

// A function from positions on one scale to those on another; null where the page does not know it (FlowJo's table).
function between(from, to) {
  if (String(from) === String(to)) return (at) => at;
  if (from[0] === "biex" || to[0] === "biex") return null;
  return (at) => toScaled(to, toLinear(from, at));
}

// Ticks of a linear axis: steps of 1, 2, 2.5 or 5, at most six of them in view.
function roundNumbers(top, low, high) {
  const span = top * (high - low);
  const ten = 10 ** Math.floor(Math.log10(span / 4));
  const step = ten * [1, 2, 2.5, 5, 10].find((factor) => span / (ten * factor) <= 6);
  const short = (value) => { const [size, letter] = Math.abs(value) >= 1e6 ? [1e6, "M"] : Math.abs(value) >= 1e3 ? [1e3, "k"] : [1, ""]; return `${Number((value / size).toPrecision(6))}${letter}`; };
  const first = Math.ceil((top * low) / step);
  return Array.from({ length: Math.floor((top * high) / step) - first + 1 }, (_, k) => [((first + k) * step) / top, short((first + k) * step)]);
}
