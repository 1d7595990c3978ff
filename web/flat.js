// plotly.js draws four kinds of trace with a library that writes code as it runs (regl, through
// Function), and the page's policy lets no such code run: 'unsafe-eval' would let a figure's text
// become code as well. These traces are drawn by their SVG relatives instead.

const POINTS_MOST = 20000; // of markers in a figure: SVG takes about a second for so many

function number(n) {
  return n.toLocaleString("en-US");
}

function drawsMarkers(trace) {
  return !trace.mode || /markers|text/.test(trace.mode);
}

function thinMarkers(data, say) {
  const heavy = data.filter(drawsMarkers);
  const total = heavy.reduce((sum, trace) => sum + pointsIn(trace), 0);
  if (total <= POINTS_MOST) return data;
  const step = Math.ceil(total / POINTS_MOST);
  const kept = heavy.reduce((sum, trace) => sum + Math.ceil(pointsIn(trace) / step), 0);
  say(`The chart shows ${number(kept)} of ${number(total)} points: 1 in ${number(step)}.`);
  return data.map((trace) => (drawsMarkers(trace) ? thinned(trace, pointsIn(trace), step) : trace));
}

function pointsIn(trace) {
  return Math.max(lengthOf(trace.x), lengthOf(trace.y), lengthOf(trace.r), lengthOf(trace.theta));
}

const GL_TRACES = { scattergl: "scatter", scatterpolargl: "scatterpolar" };

function offGl(figure, say) {
  const gl = figure.data.filter((trace) => Object.hasOwn(GL_TRACES, trace.type));
  if (!gl.length) return;
  const thin = thinMarkers(gl, say);
  for (const [i, trace] of thin.entries()) trace.type = GL_TRACES[trace.type] || gl[i].type;
  figure.data = figure.data.map((trace) => (gl.includes(trace) ? thin[gl.indexOf(trace)] : trace));
}

// A scatter matrix as a grid of scatter plots.
function visibleDimensions(trace) {
  return (trace.dimensions || []).filter((dimension) => dimension && dimension.visible !== false);
}

function matrixAxes(layout, dimensions) {
  const n = dimensions.length;
  for (let i = 0; i < n; i++) {
    const suffix = i ? String(i + 1) : "";
    const from = i / n;
    const label = { text: dimensions[i].label || "" };
    const domain = (start) => [start + 0.012, start + 1 / n - 0.012];
    layout["xaxis" + suffix] = { ...layout["xaxis" + suffix], domain: domain(from), anchor: "y" + (n > 1 ? n : ""), title: label };
    layout["yaxis" + suffix] = { ...layout["yaxis" + suffix], domain: domain(1 - from - 1 / n), anchor: "x", title: label };
  }
}

function matrixCells(trace, dimensions) {
  const cells = [];
  const { dimensions: _, diagonal, showupperhalf, showlowerhalf, xaxes, yaxes, ...look } = trace;
  dimensions.forEach((down, j) =>
    dimensions.forEach((across, i) => {
      if ((i === j && diagonal && diagonal.visible === false) || (i > j && showupperhalf === false) || (i < j && showlowerhalf === false)) return;
      const axes = { xaxis: "x" + (i ? i + 1 : ""), yaxis: "y" + (j ? j + 1 : "") };
      const shown = cells.length === 0 && look.showlegend !== false;
      const group = look.legendgroup || look.name;
      cells.push({ ...look, ...axes, type: "scatter", mode: "markers", x: across.values, y: down.values, legendgroup: group, showlegend: shown });
    }),
  );
  return cells;
}

function offMatrix(figure, say) {
  const matrices = figure.data.filter((trace) => trace.type === "splom");
  if (!matrices.length) return;
  const dimensions = visibleDimensions(matrices[0]);
  matrixAxes(figure.layout, dimensions);
  const cells = matrices.flatMap((trace) => matrixCells(trace, visibleDimensions(trace)));
  const others = figure.data.filter((trace) => trace.type !== "splom");
  figure.data = [...others, ...thinMarkers(cells, say)];
}

