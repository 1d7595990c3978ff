// A figure laid out for the card it stands in: its title goes to the card's own heading, its colours
// to the scheme, its legend and labels where there is room for them.

const PHONE = 560; // px of card width below which the layout is a phone's
const AXIS = /^([xy])axis(\d*)$/;

// Plotly's pseudo-HTML as plain text.
function plain(text) {
  const entities = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " ", "#39": "'" };
  return String(text)
    .replace(/<[^<>]*>/g, "")
    .replace(/&(amp|lt|gt|quot|nbsp|#39);/g, (_, name) => entities[name])
    .replace(/\s+/g, " ")
    .trim();
}

// The figure's title and, from `subtitle` or the lines after the first, what stands below it.
function titleOf(layout) {
  const title = layout.title;
  const whole = typeof title === "string" ? title : (title && title.text) || "";
  const lines = String(whole).split(/<br[^<>]*>|\n/i).map(plain).filter(Boolean);
  const below = title && title.subtitle && title.subtitle.text ? [plain(title.subtitle.text)] : [];
  return { title: lines[0] || "", subtitle: [...lines.slice(1), ...below].join(" · ") };
}

function axisKey(id, letter) {
  return letter + "axis" + String(id || letter).slice(1);
}

function isName(value) {
  return typeof value === "string" && !/^\s*[-+]?[\d.,]+\s*$/.test(value) && !/^\d{4}-\d{2}/.test(value);
}

// axis name -> the set of names that stand along it.
function namesByAxis(data) {
  const found = {};
  for (const trace of data) {
    for (const letter of ["x", "y"]) {
      const values = trace[letter];
      if (!Array.isArray(values)) continue;
      const key = axisKey(trace[letter + "axis"], letter);
      found[key] = found[key] || new Set();
      for (const value of values) if (isName(value)) found[key].add(value);
    }
  }
  return found;
}

// Axes whose numbers are all years.
function yearAxes(data) {
  const found = {};
  for (const trace of data) {
    for (const letter of ["x", "y"]) {
      const numbers = someNumbers(trace[letter]);
      const key = axisKey(trace[letter + "axis"], letter);
      if (numbers.length) found[key] = found[key] !== false && areYears(numbers);
    }
  }
  return Object.keys(found).filter((key) => found[key]);
}

// axis name -> the largest of its numbers without regard to sign, and whether all are whole.
function numbersByAxis(data) {
  const found = {};
  for (const trace of data) {
    for (const letter of ["x", "y"]) {
      const numbers = someNumbers(trace[letter]);
      const key = axisKey(trace[letter + "axis"], letter);
      if (!numbers.length) continue;
      const before = found[key] || { most: 0, whole: true };
      const most = numbers.reduce((so, n) => Math.max(so, Math.abs(n)), before.most);
      found[key] = { most, whole: before.whole && numbers.every(Number.isInteger) };
    }
  }
  return found;
}

// How a number reads when it is pointed at: exact where it is whole, else with the digits that matter.
function hoverFormat({ most, whole }) {
  if (whole) return ",d";
  return most >= 10 ? ",.2~f" : most >= 1 ? ",.3~f" : ",.4~r";
}

// How many rows and columns of plots a figure has, told by the domains of its axes and traces.
function gridOf(figure) {
  const starts = { x: new Set(), y: new Set() };
  const add = (letter, domain) => {
    if (Array.isArray(domain)) starts[letter].add(Math.round(domain[0] * 50));
  };
  for (const [name, axis] of Object.entries(figure.layout)) {
    const match = AXIS.exec(name);
    if (match && axis && !axis.overlaying) add(match[1], axis.domain);
    else if (axis && axis.domain && typeof axis.domain === "object") ["x", "y"].forEach((l) => add(l, axis.domain[l]));
  }
  for (const trace of figure.data) if (trace.domain) ["x", "y"].forEach((l) => add(l, trace.domain[l]));
  const grid = figure.layout.grid || {};
  return { rows: Math.max(1, starts.y.size, grid.rows || 0), columns: Math.max(1, starts.x.size, grid.columns || 0) };
}

function isTable(figure) {
  return figure.data.some((trace) => trace.type === "table");
}

// What the legend will hold: names of traces, or of the slices of a pie.
function legendEntries(figure) {
  const names = new Set();
  let shown = 0;
  for (const trace of figure.data) {
    if (trace.showlegend === false) continue;
    if (/^(?:pie|funnelarea)$/.test(trace.type)) {
      for (const label of Array.from(trace.labels || []).slice(0, 100)) names.add(String(label));
      shown += 2;
    } else if (trace.name && !/^(?:table|indicator|heatmap|treemap|sunburst|icicle|sankey)$/.test(trace.type)) {
      names.add(String(trace.legendgroup || trace.name));
      shown += trace.showlegend === true ? 2 : 1;
    }
  }
  return figure.layout.showlegend === false || shown < 2 ? [] : [...names];
}

// Facts that do not change with the width of the card.
function survey(figure) {
  return {
    ...titleOf(figure.layout),
    ...gridOf(figure),
    names: namesByAxis(figure.data),
    legend: legendEntries(figure),
    table: isTable(figure),
    tableWidth: Math.max(0, ...figure.data.filter((trace) => trace.type === "table").map(tableWidth)),
    indicators: figure.data.length > 0 && figure.data.every((trace) => trace.type === "indicator"),
    maps: Object.keys(figure.layout).some((name) => /^geo\d*$/.test(name)) || figure.data.some((trace) => /geo|choropleth/.test(trace.type)),
    years: yearAxes(figure.data),
    numbers: numbersByAxis(figure.data),
    bars: figure.data.some((trace) => trace.type === "bar"),
    round: figure.data.some((trace) => /^(?:pie|funnelarea|sunburst|treemap|icicle)$/.test(trace.type)),
    controls: (figure.layout.sliders || []).length + (figure.layout.updatemenus || []).length > 0,
    height: Number(figure.layout.height) || 0,
  };
}

function heightFor(figure, facts, room) {
  const base = room.phone ? 360 : room.many ? 400 : Math.max(440, Math.min(640, Math.round(room.screen * 0.6)));
  let height = base;
  if (facts.rows > 1) height = Math.max(base, facts.rows * (room.phone ? 220 : 260));
  if (facts.table && figure.data.length === 1) return tableHeight(figure.data[0]);
  if (facts.indicators) height = room.phone ? figure.data.length * 180 : facts.rows * 260;
  for (const [axis, names] of Object.entries(facts.names)) {
    if (axis[0] === "y") height = Math.max(height, Math.min(2400, names.size * 21 * facts.rows + 110));
  }
  if (facts.controls) height += 90;
  if (room.phone && facts.legend.length) height += Math.min(200, 24 * Math.ceil(facts.legend.length / 2));
  return Math.max(height, facts.rows > 1 || facts.height > 640 ? Math.min(facts.height, 2400) : 0);
}

// Narrower than this a chart scrolls within its card.
function widthFor(figure, facts) {
  return Math.max(facts.tableWidth, facts.columns > 1 && !facts.indicators ? facts.columns * 165 : 0);
}

const TITLE_KEYS = ["title", "template", "width", "height", "margin", "paper_bgcolor", "plot_bgcolor", "autosize"];
const LINE_KEYS = ["gridcolor", "linecolor", "zerolinecolor", "tickcolor"];

// Ink that the code chose for another background is given back to the theme.
function refit(value, card) {
  if (Array.isArray(value)) return value.forEach((item) => refit(item, card));
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    if (/font$/.test(name) && inner && typeof inner.color === "string") {
      if (!value.bgcolor && contrast(inner.color, card) < 3) delete inner.color;
    }
    refit(inner, card);
  }
  return undefined;
}

