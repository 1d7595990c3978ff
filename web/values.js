// Columns of a figure: plain arrays, or plotly's typed form { dtype, bdata, shape } in base64.

const TYPES = {
  i1: Int8Array, u1: Uint8Array, i2: Int16Array, u2: Uint16Array, i4: Int32Array, u4: Uint32Array,
  f4: Float32Array, f8: Float64Array,
  int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array,
  uint32: Uint32Array, float32: Float32Array, float64: Float64Array,
};

function isTyped(values) {
  return typeof values === "object" && values !== null && typeof values.bdata === "string";
}

function shapeOf(values) {
  return String(values.shape === undefined ? "" : values.shape).split(",").filter(Boolean).map(Number);
}

// Any column as something with a length and indices; of two dimensions, as rows.
function decode(values) {
  if (!isTyped(values)) return Array.isArray(values) ? values : [];
  const Type = TYPES[values.dtype];
  if (!Type) return [];
  const bytes = Uint8Array.from(atob(values.bdata), (c) => c.charCodeAt(0));
  const flat = new Type(bytes.buffer, 0, Math.floor(bytes.length / Type.BYTES_PER_ELEMENT));
  const [rows, columns] = shapeOf(values);
  if (!columns) return flat;
  return Array.from({ length: rows }, (_, r) => flat.subarray(r * columns, (r + 1) * columns));
}

function lengthOf(values) {
  if (!isTyped(values)) return Array.isArray(values) ? values.length : 0;
  const [rows] = shapeOf(values);
  if (rows) return rows;
  const padding = values.bdata.endsWith("==") ? 2 : values.bdata.endsWith("=") ? 1 : 0;
  const Type = TYPES[values.dtype] || Uint8Array;
  return Math.floor(((values.bdata.length / 4) * 3 - padding) / Type.BYTES_PER_ELEMENT);
}

// A copy of a trace with every `step`th point: all that has an entry a point is thinned alike.
function thinned(value, length, step) {
  if (Array.isArray(value) || isTyped(value)) {
    if (lengthOf(value) !== length) return value;
    return Array.from(decode(value)).filter((_, i) => i % step === 0);
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, thinned(inner, length, step)]));
}

// The numbers among the first few thousand of a column.
function someNumbers(values) {
  const all = decode(values);
  const found = [];
  for (let i = 0; i < all.length && found.length < 4000; i++) if (typeof all[i] === "number" && Number.isFinite(all[i])) found.push(all[i]);
  return found;
}

// Whole numbers that read as years, which take no separator: 1998, not 1,998.
function areYears(numbers) {
  return numbers.length > 0 && numbers.every((v) => Number.isInteger(v) && v >= 1500 && v <= 2200);
}