// Parallel coordinates as lines over axes of one height, coloured in a few steps.
const STEPS = 12;
const ROWS_MOST = 2000;

function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const v of values) {
    if (typeof v !== "number" || Number.isNaN(v)) continue;
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  return low <= high ? [low, high] : [0, 1];
}

function share(value, [low, high]) {
  return high > low ? (value - low) / (high - low) : 0.5;
}

function lineColours(line) {
  const values = line && line.color !== undefined ? decode(line.color) : [];
  if (!values.length) return { stepOf: () => 0, colourOf: () => (line && typeof line.color === "string" ? line.color : COLORWAY[0]) };
  const range = [line.cmin, line.cmax].every((v) => typeof v === "number") ? [line.cmin, line.cmax] : extent(values);
  return {
    stepOf: (row) => Math.max(0, Math.min(STEPS - 1, Math.floor(share(values[row], range) * STEPS))),
    colourOf: (step) => SEQUENTIAL[Math.round((step / (STEPS - 1)) * (SEQUENTIAL.length - 1))],
  };
}

function parallelLines(trace, dimensions, columns, ranges) {
  const colours = lineColours(trace.line);
  const lines = new Map();
  const rows = Math.max(0, ...columns.map((column) => column.length));
  const step = Math.max(1, Math.ceil(rows / ROWS_MOST));
  for (let row = 0; row < rows; row += step) {
    const key = colours.stepOf(row);
    if (!lines.has(key)) lines.set(key, { x: [], y: [] });
    const line = lines.get(key);
    columns.forEach((column, i) => {
      line.x.push(i);
      line.y.push(share(column[row], ranges[i]));
    });
    line.x.push(null);
    line.y.push(null);
  }
  const made = [...lines].map(([key, line]) => ({
    type: "scatter", mode: "lines", ...line, line: { color: colours.colourOf(key), width: 1 }, opacity: 0.65,
    hoverinfo: "skip", showlegend: false,
  }));
  return { made, rows, step };
}

function shortNumber(value) {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

function parallelLayout(layout, dimensions, ranges) {
  const labels = dimensions.map((dimension) => cut(plain(dimension.label || ""), 18));
  const ends = (i, y) => ({
    x: i, y, text: shortNumber(ranges[i][y]), showarrow: false, yshift: y ? 12 : -12, font: { size: 11 },
  });
  layout.xaxis = { tickvals: labels.map((_, i) => i), ticktext: labels, side: "top", showline: false, fixedrange: true };
  layout.yaxis = { visible: false, range: [-0.08, 1.08], fixedrange: true };
  layout.shapes = labels.map((_, i) => ({ type: "line", x0: i, x1: i, y0: 0, y1: 1, layer: "above" }));
  layout.annotations = labels.flatMap((_, i) => [ends(i, 0), ends(i, 1)]);
  delete layout.coloraxis;
}

function offParallel(figure, say) {
  const trace = figure.data.find((one) => one.type === "parcoords");
  if (!trace) return;
  const dimensions = visibleDimensions(trace);
  const columns = dimensions.map((dimension) => decode(dimension.values));
  const ranges = dimensions.map((dimension, i) => (Array.isArray(dimension.range) ? dimension.range : extent(columns[i])));
  const coloured = trace.line && trace.line.coloraxis ? { ...trace.line, ...figure.layout[trace.line.coloraxis] } : trace.line;
  const { made, rows, step } = parallelLines({ ...trace, line: coloured }, dimensions, columns, ranges);
  if (step > 1) say(`The chart shows ${number(Math.ceil(rows / step))} of ${number(rows)} rows: 1 in ${number(step)}.`);
  figure.data = figure.data.flatMap((one) => (one === trace ? made : one.type === "parcoords" ? [] : [one]));
  parallelLayout(figure.layout, dimensions, ranges);
}

function flatten(figure, say) {
  offGl(figure, say);
  offMatrix(figure, say);
  offParallel(figure, say);
  return figure;
}
