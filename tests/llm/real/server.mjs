// A small OpenAI-compatible server over node-llama-cpp, for tests with a real model.
//   node server.mjs MODEL.gguf PORT [THREADS]     prints "listening on http://…" when it is ready
// POST /v1/chat/completions, whole and streamed; response_format json_schema becomes a grammar;
// POST /tokenize {"text"} tells how many tokens; a client that goes away stops the model.
import {createServer} from "node:http";
import {getLlama, LlamaChatSession} from "node-llama-cpp";

const [modelPath, port, threads] = process.argv.slice(2);
const llama = await getLlama({gpu: false, build: "never", skipDownload: true, maxThreads: Number(threads ?? 2)});
const model = await llama.loadModel({modelPath});
const PARTS = 3; // sequences, each for another first message: that part, the same in every request, is evaluated once
const context = await model.createContext({contextSize: 6144, sequences: PARTS, threads: Number(threads ?? 2)});
const sequences = Array.from({length: PARTS}, () => ({sequence: context.getSequence(), first: null}));
let turn = Promise.resolve(); // one answer at a time

const history = (messages) =>
  messages.map(({role, content}) =>
    role === "assistant" ? {type: "model", response: [content]} : {type: role, text: content});

// The one used for these first words before, else the one used longest ago.
function sequenceFor(messages) {
  const first = messages[0].role === "system" ? messages[0].content : "";
  const at = Math.max(sequences.findIndex((kept) => kept.first === first), 0);
  const [kept] = sequences.splice(at, 1);
  sequences.push({...kept, first});
  return kept.sequence;
}

async function answer(body, signal, onText) {
  const sequence = sequenceFor(body.messages);
  const session = new LlamaChatSession({contextSequence: sequence, autoDisposeSequence: false});
  session.setChatHistory(history(body.messages.slice(0, -1)));
  const schema = body.response_format?.json_schema?.schema;
  const before = sequence.tokenMeter.getState();
  const said = await session.promptWithMeta(body.messages.at(-1).content, {
    signal, stopOnAbortSignal: true, onTextChunk: onText, seed: body.seed ?? 7,
    maxTokens: body.max_tokens ?? 1024, temperature: body.temperature ?? 0,
    ...(schema ? {grammar: await llama.createGrammarForJsonSchema(schema)} : {})
  });
  const used = sequence.tokenMeter.diff(before);
  session.dispose({disposeSequence: false});
  return {
    text: said.responseText, finish: said.stopReason === "maxTokens" ? "length" : "stop",
    usage: {prompt_tokens: used.usedInputTokens, completion_tokens: used.usedOutputTokens,
      total_tokens: used.usedInputTokens + used.usedOutputTokens}
  };
}

const head = (kind) => ({id: "c1", object: kind, created: 0, model: "local"});

async function complete(body, res) {
  const gone = new AbortController();
  res.on("close", () => gone.abort());
  const send = (choices, more) =>
    res.write(`data: ${JSON.stringify({...head("chat.completion.chunk"), choices, ...more})}\n\n`);
  const delta = (content) => send([{index: 0, delta: {content}, finish_reason: null}]);
  if (body.stream) res.writeHead(200, {"content-type": "text/event-stream"}).flushHeaders();
  let begun = false;
  const {text, finish, usage} = await answer(body, gone.signal, (content) => {
    if (!begun) console.log("answering");
    begun = true;
    if (body.stream) delta(content);
  });
  if (gone.signal.aborted) return console.log("client gone");
  if (!body.stream) {
    const message = {role: "assistant", content: text};
    const choices = [{index: 0, message, finish_reason: finish}];
    return res.end(JSON.stringify({...head("chat.completion"), choices, usage}));
  }
  send([{index: 0, delta: {}, finish_reason: finish}]);
  if (body.stream_options?.include_usage) send([], {usage});
  res.end("data: [DONE]\n\n");
}

const server = createServer(async (req, res) => {
  const parts = [];
  for await (const part of req) parts.push(part);
  const body = JSON.parse(Buffer.concat(parts).toString() || "{}");
  if (req.url === "/tokenize") return res.end(JSON.stringify({tokens: model.tokenize(body.text).length}));
  turn = turn.then(() => complete(body, res)).catch((error) => {
    console.log(`failed: ${error.message}`);
    if (!res.headersSent) res.writeHead(500).end(JSON.stringify({error: {message: error.message, type: "server_error"}}));
    else res.destroy();
  });
});
server.listen(Number(port), "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
