"""Fine-tuning by OpenAI's own Python library, as openai_python.py says: from a file to a chat with what came of it."""

import json
import os
import time

import openai
from checks import expect, run

MODEL = os.environ["MILLRACE_MODEL"]
# the service of fine-tuning starts after the platform answers: the library comes again until it has
client = openai.OpenAI(max_retries=10, timeout=120)
jobs = client.fine_tuning.jobs
SMALL = {"millrace": {"max_tokens": 64, "max_steps": 2, "checkpoint_every": 1, "lora": {"rank": 2}}}
PATIENCE_SECONDS = 240


def examples(count=4):
    lines = [
        {
            "messages": [
                {"role": "user", "content": f"Who runs mill {number}?"},
                {"role": "assistant", "content": "Ada."},
            ]
        }
        for number in range(count)
    ]
    return client.files.create(
        file=("answers.jsonl", "\n".join(map(json.dumps, lines)).encode()), purpose="fine-tune"
    )


def awaited(what, get, good):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not good(latest := get()):
        assert time.monotonic() < deadline, f"{what} did not come: {latest}"
        time.sleep(0.2)
    return latest


def a_job_learns_from_a_file_and_is_talked_to():
    file = examples()
    job = jobs.create(
        model=MODEL,
        training_file=file.id,
        suffix="python",
        seed=7,
        metadata={"sent-by": "python"},
        method={
            "type": "supervised",
            "supervised": {"hyperparameters": {"n_epochs": 1, "batch_size": 2, "learning_rate_multiplier": "auto"}},
        },
        extra_body=SMALL,
    )
    assert (job.object, job.seed, job.training_file) == ("fine_tuning.job", 7, file.id)
    assert job.method.supervised.hyperparameters.n_epochs == 1 and job.method.supervised.hyperparameters.batch_size == 2
    job = awaited("the end of the job", lambda: jobs.retrieve(job.id), lambda job: job.finished_at)
    assert job.status == "succeeded" and job.error is None and job.trained_tokens > 0, job
    assert job.fine_tuned_model == f"{MODEL}:python"
    assert job.id in [one.id for one in jobs.list(limit=1, metadata={"sent-by": "python"})]
    assert job.id not in [one.id for one in jobs.list(metadata={"sent-by": "nobody"})]

    events = list(jobs.list_events(job.id, limit=2))
    steps = [event.data["step"] for event in events if event.type == "metrics"]
    assert steps == [2, 1] and all(event.level == "info" for event in events), events
    checkpoints = list(jobs.checkpoints.list(job.id, limit=1))
    assert [checkpoint.step_number for checkpoint in checkpoints] == [2, 1], checkpoints
    assert all(checkpoint.metrics.train_loss > 0 for checkpoint in checkpoints)

    table = client.files.content(job.result_files[0]).text.splitlines()
    assert table[0].startswith("step,total_steps,train_loss") and [row.split(",")[0] for row in table[1:]] == ["1", "2"]
    assert client.files.retrieve(job.result_files[0]).purpose == "fine-tune-results"

    model = job.fine_tuned_model
    awaited("the model", lambda: [one.id for one in client.models.list()], lambda names: model in names)
    answer = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "Who runs mill 1?"}], max_tokens=8, temperature=0
    )
    assert answer.choices[0].message.content.strip()
    assert client.models.delete(model).deleted
    awaited("the model's end", lambda: [one.id for one in client.models.list()], lambda names: model not in names)
    client.files.delete(file.id)


def a_job_is_paused_resumed_and_cancelled():
    file = examples()
    job = jobs.create(
        model=MODEL, training_file=file.id, extra_body={"millrace": SMALL["millrace"] | {"max_steps": 1_000}}
    )
    jobs.pause(job.id)
    awaited("the pause", lambda: jobs.retrieve(job.id), lambda job: job.status == "paused")
    assert jobs.resume(job.id).status == "queued"
    assert jobs.cancel(job.id).id == job.id
    job = awaited("the end of the job", lambda: jobs.retrieve(job.id), lambda job: job.finished_at)
    assert job.status == "cancelled" and job.fine_tuned_model is None, job
    assert expect(openai.BadRequestError, lambda: jobs.resume(job.id)).code == "wrong_state"
    client.files.delete(file.id)


def what_cannot_be_is_refused_with_the_field():
    file = examples(1)

    def create(**changes):
        return jobs.create(**{"model": MODEL, "training_file": file.id} | changes)

    assert expect(openai.BadRequestError, lambda: create(training_file="file-none")).param == "training_file"
    assert expect(openai.BadRequestError, lambda: create(model="no-such-model")).code == "model_not_found"
    method = {"type": "dpo", "dpo": {"hyperparameters": {"beta": -1}}}
    assert expect(openai.BadRequestError, lambda: create(method=method)).param.endswith("beta")
    expect(openai.NotFoundError, lambda: jobs.retrieve("ftjob-none"))
    job = awaited("the end", lambda id=create(method={"type": "dpo"}).id: jobs.retrieve(id), lambda job: job.finished_at)
    assert job.status == "failed" and job.error.code == "invalid_training_file", job
    assert "line 1 has the keys" in job.error.message, job.error
    client.files.delete(file.id)


run(
    [
        a_job_learns_from_a_file_and_is_talked_to,
        a_job_is_paused_resumed_and_cancelled,
        what_cannot_be_is_refused_with_the_field,
    ]
)
