"""OpenAI's own Python library against a running Millrace, unchanged: only its base URL and key are set.

Environment: OPENAI_BASE_URL, OPENAI_API_KEY (both read by the library itself), MILLRACE_MODEL.
Exit code 0 when everything passed; each check prints a line.
"""

import asyncio
import os

import openai
from checks import expect, run

MODEL = os.environ["MILLRACE_MODEL"]
client = openai.OpenAI(max_retries=0, timeout=120)
QUESTION = [{"role": "user", "content": "Name three colours."}]


def a_chat_answers_with_usage():
    answer = client.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=16, temperature=0)
    assert answer.object == "chat.completion"
    assert answer.id.startswith("chatcmpl-"), answer.id
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].message.content.strip()
    assert answer.choices[0].finish_reason in ("stop", "length")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert 0 < answer.usage.completion_tokens <= 16


def a_stream_says_the_same_and_ends_with_usage():
    whole = client.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=24, temperature=0)
    chunks = list(
        client.chat.completions.create(
            model=MODEL,
            messages=QUESTION,
            max_tokens=24,
            temperature=0,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content, (text, whole.choices[0].message.content)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens == whole.usage.completion_tokens
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] in ("stop", "length")


def the_stream_helper_accumulates():
    # the library's helper raises an error of its own where the answer is cut off, so this one ends by itself
    with client.chat.completions.stream(
        model=MODEL, messages=QUESTION, max_tokens=120, temperature=0, stop="\n"
    ) as stream:
        for _ in stream:
            pass
        completion = stream.get_final_completion()
    assert completion.choices[0].message.content.strip()


def a_seed_repeats_and_n_gives_choices():
    def ask(seed):
        answer = client.chat.completions.create(
            model=MODEL, messages=QUESTION, max_tokens=12, temperature=1.2, seed=seed, n=3
        )
        assert [choice.index for choice in answer.choices] == [0, 1, 2]
        return [choice.message.content for choice in answer.choices]

    assert ask(7) == ask(7)


def logprobs_are_reported():
    answer = client.chat.completions.create(
        model=MODEL, messages=QUESTION, max_tokens=4, temperature=0, logprobs=True, top_logprobs=3
    )
    content = answer.choices[0].logprobs.content
    assert len(content) == answer.usage.completion_tokens
    for token in content:
        assert token.logprob <= 0 and len(token.top_logprobs) == 3
        assert token.top_logprobs[0].logprob >= token.top_logprobs[1].logprob
        assert bytes(token.bytes).decode("utf-8", "replace") == token.token


def a_stop_string_ends_the_answer():
    free = client.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=24, temperature=0)
    text = free.choices[0].message.content
    stop = text[len(text) // 2 :][:3]
    answer = client.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=24, temperature=0, stop=[stop])
    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].message.content == text[: text.index(stop)]


def completions_echo_and_score():
    answer = client.completions.create(
        model=MODEL, prompt="One, two, three,", max_tokens=1, temperature=0, echo=True, logprobs=1
    )
    assert answer.choices[0].text.startswith("One, two, three,")
    logprobs = answer.choices[0].logprobs
    assert logprobs.token_logprobs[0] is None and all(value <= 0 for value in logprobs.token_logprobs[1:])
    assert "".join(logprobs.tokens) == answer.choices[0].text
    streamed = "".join(
        chunk.choices[0].text
        for chunk in client.completions.create(
            model=MODEL, prompt="One, two, three,", max_tokens=8, temperature=0, stream=True
        )
        if chunk.choices
    )
    assert streamed.strip()


def models_are_listed():
    names = [model.id for model in client.models.list()]
    assert MODEL in names, names
    assert client.models.retrieve(MODEL).object == "model"
    expect(openai.NotFoundError, lambda: client.models.retrieve("no-such-model"))


def embeddings_come_as_floats_and_base64():
    # the library asks for base64 by itself and decodes it
    plain = client.embeddings.create(model=MODEL, input=["a mill", "a river"], encoding_format="float")
    packed = client.embeddings.create(model=MODEL, input=["a mill", "a river"])
    assert len(plain.data) == 2 and plain.data[1].index == 1
    for one, other in zip(plain.data, packed.data):
        assert len(one.embedding) == len(other.embedding)
        assert max(abs(a - b) for a, b in zip(one.embedding, other.embedding)) < 1e-6


def errors_become_the_librarys_own():
    def ask(with_client=client, **changes):
        return with_client.chat.completions.create(**{"model": MODEL, "messages": QUESTION, "max_tokens": 4} | changes)

    stranger = client.with_options(api_key="mr-wrong")
    assert expect(openai.AuthenticationError, lambda: ask(stranger)).code == "invalid_api_key"
    assert expect(openai.NotFoundError, lambda: ask(model="no-such-model")).code == "model_not_found"
    assert expect(openai.BadRequestError, lambda: ask(temperature=3)).param == "temperature"
    assert expect(openai.BadRequestError, lambda: ask(max_tokens=0)).param == "max_tokens"
    assert expect(openai.BadRequestError, lambda: ask(messages=[])).param == "messages"
    long = expect(openai.BadRequestError, lambda: ask(messages=[{"role": "user", "content": "word " * 200_000}]))
    assert long.code == "context_length_exceeded", long
    assert expect(openai.BadRequestError, lambda: ask(temperature=-1)).request_id


def a_cancelled_stream_lets_go():
    stream = client.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=400, stream=True)
    next(iter(stream))
    stream.close()
    assert client.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=2).choices


def a_timeout_is_the_clients_own():
    impatient = client.with_options(timeout=0.001)
    expect(
        openai.APITimeoutError,
        lambda: impatient.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=400),
    )
    assert client.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=2).choices


def async_requests_run_side_by_side():
    async def ask_all():
        async with openai.AsyncOpenAI(max_retries=0, timeout=120) as several:
            return await asyncio.gather(
                *(
                    several.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=12, temperature=0)
                    for _ in range(8)
                )
            )

    answers = {answer.choices[0].message.content for answer in asyncio.run(ask_all())}
    assert len(answers) == 1, answers


run(
    [
        a_chat_answers_with_usage,
        a_stream_says_the_same_and_ends_with_usage,
        the_stream_helper_accumulates,
        a_seed_repeats_and_n_gives_choices,
        logprobs_are_reported,
        a_stop_string_ends_the_answer,
        completions_echo_and_score,
        models_are_listed,
        embeddings_come_as_floats_and_base64,
        errors_become_the_librarys_own,
        a_cancelled_stream_lets_go,
        a_timeout_is_the_clients_own,
        async_requests_run_side_by_side,
    ]
)
