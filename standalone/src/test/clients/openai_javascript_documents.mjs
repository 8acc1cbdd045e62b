// Files, vector stores and answers from documents by OpenAI's own JavaScript library, as openai_javascript.mjs says.

import assert from "node:assert/strict";
import OpenAI, { NotFoundError, toFile } from "openai";
import { run } from "./checks.mjs";

const model = process.env.MILLRACE_MODEL;
// the service of documents starts after the platform answers: the library comes again until it has
const client = new OpenAI({ maxRetries: 10, timeout: 120_000 });
const input = "How much grease does the main bearing need?";
const texts = {
  "bearing.txt": "The main bearing needs forty grams of grease a week.",
  "history.txt": "The mill was built by Agnes Thorne in 1783.",
  "wheel.txt": "The overshot wheel has thirty-two buckets of elm.",
};

async function all(page) {
  const items = [];
  for await (const item of page) items.push(item);
  return items;
}

let store; // of the first check that fills one
const request = () => ({
  model,
  input,
  max_output_tokens: 48,
  tools: [{ type: "file_search", vector_store_ids: [store], max_num_results: 3 }],
  include: ["file_search_call.results"],
});

await run({
  async files_are_sent_listed_read_and_deleted() {
    const file = await toFile(Buffer.from("The millstone is of granite."), "stone.txt");
    const sent = await client.files.create({ file, purpose: "assistants" });
    assert.deepEqual([sent.filename, sent.bytes], ["stone.txt", 28]);
    assert.equal(await (await client.files.content(sent.id)).text(), "The millstone is of granite.");
    const listed = await all(await client.files.list({ purpose: "assistants", limit: 1 }));
    assert.ok(listed.some((one) => one.id === sent.id));
    assert.ok((await client.files.delete(sent.id)).deleted);
    await assert.rejects(client.files.retrieve(sent.id), NotFoundError);
  },

  async a_store_is_filled_by_a_batch_and_searched() {
    store = (await client.vectorStores.create({ name: "javascript", metadata: { of: "tests" } })).id;
    const files = await Promise.all(Object.entries(texts).map(([name, text]) => toFile(Buffer.from(text), name)));
    const batch = await client.vectorStores.fileBatches.uploadAndPoll(store, { files });
    assert.deepEqual([batch.status, batch.file_counts.completed], ["completed", 3]);
    const taken = await all(
      await client.vectorStores.fileBatches.listFiles(batch.id, { vector_store_id: store, limit: 2 }),
    );
    assert.equal(taken.length, 3);
    const first = (await client.vectorStores.search(store, { query: input })).data[0];
    assert.equal(first.filename, "bearing.txt");
    assert.equal(first.content[0].text, texts["bearing.txt"]);
    await client.vectorStores.files.update(first.file_id, { vector_store_id: store, attributes: { grams: 40 } });
    const filtered = await client.vectorStores.search(store, {
      query: "anything at all",
      filters: { type: "gt", key: "grams", value: 39 },
      ranking_options: { ranker: "none", score_threshold: 0 },
    });
    assert.deepEqual(filtered.data.map((one) => one.filename), ["bearing.txt"]);
    assert.equal(filtered.data[0].attributes.grams, 40);
    const content = await all(await client.vectorStores.files.content(first.file_id, { vector_store_id: store }));
    assert.ok(content[0].text.includes("grease"));
  },

  async a_file_is_taken_in_and_out() {
    const sent = await client.files.create({
      file: await toFile(Buffer.from("The millstone is of granite."), "stone.txt"),
      purpose: "assistants",
    });
    const file = await client.vectorStores.files.createAndPoll(store, {
      file_id: sent.id,
      chunking_strategy: { type: "static", static: { max_chunk_size_tokens: 100, chunk_overlap_tokens: 20 } },
    });
    assert.deepEqual([file.status, file.chunking_strategy.static.max_chunk_size_tokens], ["completed", 100]);
    assert.ok((await client.vectorStores.files.delete(file.id, { vector_store_id: store })).deleted);
    await client.files.delete(sent.id);
    const changed = await client.vectorStores.update(store, { name: "renamed" });
    assert.deepEqual([changed.name, changed.file_counts.total], ["renamed", 3]);
  },

  async a_response_cites_the_file_that_has_it_whole_and_streamed() {
    const whole = await client.responses.create(request());
    const [search, message] = whole.output;
    assert.deepEqual([search.type, search.status, search.queries], ["file_search_call", "completed", [input]]);
    assert.equal(search.results[0].filename, "bearing.txt");
    assert.equal(message.content[0].annotations[0].filename, "bearing.txt");
    const kinds = [];
    const stream = client.responses.stream(request());
    for await (const event of stream) kinds.push(event.type);
    const final = await stream.finalResponse();
    assert.equal(final.output_text, whole.output_text);
    assert.deepEqual(final.output[1].content[0].annotations, message.content[0].annotations);
    assert.deepEqual([kinds[0], kinds.at(-1)], ["response.created", "response.completed"]);
    assert.ok(kinds.includes("response.output_text.annotation.added"), `${kinds}`);
    assert.equal((await client.responses.retrieve(whole.id)).output_text, whole.output_text);
    await client.responses.delete(whole.id);
    await assert.rejects(client.responses.retrieve(whole.id), NotFoundError);
  },

  async a_store_is_listed_and_deleted() {
    assert.ok((await all(await client.vectorStores.list({ limit: 1 }))).some((one) => one.id === store));
    assert.ok((await client.vectorStores.delete(store)).deleted);
    await assert.rejects(client.vectorStores.retrieve(store), NotFoundError);
    await assert.rejects(client.responses.create(request()), NotFoundError);
  },
});
