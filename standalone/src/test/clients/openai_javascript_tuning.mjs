// Fine-tuning by OpenAI's own JavaScript library, as openai_javascript.mjs says: pairs of answers, and a chat with what
// came of them.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI, { BadRequestError, toFile } from "openai";
import { run } from "./checks.mjs";

const model = process.env.MILLRACE_MODEL;
// the service of fine-tuning starts after the platform answers: the library comes again until it has
const client = new OpenAI({ maxRetries: 10, timeout: 120_000 });
const { jobs } = client.fineTuning;
const millrace = { max_tokens: 64, max_steps: 2, lora: { rank: 2 } };
const patienceMillis = 240_000;

async function all(page) {
  const items = [];
  for await (const item of page) items.push(item);
  return items;
}

async function awaited(what, get, good) {
  const deadline = Date.now() + patienceMillis;
  let latest;
  while (!good((latest = await get()))) {
    assert.ok(Date.now() < deadline, `${what} did not come: ${JSON.stringify(latest)}`);
    await sleep(200);
  }
  return latest;
}

async function pairs() {
  const lines = [1, 2, 3, 4].map((number) =>
    JSON.stringify({
      input: { messages: [{ role: "user", content: `Who runs mill ${number}?` }] },
      preferred_output: [{ role: "assistant", content: "Ada." }],
      non_preferred_output: [{ role: "assistant", content: "I don't know." }],
    }),
  );
  return client.files.create({
    file: await toFile(Buffer.from(lines.join("\n")), "pairs.jsonl"),
    purpose: "fine-tune",
  });
}

const served = async () => (await all(await client.models.list())).map((one) => one.id);

await run({
  async a_job_learns_to_prefer_and_is_talked_to() {
    const file = await pairs();
    const made = await jobs.create({
      model,
      training_file: file.id,
      suffix: "javascript",
      metadata: { "sent-by": "javascript" },
      method: { type: "dpo", dpo: { hyperparameters: { n_epochs: 1, batch_size: 2, beta: 0.2 } } },
      millrace,
    });
    assert.equal(made.method.dpo.hyperparameters.beta, 0.2);
    const job = await awaited("the end of the job", () => jobs.retrieve(made.id), (latest) => latest.finished_at);
    assert.deepEqual([job.status, job.fine_tuned_model], ["succeeded", `${model}:javascript`]);
    assert.ok((await all(await jobs.list({ limit: 1 }))).some((one) => one.id === job.id));
    const steps = (await all(await jobs.listEvents(job.id, { limit: 2 }))).filter((event) => event.type === "metrics");
    assert.deepEqual(steps.map((event) => event.data.step), [2, 1]);
    // before anything is learnt both answers are as likely as the reference finds them
    assert.ok(Math.abs(steps[1].data.train_loss - Math.LN2) < 1e-3, JSON.stringify(steps[1].data));
    assert.ok(steps[0].data["rewards/margins"] > steps[1].data["rewards/margins"], JSON.stringify(steps[0].data));
    assert.equal((await all(await jobs.checkpoints.list(job.id)))[0].step_number, 2);

    await awaited("the model", served, (names) => names.includes(job.fine_tuned_model));
    const answer = await client.chat.completions.create({
      model: job.fine_tuned_model,
      messages: [{ role: "user", content: "Who runs mill 1?" }],
      max_tokens: 8,
    });
    assert.ok(answer.choices[0].message.content.trim());
    assert.ok((await client.models.delete(job.fine_tuned_model)).deleted);
    await client.files.delete(file.id);
  },

  async a_job_is_cancelled() {
    const file = await pairs();
    const made = await jobs.create({ model, training_file: file.id, method: { type: "dpo" }, millrace });
    await jobs.cancel(made.id);
    const job = await awaited("the end of the job", () => jobs.retrieve(made.id), (latest) => latest.finished_at);
    assert.equal(job.status, "cancelled");
    await assert.rejects(jobs.resume(made.id), BadRequestError);
    await client.files.delete(file.id);
  },
});
