// Tables: numbers to the right with their separators, columns as wide as what they hold.

function formatFor(numbers) {
  if (areYears(numbers)) return "d";
  if (numbers.every(Number.isInteger)) return ",d";
  const most = Math.max(...numbers.map(Math.abs));
  return most >= 1000 ? ",.1f" : most >= 1 ? ",.2f" : ".4~g";
}

function columnFacts(values, head) {
  const cells = decode(values);
  const numbers = someNumbers(values);
  const filled = Array.from(cells).filter((v) => v !== null && v !== "");
  const numeric = numbers.length > 0 && numbers.length === Math.min(filled.length, 4000);
  const format = numeric ? formatFor(numbers) : "";
  const shown = Array.from(cells).slice(0, 500).map((v) => (numeric ? number(Math.round(Number(v) * 100) / 100) : plain(v === null ? "" : v)));
  const letters = Math.max(plain(head).length, ...shown.map((text) => text.length));
  return { numeric, format, letters: Math.max(5, Math.min(32, letters)) };
}

function columnsOf(trace) {
  const cells = trace.cells || {};
  const heads = Array.from((trace.header && trace.header.values) || [], (head) => (Array.isArray(head) ? head.join(" ") : String(head)));
  const columns = isTyped(cells.values) ? decode(cells.values) : cells.values || [];
  return Array.from(columns, (values, i) => columnFacts(ArrayBuffer.isView(values) ? Array.from(values) : values, heads[i] || ""));
}

// What the code has set stays.
function tidyTable(trace) {
  const columns = columnsOf(trace);
  if (!columns.length) return trace;
  const align = columns.map((column) => (column.numeric ? "right" : "left"));
  return {
    ...trace,
    columnwidth: trace.columnwidth || columns.map((column) => column.letters + 3),
    header: { align, ...trace.header },
    cells: { align, format: columns.map((column) => column.format), ...trace.cells },
  };
}

function tableWidth(trace) {
  return columnsOf(trace).reduce((sum, column) => sum + (column.letters + 3) * 8, 0);
}

function tableHeight(trace) {
  const columns = (trace.cells && trace.cells.values) || [];
  const rows = isTyped(columns) ? shapeOf(columns)[1] || 0 : Math.max(0, ...Array.from(columns, lengthOf));
  return Math.min(720, 34 + rows * 30 + 12);
}