function refitAxes(layout) {
  for (const [name, axis] of Object.entries(layout)) {
    if (AXIS.test(name) && axis) for (const key of LINE_KEYS) delete axis[key];
  }
  if (layout.font) {
    delete layout.font.family;
    delete layout.font.color;
  }
  delete layout.hoverlabel;
}

// A line or bar that has the card's own brightness would not be seen.
function visibleTrace(trace, tone) {
  const copy = { ...trace };
  for (const part of ["line", "marker"]) {
    const colour = copy[part] && copy[part].color;
    if (typeof colour === "string" && contrast(colour, tone.card) < 1.2) copy[part] = { ...copy[part], color: tone.soft };
  }
  if (typeof copy.textfont === "object" && copy.textfont && typeof copy.textfont.color === "string") {
    const outside = copy.textposition === undefined || /out|top|bottom|middle/.test(copy.textposition);
    if (outside && contrast(copy.textfont.color, tone.card) < 3) copy.textfont = { ...copy.textfont, color: undefined };
  }
  return copy;
}

function cut(text, length) {
  const chars = [...text];
  return chars.length <= length ? text : chars.slice(0, length - 1).join("").trimEnd() + "…";
}

// Whole words on at most `lines` lines of `length` letters; what is left over is cut.
function wrap(text, length, lines) {
  const made = [""];
  for (const word of text.split(/\s+/)) {
    const last = made[made.length - 1];
    if (!last || [...last, ...word].length + 1 <= length) made[made.length - 1] = last ? last + " " + word : word;
    else made.push(word);
  }
  if (made.length > lines) made.splice(lines - 1, made.length, made.slice(lines - 1).join(" "));
  return made.map((line) => cut(line, length)).join("<br>");
}

