// The look of every chart, as a plotly.js template for light and one for dark.

// These three stand in the runner too (figure.py says where they come from): Plotly Express writes
// them into traces there. A test compares them.
const COLORWAY = [
  "#2584f5", "#f77e35", "#c01a7b", "#2d7b48", "#5b5abc",
  "#b66f74", "#be260b", "#a19cda", "#85b46e", "#22a89a",
];
const SEQUENTIAL = [
  "#440154", "#482878", "#3e4989", "#31688e", "#26828e",
  "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725",
];
const DIVERGING = [
  "#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#f7f7f7",
  "#fddbc7", "#f4a582", "#d6604d", "#b2182b",
];

function scale(colours) {
  return colours.map((colour, i) => [i / (colours.length - 1), colour]);
}

const TONES = {
  light: {
    card: "#ffffff", text: "#1b2130", soft: "#5a6375", grid: "#e9edf3", line: "#c6cdd9", zero: "#c6cdd9",
    head: "#eef2f8", row: "#ffffff", stripe: "#f8fafc", link: "rgba(90,99,117,0.22)", land: "#e8ecf2", water: "#f8fafc", border: "#ffffff",
  },
  dark: {
    card: "#161b24", text: "#e7ebf3", soft: "#9ba6b8", grid: "#252c39", line: "#3c4658", zero: "#475268",
    head: "#222a38", row: "#161b24", stripe: "#1a202b", link: "rgba(155,166,184,0.25)", land: "#2b3443", water: "#161b24", border: "#161b24",
  },
};

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", sans-serif';

function axisLook(tone) {
  return {
    automargin: true,
    gridcolor: tone.grid,
    linecolor: tone.line,
    zerolinecolor: tone.zero,
    zerolinewidth: 1,
    tickcolor: tone.line,
    tickfont: { color: tone.soft, size: 12 },
    title: { font: { color: tone.soft, size: 13 } },
    separatethousands: true,
    ticklabelstandoff: 4,
    spikecolor: tone.soft,
    spikethickness: 1,
    spikedash: "dot",
    minor: { gridcolor: tone.grid },
    rangeslider: { bgcolor: tone.stripe, bordercolor: tone.line, borderwidth: 0, thickness: 0.12 },
    rangeselector: buttonLook(tone),
  };
}

function buttonLook(tone) {
  return {
    bgcolor: tone.head, activecolor: tone.line, bordercolor: tone.line, borderwidth: 0,
    font: { color: tone.text, size: 12 },
  };
}

function barLook(tone) {
  return { outlinewidth: 0, thickness: 12, ticks: "", separatethousands: true, tickfont: { color: tone.soft, size: 12 }, title: { font: { color: tone.soft, size: 13 } } };
}

function polarLook(tone) {
  const axis = { gridcolor: tone.grid, linecolor: tone.line, tickfont: { color: tone.soft, size: 12 } };
  return { bgcolor: "rgba(0,0,0,0)", angularaxis: axis, radialaxis: { ...axis, tickfont: { ...axis.tickfont, size: 11 } } };
}

function geoLook(tone) {
  return {
    bgcolor: "rgba(0,0,0,0)", landcolor: tone.land, lakecolor: tone.water, oceancolor: tone.water, showland: true,
    showlakes: false, showcoastlines: false, showcountries: true, countrycolor: tone.border, countrywidth: 0.7,
    subunitcolor: tone.border, showframe: false, framecolor: tone.line,
    lonaxis: { gridcolor: tone.line, gridwidth: 0.5 }, lataxis: { gridcolor: tone.line, gridwidth: 0.5 }, projection: { type: "natural earth" },
  };
}

function sceneLook(tone) {
  const axis = {
    backgroundcolor: "rgba(0,0,0,0)", gridcolor: tone.line, linecolor: tone.line, zerolinecolor: tone.zero,
    color: tone.soft, showbackground: false,
  };
  return { xaxis: axis, yaxis: axis, zaxis: axis };
}

function layoutLook(tone) {
  return {
    colorway: COLORWAY,
    colorscale: {
      sequential: scale(SEQUENTIAL), sequentialminus: scale([...SEQUENTIAL].reverse()), diverging: scale(DIVERGING),
    },
    coloraxis: { colorbar: barLook(tone) },
    font: { family: FONT, size: 13, color: tone.text },
    paper_bgcolor: tone.card,
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 56, r: 20, t: 20, b: 48, pad: 0 },
    hoverlabel: {
      bgcolor: tone.card, bordercolor: tone.line, align: "left", namelength: 40,
      font: { family: FONT, size: 13, color: tone.text },
    },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: tone.soft, activecolor: tone.text },
    legend: {
      bgcolor: "rgba(0,0,0,0)", borderwidth: 0, font: { color: tone.text, size: 12.5 },
      title: { font: { color: tone.soft, size: 12.5 } }, itemsizing: "constant",
    },
    xaxis: { ...axisLook(tone), showgrid: false, zeroline: false, showline: true },
    yaxis: { ...axisLook(tone), title: { font: { color: tone.soft, size: 13 }, standoff: 12 } },
    polar: polarLook(tone),
    geo: geoLook(tone),
    scene: sceneLook(tone),
    ternary: { bgcolor: "rgba(0,0,0,0)", aaxis: { gridcolor: tone.grid }, baxis: { gridcolor: tone.grid }, caxis: { gridcolor: tone.grid } },
    annotationdefaults: { font: { color: tone.text, size: 12.5 }, arrowcolor: tone.soft, arrowhead: 0, arrowwidth: 1 },
    shapedefaults: { line: { color: tone.soft, width: 1 } },
    updatemenudefaults: buttonLook(tone),
    sliderdefaults: {
      bgcolor: tone.head, activebgcolor: COLORWAY[0], bordercolor: tone.line, borderwidth: 0, tickcolor: tone.line,
      font: { color: tone.soft, size: 11 }, currentvalue: { font: { color: tone.text, size: 13 } },
    },
    bargap: 0.24,
    bargroupgap: 0.06,
    barcornerradius: 3,
    boxgap: 0.4,
    boxgroupgap: 0.2,
    violingap: 0.3,
    uniformtext: { minsize: 10, mode: "hide" },
    treemapcolorway: COLORWAY,
    sunburstcolorway: COLORWAY,
    piecolorway: COLORWAY,
  };
}

