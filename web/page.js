// Reads the figures that stand in the page, and draws each into a card of its own.

const dark = matchMedia("(prefers-color-scheme: dark)");
const touch = matchMedia("(pointer: coarse)");
const page = document.documentElement;
let printing = false;

function scheme() {
  if (printing) return "light";
  const asked = page.dataset.theme;
  return asked === "light" || asked === "dark" ? asked : dark.matches ? "dark" : "light";
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// A sentence for the notes below the charts, once.
function say(sentence) {
  const list = document.querySelector(".notes ul");
  if ([...list.children].some((item) => item.textContent === sentence)) return;
  list.append(element("li", { textContent: sentence }));
  list.closest(".notes").hidden = false;
}

function sameWords(a, b) {
  const words = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  return words(a) === words(b);
}

const KINDS = {
  bar: "bar chart", scatter: "line or scatter chart", scattergl: "scatter chart", histogram: "histogram", box: "box plot",
  violin: "violin plot", pie: "pie chart", heatmap: "heatmap", table: "table", indicator: "indicator", choropleth: "map",
  scattergeo: "map",
};

// What a screen reader is told instead of a thousand paths.
function describe(figure, title) {
  const kinds = [...new Set(figure.data.map((trace) => KINDS[trace.type || "scatter"] || trace.type + " chart"))];
  const names = [...new Set(figure.data.map((trace) => trace.name).filter(Boolean))].slice(0, 12).map(plain);
  return [title || "Chart", kinds.join(" and "), names.length > 1 ? names.join(", ") : ""].filter(Boolean).join(". ");
}

// For a file's name: words of the title.
function fileName(title) {
  return title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60) || "chart";
}

function savePicture(panel) {
  const { data, layout } = panel.drawn;
  const tone = TONES[panel.drawn.room.scheme];
  const margin = { ...layout.margin, t: layout.margin.t + 48 };
  const title = { text: panel.heading, x: 0.02, xanchor: "left", y: 0.98, yanchor: "top", font: { size: 18, color: tone.text } };
  const picture = { data, layout: { ...layout, title, margin, height: layout.height + 48 } };
  return Plotly.downloadImage(picture, {
    format: "png", scale: 2, width: layout.width, height: layout.height + 48, filename: fileName(panel.heading),
  });
}

function config() {
  return {
    displaylogo: false,
    responsive: false,
    scrollZoom: false,
    showSendToCloud: false,
    plotlyServerURL: "",
    typesetMath: false,
    doubleClick: "reset",
    showTips: false,
    topojsonURL: "none:",
    displayModeBar: touch.matches ? false : "hover",
    modeBarButtonsToRemove: ["toImage", "lasso2d", "select2d", "autoScale2d", "toggleSpikelines", "hoverClosestCartesian", "hoverCompareCartesian"],
  };
}

// The world comes with the page when a figure needs it; every scope is cut from the one map.
function offerWorld() {
  const stored = document.getElementById("world");
  if (!stored) return;
  const world = JSON.parse(stored.textContent);
  const topojson = {};
  for (const scope of ["world", "usa", "europe", "asia", "africa", "north-america", "south-america", "oceania", "antarctica"]) {
    for (const detail of ["110m", "50m"]) topojson[scope + "_" + detail] = world;
  }
  window.PlotlyGeoAssets = { topojson };
}

function roomOf(panel) {
  const inner = panel.scroll.clientWidth - 24; // the padding of .scroll
  const width = Math.max(280, inner, widthFor(panel.figure, panel.facts));
  return {
    scheme: scheme(), width, screen: innerHeight, phone: inner < PHONE && width === Math.max(280, inner),
    touch: touch.matches, many: page.dataset.panels === "many",
  };
}

function showFailure(panel, error) {
  const text = "This chart could not be drawn: " + plain((error && error.message) || error) + ".";
  panel.chart.remove();
  panel.scroll.replaceChildren(element("p", { className: "failed", role: "alert", textContent: text }));
  panel.failed = true;
}

const STRETCH = 1.4; // a chart grows to its neighbour's height, but not out of shape

// Takes the room a chart needs; all cards take theirs before any is drawn, for neighbours share a row.
function takeRoom(panel) {
  if (panel.failed) return;
  const room = roomOf(panel);
  const height = heightFor(panel.figure, panel.facts, room);
  panel.card.style.alignSelf = "";
  panel.chart.style.minHeight = height + "px";
  panel.chart.style.minWidth = room.width + "px";
  panel.room = { ...room, height };
}

function shareRoom(panel) {
  if (panel.failed) return;
  const offered = panel.scroll.clientHeight - 24;
  if (offered > panel.room.height * STRETCH) panel.card.style.alignSelf = "start";
  else if (!panel.facts.table) panel.room.height = Math.max(panel.room.height, offered);
}