// Letters a line and lines that a name may take where it stands.
function nameRoom(axis, names, facts, room) {
  const count = names.size;
  const tall = room.height / facts.rows / count;
  if (axis[0] === "y") return { letters: room.phone ? 15 : 30, lines: tall > 60 ? 3 : tall > 40 ? 2 : 1 };
  const slot = Math.floor((room.width - 70) / facts.columns / count / 7.2);
  const longest = Math.max(0, ...[...names].flatMap((name) => name.split(/\s+/)).map((word) => [...word].length));
  if (slot >= 12 || (slot >= 6 && longest <= slot)) return { letters: Math.min(slot, 26), lines: 3 };
  return { letters: room.phone ? 14 : 22, lines: 1 };
}

// Long names are wrapped or keep their start on the axis, and are whole when pointed at.
function shortenNames(layout, facts, room) {
  for (const [axis, names] of Object.entries(facts.names)) {
    const { letters, lines } = nameRoom(axis, names, facts, room);
    const long = [...names].filter((name) => [...name].length > letters);
    if (!long.length || long.length > 400) continue;
    const short = Object.fromEntries(long.map((name) => [name, wrap(name, letters, lines)]));
    layout[axis] = { ...layout[axis], labelalias: { ...short, ...(layout[axis] || {}).labelalias } };
  }
}

// Pixels of a legend on one line: a symbol and a gap an entry, and about seven a letter.
function legendLength(layout, facts) {
  const title = layout.legend && layout.legend.title && layout.legend.title.text;
  return facts.legend.reduce((sum, name) => sum + 62 + 7 * [...name].length, title ? 30 + 7 * plain(title).length : 0);
}

function placeLegend(layout, facts, room) {
  const own = layout.legend || {};
  const chosen = ["x", "y", "orientation"].some((key) => key in own) && !room.phone;
  if (chosen || !facts.legend.length) return;
  const top = { orientation: "h", x: 0, xanchor: "left", y: 1.02, yanchor: "bottom" };
  const bottom = { orientation: "h", x: 0, xanchor: "left", yref: "container", y: 0, yanchor: "bottom", maxheight: 180 };
  const free = facts.rows * facts.columns === 1 && !facts.controls && !facts.round;
  if (room.phone) layout.legend = { ...own, ...bottom, title: { text: "" } };
  else if (free && legendLength(layout, facts) < room.width - 90) layout.legend = { ...own, ...top };
  else layout.legend = { ...own, x: 1.02, xanchor: "left", y: 1, yanchor: "top" };
}

// Two bars a hand wide help nobody: the fewer there are, the more air.
function placeBars(layout, facts, room) {
  if (room.phone || layout.bargap !== undefined || !facts.bars) return;
  const names = Math.max(0, ...Object.values(facts.names).map((set) => set.size));
  const width = room.width / facts.columns / Math.max(1, names);
  if (names && width > 140) layout.bargap = Math.min(0.6, 0.24 + (width - 140) / 500);
}

function flatBar(bar) {
  const title = bar && bar.title ? { ...(typeof bar.title === "string" ? { text: bar.title } : bar.title), side: "top" } : undefined;
  return { ...bar, ...(title ? { title } : {}), orientation: "h", x: 0.5, xanchor: "center", y: -0.18, yanchor: "top", len: 1, thickness: 10 };
}

function placeColorbars(layout, room) {
  for (const [name, axis] of Object.entries(layout)) {
    if (!/^coloraxis\d*$/.test(name) || !axis) continue;
    if (room.phone) axis.colorbar = flatBar(axis.colorbar);
  }
}

// What plotly.js's own defaults get wrong.
function mendAxes(layout, facts, room) {
  for (const [key, numbers] of Object.entries(facts.numbers)) {
    const axis = layout[key] || {};
    if (axis.hoverformat || axis.tickformat || axis.type === "log") continue;
    layout[key] = { ...axis, hoverformat: hoverFormat(numbers) };
  }
  for (const key of facts.years) {
    const axis = layout[key] || {};
    layout[key] = { ...axis, separatethousands: false, ...(axis.tickformat || axis.type === "log" ? {} : { tickformat: "d", hoverformat: "d" }) };
  }
  for (const [name, axis] of Object.entries(layout)) {
    if (AXIS.test(name) && axis && axis.type === "log" && axis.dtick === undefined) {
      Object.assign(axis, room.phone ? { dtick: 1 } : { dtick: "D2", minorloglabels: "complete" });
    }
    if (AXIS.test(name) && axis && axis.overlaying && !axis.tickmode) Object.assign(axis, { tickmode: "auto", showgrid: false });
  }
}