function traceLook(tone) {
  const bar = barLook(tone);
  const marked = { marker: { colorbar: bar } };
  const parts = { marker: { line: { color: tone.card, width: 1.5 } } };
  const scaled = { colorbar: bar, colorscale: scale(SEQUENTIAL) };
  return {
    bar: [{ marker: { line: { width: 0 }, colorbar: bar }, textfont: { size: 12 } }],
    histogram: [{ marker: { line: { color: tone.card, width: 1 }, cornerradius: 0 } }],
    scatter: [{ line: { width: 2.25 }, marker: { size: 7, colorbar: bar, line: { color: tone.card, width: 0.5 } } }],
    scattergl: [{ line: { width: 2 }, marker: { size: 6, colorbar: bar } }],
    scatter3d: [{ marker: { size: 4, colorbar: bar } }],
    scattergeo: [{ marker: { size: 8, colorbar: bar, line: { color: tone.card, width: 0.5 } } }],
    scatterpolar: [marked],
    box: [{ line: { width: 1.5 }, marker: { size: 4 } }],
    violin: [{ line: { width: 1.5 }, marker: { size: 4 } }],
    pie: [{ ...parts, textfont: { size: 12.5 }, automargin: true, sort: true }],
    sunburst: [parts],
    treemap: [{ ...parts, tiling: { pad: 2 } }],
    icicle: [parts],
    funnelarea: [parts],
    waterfall: [{ connector: { line: { color: tone.line, width: 1 } } }],
    funnel: [{ connector: { fillcolor: tone.head } }],
    heatmap: [{ ...scaled, xgap: 1, ygap: 1 }],
    histogram2d: [scaled],
    histogram2dcontour: [scaled],
    contour: [scaled],
    surface: [scaled],
    choropleth: [{ ...scaled, marker: { line: { color: tone.border, width: 0.5 } } }],
    candlestick: [{ increasing: { line: { color: COLORWAY[2] } }, decreasing: { line: { color: COLORWAY[3] } } }],
    ohlc: [{ increasing: { line: { color: COLORWAY[2] } }, decreasing: { line: { color: COLORWAY[3] } } }],
    sankey: [{ node: { line: { width: 0 }, pad: 16, thickness: 14 }, link: { color: tone.link }, textfont: { color: tone.text } }],
    parcoords: [{ line: { colorbar: bar }, labelfont: { color: tone.text }, tickfont: { color: tone.soft } }],
    indicator: [{
      title: { font: { color: tone.soft, size: 15 } }, number: { font: { color: tone.text } },
      gauge: { bgcolor: tone.head, borderwidth: 0, bar: { color: COLORWAY[0], thickness: 0.7 }, axis: { tickcolor: tone.line, tickfont: { color: tone.soft } } },
    }],
    table: [{
      header: { fill: { color: tone.head }, line: { color: tone.grid, width: 1 }, font: { color: tone.text, size: 13, weight: 600 }, align: "left", height: 34 },
      cells: { fill: { color: tone.row }, line: { color: tone.grid, width: 1 }, font: { color: tone.text, size: 13 }, align: "left", height: 30 },
    }],
  };
}

// `scheme` is "light" or "dark".
function template(scheme) {
  const tone = TONES[scheme];
  return { layout: layoutLook(tone), data: traceLook(tone) };
}

// Colours as code may write them, for the few decisions that need their brightness.
function luminance(colour) {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(colour);
  const rgb = /^rgba?\(\s*([\d.]+)[,\s]+([\d.]+)[,\s]+([\d.]+)/i.exec(colour);
  const named = { black: [0, 0, 0], white: [255, 255, 255], gray: [128, 128, 128], grey: [128, 128, 128], darkblue: [0, 0, 139], navy: [0, 0, 128], darkslategray: [47, 79, 79], darkgray: [169, 169, 169], lightgray: [211, 211, 211], lightgrey: [211, 211, 211], whitesmoke: [245, 245, 245], dimgray: [105, 105, 105] };
  let parts = Object.hasOwn(named, colour.toLowerCase()) ? named[colour.toLowerCase()] : null;
  if (hex) {
    const digits = hex[1].length === 3 ? [...hex[1]].map((d) => d + d).join("") : hex[1];
    parts = [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
  } else if (rgb) parts = rgb.slice(1, 4).map(Number);
  if (!parts) return null;
  const [r, g, b] = parts.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// WCAG 2.2's contrast ratio; unknown colours count as fine.
function contrast(a, b) {
  const [x, y] = [luminance(a), luminance(b)];
  if (x === null || y === null) return 21;
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}
