"""Files, vector stores and answers from documents by OpenAI's own Python library, as openai_python.py says."""

import functools
import os

import openai
from checks import expect, run

MODEL = os.environ["MILLRACE_MODEL"]
# the service of documents starts after the platform answers: the library comes again until it has
client = openai.OpenAI(max_retries=10, timeout=120)
QUESTION = "How much grease does the main bearing need?"
TEXTS = {
    "bearing.txt": b"The main bearing needs forty grams of grease a week.",
    "history.txt": b"The mill was built by Agnes Thorne in 1783.",
    "wheel.txt": b"The overshot wheel has thirty-two buckets of elm.",
}


def files_are_sent_listed_read_and_deleted():
    sent = client.files.create(file=("stone.txt", b"The millstone is of granite."), purpose="assistants")
    assert (sent.filename, sent.bytes, sent.purpose) == ("stone.txt", 28, "assistants")
    assert client.files.wait_for_processing(sent.id).status == "processed"
    assert client.files.content(sent.id).read() == b"The millstone is of granite."
    assert sent.id in [file.id for file in client.files.list(purpose="assistants", limit=1)]
    assert client.files.delete(sent.id).deleted
    expect(openai.NotFoundError, lambda: client.files.retrieve(sent.id))


@functools.cache
def store():
    made = client.vector_stores.create(
        name="python", metadata={"of": "tests"}, expires_after={"anchor": "last_active_at", "days": 1}
    )
    batch = client.vector_stores.file_batches.upload_and_poll(made.id, files=list(TEXTS.items()))
    assert (batch.status, batch.file_counts.completed) == ("completed", 3), batch
    assert {file.id for file in client.vector_stores.file_batches.list_files(batch.id, vector_store_id=made.id, limit=2)}
    return made.id


def named(filename):
    files = client.vector_stores.files.list(store(), filter="completed", limit=1)
    return next(file.id for file in files if client.files.retrieve(file.id).filename == filename)


def a_store_is_searched_with_filters_and_thresholds():
    dated = client.vector_stores.files.update(
        named("history.txt"), vector_store_id=store(), attributes={"year": 1783, "by": "Agnes"}
    )
    assert dated.attributes == {"year": 1783, "by": "Agnes"} and dated.status == "completed"
    found = client.vector_stores.search(
        store(),
        query=["who built the mill?", "builder of the mill"],
        max_num_results=2,
        filters={
            "type": "and",
            "filters": [{"type": "gte", "key": "year", "value": 1700}, {"type": "eq", "key": "by", "value": "Agnes"}],
        },
        ranking_options={"ranker": "auto", "score_threshold": 0.1},
    ).data
    assert [one.filename for one in found] == ["history.txt"]
    assert found[0].content[0].text == TEXTS["history.txt"].decode()
    assert found[0].attributes["year"] == 1783 and 0 < found[0].score <= 1
    first = client.vector_stores.search(store(), query=QUESTION).data[0]
    assert first.filename == "bearing.txt"
    rewritten = client.vector_stores.search(store(), query=QUESTION, rewrite_query=True).data
    assert rewritten[0].filename == "bearing.txt"
    assert client.vector_stores.files.content(first.file_id, vector_store_id=store()).data[0].text


def a_store_and_its_files_are_changed_and_deleted():
    made = client.vector_stores.create(name="short")
    file = client.vector_stores.files.upload_and_poll(
        vector_store_id=made.id,
        file=("stone.txt", b"The millstone is of granite."),
        chunking_strategy={"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 20}},
    )
    assert file.status == "completed" and file.chunking_strategy.static.max_chunk_size_tokens == 100, file
    bad = client.files.create(file=("bad.pdf", b"%PDF-1.7 this is none"), purpose="assistants")
    failed = client.vector_stores.files.create_and_poll(bad.id, vector_store_id=made.id, attributes={"bad": True})
    assert failed.status == "failed" and failed.last_error.code == "invalid_file", failed
    batch = client.vector_stores.file_batches.create(made.id, file_ids=[file.id])
    assert client.vector_stores.file_batches.cancel(batch.id, vector_store_id=made.id).status in (
        "cancelled",
        "completed",
    )
    changed = client.vector_stores.update(made.id, name="shorter", metadata={"a": "b"})
    assert (changed.name, changed.metadata, changed.file_counts.total) == ("shorter", {"a": "b"}, 2), changed
    assert client.vector_stores.files.delete(file.id, vector_store_id=made.id).deleted
    assert made.id in [one.id for one in client.vector_stores.list(limit=1)]
    assert client.vector_stores.delete(made.id).deleted
    expect(openai.NotFoundError, lambda: client.vector_stores.retrieve(made.id))
    client.files.delete(file.id)
    client.files.delete(bad.id)


def ask(**more):
    return {
        "model": MODEL,
        "input": QUESTION,
        "max_output_tokens": 48,
        "tools": [{"type": "file_search", "vector_store_ids": [store()], "max_num_results": 3}],
        "include": ["file_search_call.results"],
    } | more


def a_response_cites_the_file_that_has_it_whole_and_streamed():
    whole = client.responses.create(**ask())
    search, message = whole.output
    assert search.type == "file_search_call" and search.status == "completed" and search.queries == [QUESTION]
    assert search.results[0].filename == "bearing.txt"
    citation = message.content[0].annotations[0]
    assert (citation.type, citation.filename) == ("file_citation", "bearing.txt")
    assert whole.output_text and whole.usage.total_tokens == whole.usage.input_tokens + whole.usage.output_tokens
    with client.responses.stream(**ask()) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert final.output_text == whole.output_text
    assert final.output[1].content[0].annotations == message.content[0].annotations
    assert kinds[0] == "response.created" and kinds[-1] == "response.completed", kinds
    for kind in ("file_search_call.searching", "output_text.delta", "output_text.annotation.added", "output_item.done"):
        assert f"response.{kind}" in kinds, kinds


def a_question_that_no_document_answers_is_not_answered():
    empty = client.vector_stores.create(name="empty")
    tool = {"type": "file_search", "vector_store_ids": [empty.id]}
    assert client.responses.create(**ask(tools=[tool])).output_text == "The documents don't say."
    client.vector_stores.delete(empty.id)
    error = expect(openai.NotFoundError, lambda: client.responses.create(**ask(tools=[tool])))
    assert error.code == "vector_store_not_found", error


def a_conversation_goes_on_from_what_was_kept():
    first = client.responses.create(model=MODEL, input="Name three colours.", temperature=0, max_output_tokens=12)
    following = client.responses.create(
        model=MODEL, input="And three more.", previous_response_id=first.id, temperature=0, max_output_tokens=12
    )
    assert following.previous_response_id == first.id
    assert following.usage.input_tokens > first.usage.total_tokens
    assert client.responses.retrieve(first.id).output_text == first.output_text
    texts = [item.content[0].text for item in client.responses.input_items.list(following.id)]
    assert "And three more." in texts, texts
    client.responses.delete(first.id)
    expect(openai.NotFoundError, lambda: client.responses.retrieve(first.id))


run(
    [
        files_are_sent_listed_read_and_deleted,
        a_store_is_searched_with_filters_and_thresholds,
        a_store_and_its_files_are_changed_and_deleted,
        a_response_cites_the_file_that_has_it_whole_and_streamed,
        a_question_that_no_document_answers_is_not_answered,
        a_conversation_goes_on_from_what_was_kept,
    ]
)
