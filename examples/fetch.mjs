// The same with JavaScript's fetch (Node 18 or newer; in a browser
// the files come from an <input type="file">): node examples/fetch.mjs
import { readFile, writeFile } from 'node:fs/promises';

const url = process.env.PLOTD_URL ?? 'http://127.0.0.1:8000';
const form = new FormData();
for (const name of ['sales.csv', 'revenue.csv']) {
  form.append('files', new Blob([await readFile(new URL(name, import.meta.url))], { type: 'text/csv' }), name);
}
form.append('user_question', 'Show sales trends by region and revenue by product');

const answer = await fetch(`${url}/generate-plot`, { method: 'POST', body: form });
const reply = await answer.json();
if (!answer.ok) {
  console.error(`plotd refused (${answer.status}): ${JSON.stringify(reply.detail)}`);
  process.exit(1);
}
await writeFile('output_plot.html', reply.html);
console.log(`output_plot.html: ${reply.title} (${reply.engine})`);
