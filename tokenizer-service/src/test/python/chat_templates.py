"""Records what transformers renders, as the goldens of the template interpreter's tests.

    python chat_templates.py collect LLAMA_CPP_PYTHON.tar.gz TRL.whl [MODEL.gguf ...]   -> templates.zip
    python chat_templates.py record                                                     -> conversations.json, rendered.jsonl.gz, expressions.jsonl
    python chat_templates.py show TEMPLATE CONVERSATION                                 prints one rendering

Needs transformers 5.23.0, jinja2 3.1.6 (and gguf for `collect` with model files), on Python 3.11.
"""

import datetime
import gzip
import json
import os
import pathlib
import sys
import tarfile
import zipfile

RESOURCES = pathlib.Path(__file__).parent.parent / "resources" / "chat"
NOW = datetime.datetime(2026, 2, 3, 4, 5, 6)
SPECIAL_TOKENS = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
}


class FrozenDatetime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


def collect(sources):
    """Puts every template into one archive that is the same, byte for byte, however often it is made."""
    templates = {}
    for source in sources:
        if source.endswith(".gguf"):
            import gguf

            field = gguf.GGUFReader(source).fields.get("tokenizer.chat_template")
            if field:
                templates[f"gguf/{pathlib.Path(source).stem}.jinja"] = field.contents().encode()
        elif source.endswith(".whl"):
            with zipfile.ZipFile(source) as wheel:
                for name in wheel.namelist():
                    if name.endswith(".jinja"):
                        templates[f"trl/{pathlib.Path(name).name}"] = wheel.read(name)
        else:
            with tarfile.open(source) as archive:
                for member in archive:
                    if "llama.cpp/models/templates/" in member.name and member.name.endswith(".jinja"):
                        templates[f"llama.cpp/{pathlib.Path(member.name).name}"] = archive.extractfile(member).read()
    with zipfile.ZipFile(RESOURCES / "templates.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(templates):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), templates[name], zipfile.ZIP_DEFLATED, 9)
    print(len(templates), "templates")


def templates():
    with zipfile.ZipFile(RESOURCES / "templates.zip") as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def render(template, conversation):
    from transformers.utils import chat_template_utils

    chat_template_utils.datetime = FrozenDatetime
    arguments = {k: v for k, v in conversation.items() if k != "messages"}
    # JSON round trip: what a client sends, and nothing shared between two renderings
    messages = json.loads(json.dumps(conversation["messages"]))
    rendered, _ = chat_template_utils.render_jinja_template(
        [messages], chat_template=template, **{**SPECIAL_TOKENS, **json.loads(json.dumps(arguments))}
    )
    return rendered[0]


def outcome(template, conversation):
    import jinja2

    try:
        return {"text": render(template, conversation)}
    except jinja2.exceptions.TemplateError as e:
        return {"error": type(e).__name__, "message": str(e)}
    except Exception as e:
        return {"error": type(e).__name__, "message": str(e)[:200]}


def record():
    from conversations import CONVERSATIONS
    from expressions import CONTEXT, EXPRESSIONS

    (RESOURCES / "conversations.json").write_text(json.dumps(CONVERSATIONS, ensure_ascii=False, indent=1) + "\n")
    count = texts = 0
    # mtime 0: the same bytes however often it is made
    with open(RESOURCES / "rendered.jsonl.gz", "wb") as file, gzip.GzipFile("", "wb", 9, file, 0) as out:
        for name, template in templates().items():
            for title, conversation in CONVERSATIONS.items():
                result = outcome(template, conversation)
                count += 1
                texts += "text" in result
                out.write((json.dumps({"template": name, "conversation": title, **result}) + "\n").encode())
    print(count, "pairs,", texts, "render, size", os.path.getsize(RESOURCES / "rendered.jsonl.gz"))

    with open(RESOURCES / "expressions.jsonl", "w") as out:
        out.write(json.dumps({"context": CONTEXT}, ensure_ascii=False) + "\n")
        failing = 0
        for template in EXPRESSIONS:
            result = outcome(template, {"messages": [], **CONTEXT})
            if " at 0x" in result.get("text", ""):
                sys.exit(f"{template} prints an address, which is another one each time")
            failing += "error" in result
            result.pop("message", None) if result.get("error") not in ("TemplateError",) else None
            out.write(json.dumps({"template": template, **result}, ensure_ascii=False) + "\n")
    print(len(EXPRESSIONS), "expressions,", failing, "fail")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["collect", *sources]:
            collect(sources)
        case ["record"]:
            record()
        case ["show", template, title]:
            from conversations import CONVERSATIONS

            print(outcome(templates()[template], CONVERSATIONS[title]))
        case _:
            sys.exit(__doc__)
