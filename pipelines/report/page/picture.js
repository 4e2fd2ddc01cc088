// One gate as SVG: density (or profile), outline, axes. `small` leaves the axes out.
const side = 190;
const beside = 41;

function gatePicture(gate, label, small = false, limits = null) {
  const left = small ? 0 : beside;
  const below = small ? 0 : 34;
  const above = small ? 0 : 6;
  const plot = s("svg", { x: left, y: above, width: side, height: side, viewBox: "0 0 1000 1000", preserveAspectRatio: "none", overflow: "hidden" },
    s("rect", { class: "ground", width: 1000, height: 1000 }),
    s("g", { transform: limits && within(gate, limits) },
      gate.picture ? density(gate.picture) : profilePath(gate.profile || []),
      gate.outlines.map((corners) => {
        const points = corners.map(([x, y]) => `${x},${1000 - y}`).join(" ");
        return [s("polygon", { class: "halo", points }), s("polygon", { class: "edge", points })];
      })),
    s("rect", { class: "frame", width: 1000, height: 1000 }),
  );
  const picture = s("svg", {
    viewBox: `0 0 ${left + side + (small ? 0 : 8)} ${above + side + below}`, role: "img", "aria-label": label, class: colourClass(gate.population),
  }, plot);
  if (!small) picture.append(...axes(gate, left, above));
  return picture;
}

// Where the picture lies in a view of other limits, so that pictures of many tubes share their axes.
function within(gate, [xLow, xHigh, yLow, yHigh]) {
  const [, , x0, x1] = gate.x;
  const [, , y0, y1] = gate.y || [0, 0, yLow, yHigh];
  const [sx, sy] = [(x1 - x0) / (xHigh - xLow), (y1 - y0) / (yHigh - yLow)];
  return `translate(${1000 * (x0 - xLow) / (xHigh - xLow)} ${1000 * (yHigh - y1) / (yHigh - yLow)}) scale(${sx} ${sy})`;
}

// The limits that take in all of some pictures, where they look at the same axes; null where they do not.
function commonLimits(gates) {
  if (!gates.length) return null;
  const name = (gate) => `${gate.x[0]}|${gate.y ? gate.y[0] : ""}`;
  if (gates.some((gate) => name(gate) !== name(gates[0]))) return null;
  const ends = (axis, k) => gates.map((gate) => (gate[axis] ? gate[axis][k] : k - 2));
  return [Math.min(...ends("x", 2)), Math.max(...ends("x", 3)), Math.min(...ends("y", 2)), Math.max(...ends("y", 3))];
}

function density([size, tail]) {
  const image = s("image", { width: 1000, height: 1000, preserveAspectRatio: "none", "data-size": size, href: address(size, tail) });
  image.tail = tail;
  return image;
}

function profilePath(heights) {
  const step = 1000 / Math.max(1, heights.length);
  const line = heights.map((height, k) => `L${(k * step).toFixed(1)},${1000 - height * 0.94}H${((k + 1) * step).toFixed(1)}`).join("");
  return s("path", { class: "profile", d: `M0,1000${line}V1000Z` });
}

function axes(gate, left, above) {
  const bottom = above + side;
  const [xName, xTicks] = gate.x;
  const marks = xTicks.map(([at, text]) => {
    const x = left + (at / 1000) * side;
    return [s("line", { class: "tick", x1: x, x2: x, y1: bottom, y2: bottom + (text ? 5 : 2.5) }),
      text ? s("text", { x, y: bottom + 15, "text-anchor": "middle" }, text) : ""];
  });
  marks.push(s("text", { class: "axis-name", x: left + side / 2, y: bottom + 29, "text-anchor": "middle" }, xName));
  if (gate.y) {
    const [yName, yTicks] = gate.y;
    marks.push(yTicks.map(([at, text]) => {
      const y = bottom - (at / 1000) * side;
      return [s("line", { class: "tick", x1: left - (text ? 5 : 2.5), x2: left, y1: y, y2: y }),
        text ? s("text", { x: left - 7, y: y + 3.2, "text-anchor": "end" }, text) : ""];
    }));
    marks.push(yTitle(yName, above));
  } else {
    marks.push(yTitle("events (√)", above));
  }
  return marks.flat(3).filter(Boolean);
}

const yTitle = (text, above) =>
  s("text", { class: "axis-name", x: -(above + side / 2), y: 9, transform: "rotate(-90)", "text-anchor": "middle" }, text);