async function draw(panel) {
  if (panel.failed) return;
  try {
    const room = panel.room;
    const { data, layout } = arrange(panel.figure, panel.facts, room);
    const frames = panel.figure.frames.length ? { frames: panel.figure.frames } : {};
    await (panel.drawn ? Plotly.react : Plotly.newPlot)(panel.chart, { data, layout, config: config(), ...frames });
    panel.drawn = { data, layout, room };
    panel.chart.classList.add("drawn");
    panel.scroll.tabIndex = panel.scroll.scrollWidth > panel.scroll.clientWidth ? 0 : -1; // a keyboard scrolls it
  } catch (error) {
    showFailure(panel, error);
  }
}

async function drawAll(panels) {
  panels.forEach(takeRoom);
  panels.forEach(shareRoom);
  for (const panel of panels) await draw(panel);
}

// A figure that cannot even be read must not take the others with it.
function readFigure(figure) {
  try {
    const read = flatten(clean(figure, say), say);
    return { figure: read, facts: survey(read) };
  } catch (error) {
    const none = { data: [], layout: {}, frames: [] };
    return { figure: none, facts: survey(none), error };
  }
}

function captionOf(facts, title, index) {
  const caption = element("figcaption", { id: "caption-" + index });
  if (title) caption.append(element("h2", { textContent: title }));
  if (facts.subtitle) caption.append(element("p", { textContent: facts.subtitle }));
  return caption;
}

function cardFor(stored, index, alone, heading) {
  const { figure, facts, error } = readFigure(stored.figure);
  const title = facts.title || (alone ? "" : stored.name || "Chart " + (index + 1));
  const caption = captionOf(facts, alone && sameWords(title, heading) ? "" : title, index);
  const chart = element("div", { className: "chart" });
  const scroll = element("div", { className: "scroll" }, chart);
  const card = element("figure", { className: "panel" });
  if (caption.children.length) card.append(caption);
  else card.classList.add("bare");
  if (facts.columns > 2) card.classList.add("wide");
  chart.setAttribute("role", "group");
  chart.setAttribute("aria-label", describe(figure, title || heading));
  card.append(scroll);
  const panel = { figure, facts, card, scroll, chart, heading: title || heading, drawn: null, failed: false };
  if (error) showFailure(panel, error);
  else card.append(saveButton(panel));
  return panel;
}

function saveButton(panel) {
  const button = element("button", { type: "button", className: "save", title: "Download as PNG" });
  button.setAttribute("aria-label", "Download “" + panel.heading + "” as PNG");
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  icon.setAttribute("viewBox", "0 0 20 20");
  icon.setAttribute("aria-hidden", "true");
  path.setAttribute("d", "M10 3v9m0 0 3.5-3.5M10 12 6.5 8.5M4 15.5h12");
  icon.append(path);
  button.append(icon);
  button.addEventListener("click", () => savePicture(panel).catch((error) => say("The picture could not be made: " + error.message)));
  return button;
}

// Redraws when the cards have another width or the scheme has changed: once a frame at most.
function follow(panels) {
  let waiting = 0;
  const stale = (panel) => {
    const room = roomOf(panel);
    return !panel.failed && (!panel.room || panel.room.width !== room.width || panel.room.scheme !== room.scheme);
  };
  const soon = () => {
    waiting = waiting || requestAnimationFrame(() => {
      waiting = 0;
      if (panels.some(stale)) drawAll(panels);
    });
  };
  const observer = new ResizeObserver(soon);
  panels.forEach((panel) => observer.observe(panel.scroll));
  dark.addEventListener("change", () => {
    page.dataset.scheme = scheme();
    soon();
  });
  const print = (on) => () => {
    printing = on;
    drawAll(panels);
  };
  addEventListener("beforeprint", print(true));
  addEventListener("afterprint", print(false));
}

async function start() {
  page.dataset.scheme = scheme();
  const main = document.querySelector(".panels");
  if (typeof Plotly === "undefined") throw new Error("plotly.js did not load");
  offerWorld();
  const stored = JSON.parse(document.getElementById("figures").textContent);
  const heading = document.querySelector("h1").textContent;
  page.dataset.panels = stored.length > 1 ? "many" : "one";
  const panels = stored.map((panel, i) => cardFor(panel, i, stored.length === 1, heading));
  main.replaceChildren(...panels.map((panel) => panel.card));
  await drawAll(panels);
  follow(panels);
  page.dataset.ready = "yes";
}

start().catch((error) => {
  const text = "The charts could not be drawn: " + ((error && error.message) || error) + ".";
  document.querySelector(".panels").replaceChildren(element("p", { className: "failed", role: "alert", textContent: text }));
  page.dataset.ready = "failed";
});