// Behind a heatmap a grid would show through its gaps.
function ungrid(layout, data) {
  for (const trace of data) {
    if (!/^(?:heatmap|histogram2d|contour)/.test(trace.type)) continue;
    const key = axisKey(trace.yaxis, "y");
    layout[key] = { ...layout[key], showgrid: false };
  }
}

// Plotly Express names facets and frames "day=Sun".
function readable(text) {
  return String(text).replace(/^([\p{L}\p{N}_ ().%-]{1,40})=(?=[^=])/u, "$1: ");
}

function mendNames(layout) {
  for (const note of layout.annotations || []) {
    if (note && note.showarrow === false && typeof note.text === "string") note.text = readable(note.text);
  }
  for (const slider of layout.sliders || []) {
    if (slider && slider.currentvalue && slider.currentvalue.prefix) slider.currentvalue.prefix = slider.currentvalue.prefix.replace(/=$/, ": ");
  }
}

// On a phone several figures in a row stand below each other.
function stackIndicators(data, facts, room) {
  if (!facts.indicators || !room.phone || data.length < 2) return data;
  return data.map((trace, i) => ({ ...trace, domain: { x: [0.08, 0.92], y: [1 - (i + 0.85) / data.length, 1 - (i + 0.1) / data.length] } }));
}

// So many slices that their labels would stand in each other's way.
function mendPie(trace) {
  if (trace.type !== "pie" || lengthOf(trace.labels) <= 7 || trace.textposition) return trace;
  return { ...trace, textposition: "inside" };
}

// Plotly Express writes "day=Sun" into what is shown of a point; the first "=" of a line parts name and value.
function mendHover(trace) {
  if (typeof trace.hovertemplate !== "string") return trace;
  const lines = trace.hovertemplate.split("<br>").map((line) => line.replace(/^([^=%{}<>]{1,80})=(?=.)/, "$1: "));
  const copy = { ...trace, hovertemplate: lines.join("<br>") };
  if (trace.type === "heatmap" && !trace.zhoverformat) copy.zhoverformat = hoverFormat(numbersOf(trace.z));
  return copy;
}

function numbersOf(rows) {
  const numbers = Array.from(decode(rows)).flatMap((row) => Array.from(row || [])).filter(Number.isFinite);
  return { most: numbers.reduce((so, n) => Math.max(so, Math.abs(n)), 0), whole: numbers.every(Number.isInteger) };
}

function dress(plain, tone) {
  const trace = mendHover(plain);
  return trace.type === "table" ? tidyTable(trace) : mendPie(visibleTrace(trace, tone));
}

// Labels of facets and of subplots stand in the margin.
function marginFor(layout, facts) {
  const margin = { l: 52, r: 16, t: 16, b: 44 };
  if (facts.maps) return { l: 4, r: 4, t: 4, b: 4 };
  if (facts.table) return { l: 2, r: 2, t: 2, b: 2 };
  for (const note of layout.annotations || []) {
    if (!note || typeof note.y !== "number") continue;
    const onPaper = /paper|domain/.test(note.yref || "paper") && /paper|domain/.test(note.xref || "paper");
    if (onPaper && note.y >= 0.98) margin.t = 40;
    if (onPaper && note.x >= 0.97 && note.textangle) margin.r = 36;
  }
  return margin;
}

// room: { scheme, width, screen, phone, touch, many }.
function arrange(figure, facts, room) {
  const tone = TONES[room.scheme];
  const layout = structuredClone(figure.layout);
  const margin = marginFor(layout, facts);
  for (const key of TITLE_KEYS) delete layout[key];
  refitAxes(layout);
  refit(layout, tone.card);
  mendAxes(layout, facts, room);
  mendNames(layout);
  ungrid(layout, figure.data);
  shortenNames(layout, facts, room);
  placeLegend(layout, facts, room);
  placeColorbars(layout, room);
  placeBars(layout, facts, room);
  if (room.touch) layout.dragmode = false;
  Object.assign(layout, { template: template(room.scheme), margin, autosize: false, width: room.width, height: room.height });
  return { data: stackIndicators(figure.data.map((trace) => dress(trace, tone)), facts, room), layout };
}
