// OpenAI's own JavaScript library against a running Millrace, unchanged: only its base URL and key are set.
//
// Environment: OPENAI_BASE_URL, OPENAI_API_KEY (both read by the library itself), MILLRACE_MODEL.
// Exit code 0 when everything passed; each check prints a line.

import assert from "node:assert/strict";
import OpenAI, {
  APIConnectionTimeoutError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  NotFoundError,
} from "openai";
import { run } from "./checks.mjs";

const model = process.env.MILLRACE_MODEL;
const client = new OpenAI({ maxRetries: 0, timeout: 120_000 });
const messages = [{ role: "user", content: "Name three colours." }];

await run({
  async a_chat_answers_with_usage() {
    const answer = await client.chat.completions.create({ model, messages, max_tokens: 16, temperature: 0 });
    assert.equal(answer.object, "chat.completion");
    assert.equal(answer.choices[0].message.role, "assistant");
    assert.ok(answer.choices[0].message.content.trim());
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
    assert.ok(answer._request_id);
  },

  async a_stream_says_the_same_and_ends_with_usage() {
    const body = { model, messages, max_tokens: 24, temperature: 0 };
    const whole = await client.chat.completions.create(body);
    const chunks = [];
    for await (const chunk of await client.chat.completions.create({
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    })) {
      chunks.push(chunk);
    }
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
    assert.equal(text, whole.choices[0].message.content);
    assert.deepEqual(chunks.at(-1).choices, []);
    assert.equal(chunks.at(-1).usage.completion_tokens, whole.usage.completion_tokens);
  },

  async the_stream_helper_accumulates() {
    const stream = client.chat.completions.stream({ model, messages, max_tokens: 8, temperature: 0 });
    assert.ok((await stream.finalContent()).trim());
  },

  async models_are_listed() {
    const names = [];
    for await (const entry of client.models.list()) names.push(entry.id);
    assert.ok(names.includes(model), `${names}`);
    assert.equal((await client.models.retrieve(model)).object, "model");
  },

  async embeddings_come_as_floats() {
    const answer = await client.embeddings.create({ model, input: ["a mill", "a river"] });
    assert.equal(answer.data.length, 2);
    assert.ok(answer.data[0].embedding.every(Number.isFinite));
  },

  async errors_become_the_librarys_own() {
    const ask = (changes, by = client) =>
      by.chat.completions.create({ model, messages, max_tokens: 4, ...changes });
    const stranger = new OpenAI({ maxRetries: 0, apiKey: "mr-wrong" });
    await assert.rejects(ask({}, stranger), AuthenticationError);
    await assert.rejects(ask({ model: "no-such-model" }), NotFoundError);
    await assert.rejects(ask({ temperature: 3 }), (error) => {
      assert.ok(error instanceof BadRequestError);
      assert.equal(error.param, "temperature");
      return true;
    });
    await assert.rejects(ask({ temperature: 3, stream: true }), BadRequestError);
  },

  async a_cancelled_stream_lets_go() {
    const stream = await client.chat.completions.create({ model, messages, max_tokens: 400, stream: true });
    for await (const chunk of stream) {
      assert.ok(chunk);
      break;
    }
    const controller = new AbortController();
    const call = client.chat.completions.create({ model, messages, max_tokens: 400 }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await assert.rejects(call, APIUserAbortError);
    assert.ok((await client.chat.completions.create({ model, messages, max_tokens: 2 })).choices.length);
  },

  async a_timeout_is_the_clients_own() {
    await assert.rejects(
      client.chat.completions.create({ model, messages, max_tokens: 400 }, { timeout: 1 }),
      APIConnectionTimeoutError,
    );
  },
});
