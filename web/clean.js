// What a figure may not do. The figure comes from code that nobody read; plotly.js and the
// Content-Security-Policy hold it too, but a page that is refused a request shows a broken chart
// and says nothing. So what would reach out is taken out, or drawn another way, and told.

const SAID = {
  links: "Links inside the chart were taken out; their text is still there.",
  images: "Pictures from other places were left out: the page loads nothing from the network.",
  tiles: "Map tiles would come from the network, so a plain built-in map is drawn instead.",
  geojson: "A map outline would have been fetched from the network and was left out.",
  density: "The density map is drawn as points coloured by value, on the built-in map.",
};

// plotly.js reads <a …> in any text as a link.
const ANCHOR = /<\s*\/?\s*a(?:\s[^<>]*)?>/gi;
const REMOTE = /^\s*(?:[a-z][a-z0-9+.-]*:|[\\/]{2})/i;
const PICTURE = /^data:image\/(?:png|jpe?g|gif|webp);base64,[a-z0-9+/=\s]*$/i;

function withoutLinks(text, say) {
  if (!text.includes("<")) return text;
  let before = text;
  for (;;) {
    const after = before.replace(ANCHOR, "");
    if (after === before) break;
    before = after;
  }
  if (before !== text) say(SAID.links);
  return withoutFetches(before, say);
}

// plotly.js takes <span style="…"> as it is, and a style may name a picture to fetch.
const STYLED = /(<[^<>]*?)(\sstyle\s*=\s*(?:"[^"]*"|'[^']*'))([^<>]*>)/gi;
const COLOUR = /(?:rgb|hsl)a?\([\d\s.,%/]*\)/gi;

function withoutFetches(text, say) {
  return text.replace(STYLED, (whole, before, style, after) => {
    if (!/[(\\&@]/.test(style.replace(COLOUR, ""))) return whole;
    say(SAID.images);
    return before + after;
  });
}

// "source" of images and image traces, also as a button's "images[0].source".
function isPictureKey(key) {
  return /(?:^|[.\]])source$/.test(key);
}

function cleanText(key, text, say) {
  if (isPictureKey(key) && REMOTE.test(text) && !PICTURE.test(text)) {
    say(SAID.images);
    return "";
  }
  if (key === "geojson") {
    say(SAID.geojson);
    return null;
  }
  return withoutLinks(text, say);
}

// Depth is bounded by the check that plotd made (JSON_MAX_DEPTH), so recursion is safe.
function walk(value, key, say) {
  if (typeof value === "string") return cleanText(key, value, say);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item = value[i];
      if (typeof item === "string" || (typeof item === "object" && item !== null)) value[i] = walk(item, key, say);
    }
    return value;
  }
  if (typeof value !== "object" || value === null) return value;
  if (typeof value.bdata === "string") return value; // a typed array in base64: numbers only
  for (const name of Object.keys(value)) {
    if (name === "__proto__") delete value[name];
    else value[name] = walk(value[name], name, say);
  }
  return value;
}

// Tile maps become maps of their own kind on plotly.js's vector world.
const TILE_TRACES = {
  scattermap: "scattergeo",
  scattermapbox: "scattergeo",
  densitymap: "scattergeo",
  densitymapbox: "scattergeo",
  choroplethmap: "choropleth",
  choroplethmapbox: "choropleth",
};

function isTiles(trace) {
  return Object.hasOwn(TILE_TRACES, trace.type);
}

function geoName(subplot) {
  const number = /^map(?:box)?(\d*)$/.exec(subplot || "map");
  return "geo" + (number ? number[1] : "");
}

function densityAsPoints(trace, say) {
  say(SAID.density);
  trace.mode = "markers";
  trace.marker = { size: 8, opacity: 0.75 };
  if (trace.z) {
    trace.marker.color = trace.z;
    if (trace.coloraxis) trace.marker.coloraxis = trace.coloraxis;
    else Object.assign(trace.marker, { colorscale: trace.colorscale, showscale: trace.showscale !== false });
  }
  for (const name of ["z", "radius", "coloraxis", "colorscale", "showscale", "zmin", "zmax", "zmid"]) delete trace[name];
}

function traceOffTiles(trace, say) {
  if (trace.type.startsWith("density")) densityAsPoints(trace, say);
  trace.type = TILE_TRACES[trace.type];
  trace.geo = geoName(trace.subplot);
  delete trace.subplot;
  delete trace.below;
  delete trace.cluster;
  if (trace.marker && typeof trace.marker.symbol === "string") delete trace.marker.symbol; // names of map icons
}

const PLAIN_MAP = { fitbounds: "locations", projection: { type: "mercator" }, lonaxis: { showgrid: true }, lataxis: { showgrid: true } };

function layoutOffTiles(layout) {
  for (const name of Object.keys(layout)) {
    if (!/^map(?:box)?\d*$/.test(name)) continue;
    const domain = layout[name] && layout[name].domain;
    layout[geoName(name)] = { ...PLAIN_MAP, ...(domain ? { domain } : {}) };
    delete layout[name];
  }
}

function offTiles(figure, say) {
  const tiles = figure.data.filter(isTiles);
  if (!tiles.length) return;
  say(SAID.tiles);
  for (const trace of tiles) {
    traceOffTiles(trace, say);
    figure.layout[trace.geo] = figure.layout[trace.geo] || { ...PLAIN_MAP };
  }
  layoutOffTiles(figure.layout);
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// The figure with only what plotly.js may see. `say` takes each sentence for the notes.
function clean(figure, say) {
  const data = (Array.isArray(figure.data) ? figure.data : []).filter(isObject);
  const layout = isObject(figure.layout) ? figure.layout : {};
  const frames = (Array.isArray(figure.frames) ? figure.frames : []).filter(isObject);
  const kept = walk({ data, layout, frames }, "", say);
  if (Array.isArray(kept.layout.images)) kept.layout.images = kept.layout.images.filter((image) => image && image.source);
  kept.data = kept.data.filter((trace) => trace.geojson !== null && (trace.type !== "image" || trace.source || trace.z));
  offTiles(kept, say);
  return kept;
}
