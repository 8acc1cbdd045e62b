"""Writes what llama.cpp makes of our texts, for real models and for small vocabularies that are made here.

    python make_goldens.py --models FOLDER_OF_GGUF_FILES --repository ROOT

Needs xllamacpp==2026.10.11549, gguf==0.19.0 and tokenizers==0.23.3. Ids are stored as one CRC-32 a text (of little-endian 32-bit ids, hexadecimal),
all of a mode in one string; modes are

    plain    special tokens are text
    parsed   special tokens are read
    added    as parsed, with what the file asks for around a text (BOS, EOS)

llama.cpp leaves combining marks out of the expressions of tekken and gpt-4o, which their makers' files have in; so where a text
holds one, the ids of these are those of Hugging Face's tokenizers with the makers' expressions.

The small byte-level vocabulary is trained on the texts without any pre-tokenizer, so its merges reach over every boundary that
one could draw: each difference between two pre-tokenizers shows in the ids.
"""

import argparse
import collections
import json
import pathlib
import struct
import tempfile
import unicodedata
import zlib

import gguf
import tokenizers

from llama_cpp import Vocabulary
from texts import MARKED, PLAIN, mixed

MODES = {"plain": (False, False), "parsed": (False, True), "added": (True, True)}
REAL = ["smollm2-135m", "gemma3-270m", "qwen2.5-coder-1.5b"]
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6


UPPER, LOWER = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}", r"\p{Ll}\p{Lm}\p{Lo}\p{M}"
CASED = rf"[^\r\n\p{{L}}\p{{N}}]?[{UPPER}]*[{LOWER}]+%s|[^\r\n\p{{L}}\p{{N}}]?[{UPPER}]+[{LOWER}]*%s"
REST = r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
TEKKEN = CASED % ("", "") + r"|\p{N}" + REST
GPT_4O = CASED % (("(?i:'s|'t|'re|'ve|'m|'ll|'d)?",) * 2) + r"|\p{N}{1,3}" + REST
WITH_MARKS = {"tekken": TEKKEN, "gpt-4o": GPT_4O, "llama4": GPT_4O, "minimax-m2": GPT_4O}


def crc(ids):
    return f"{zlib.crc32(struct.pack(f'<{len(ids)}i', *ids)):08x}"


def golden(path, texts, with_marks=None):
    vocabulary = Vocabulary(path)

    def ids(text, mode):
        if with_marks and any(unicodedata.category(c).startswith("M") for c in text):
            return with_marks(text, mode)
        return vocabulary.ids(text, *MODES[mode])

    result = {mode: "".join(crc(ids(text, mode)) for text in texts) for mode in MODES}
    vocabulary.close()
    return result


def hugging_face(vocabulary, name):
    """A function from a text and a mode to ids, with the expression that the pre-tokenizer's makers published."""

    def tokenizer(kinds):
        model = tokenizers.models.BPE({token: id for id, token in enumerate(vocabulary["tokens"])},
                                      [tuple(merge.split(" ")) for merge in vocabulary["merges"]], ignore_merges=name == "tekken")
        result = tokenizers.Tokenizer(model)
        result.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([
            tokenizers.pre_tokenizers.Split(tokenizers.Regex(WITH_MARKS[name]), "isolated"),
            tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
        result.add_tokens([tokenizers.AddedToken(token, normalized=False) for token, kind in zip(vocabulary["tokens"], vocabulary["kinds"])
                           if kind in kinds or CONTROL in kinds and token == "<|im_end|>"])
        return result

    plain, parsed = tokenizer({USER_DEFINED}), tokenizer({USER_DEFINED, CONTROL})
    opening = [vocabulary["bos"]] if name == "tekken" else []
    return lambda text, mode: (opening if mode == "added" else []) + (plain if mode == "plain" else parsed).encode(text).ids


def byte_alphabet():
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [b for b in range(256) if b not in printable]
    return {b: chr(b) for b in printable} | {b: chr(256 + i) for i, b in enumerate(others)}


def train(sequences, count):
    """The `count` most frequent merges of symbols, by the usual rule."""
    merges = []
    for _ in range(count):
        pairs = collections.Counter(pair for s in sequences for pair in zip(s, s[1:]))
        best = min(pairs, key=lambda p: (-pairs[p], p))
        merges.append(best)
        for s in sequences:
            i = 0
            while i < len(s) - 1:
                if (s[i], s[i + 1]) == best:
                    s[i:i + 2] = [s[i] + s[i + 1]]
                i += 1
    return merges


def byte_level(texts):
    alphabet = byte_alphabet()
    named = [
        # no merge leads to these two: only "whole words first" finds them
        ("unreachable", NORMAL), ("Ġunreachable", NORMAL), ("<|endoftext|>", CONTROL), ("<|im_start|>", CONTROL),
        # wrongly typed, as in many files: a control token all the same
        ("<|im_end|>", NORMAL), ("<|tool|>", USER_DEFINED), ("<<<", USER_DEFINED), ("<<", USER_DEFINED)]
    merges = train([[alphabet[b] for b in text.encode()] for text in texts if "reach" not in text], 700)
    tokens = [*alphabet.values()]
    tokens += [token for token in dict.fromkeys(a + b for a, b in merges) if token not in tokens]
    trained = [token for token in tokens if token not in dict(named)]
    merges = [(a, b) for a, b in merges if {a, b, a + b} <= {*trained}]
    tokens = trained + [token for token, _ in named]
    kinds = [NORMAL] * len(trained) + [kind for _, kind in named]
    return {"tokens": tokens, "kinds": kinds, "merges": [f"{a} {b}" for a, b in merges],
            "bos": tokens.index("<|endoftext|>"), "eos": tokens.index("<|im_end|>")}


def sentence_piece(texts):
    # llama.cpp's merges may lead from typed text to a control token; ours never do, so none of these merges is made
    texts = [text for text in texts if "<" not in text]
    characters = collections.Counter("".join(texts).replace(" ", "▁"))
    # rare characters have no token: they become bytes
    frequent = [c for c, n in characters.items() if n >= 3]
    # as in real ones, every character of a piece is a piece
    known = "".join(texts).replace(" ", "▁")
    words = [[]]
    for c in known:
        if c in frequent:
            words[-1].append(c)
        elif words[-1]:
            words.append([])
    merges = train(words, 500)
    pieces = dict.fromkeys(a + b for a, b in merges)
    pieces |= dict.fromkeys(frequent)
    pieces = [p for p in pieces if p not in ("<s>", "</s>", "<unk>", "\n\n")]
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{b:02X}>" for b in range(256)), "\n\n", "<|tool|>", *pieces]
    kinds = [UNKNOWN, CONTROL, CONTROL, *[BYTE] * 256, USER_DEFINED, USER_DEFINED, *[NORMAL] * len(pieces)]
    scores = [0.0] * 261 + [-float(i) for i in range(len(pieces))]
    parts = [[a, b] for a, b in merges if {a, b, a + b} <= set(pieces)]
    return {"tokens": tokens, "kinds": kinds, "scores": scores, "bos": 1, "eos": 2, "parts": parts}


def write_gguf(path, vocabulary, **keys):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_token_list([token.encode() for token in vocabulary["tokens"]])
    writer.add_token_types(vocabulary["kinds"])
    writer.add_bos_token_id(vocabulary["bos"])
    writer.add_eos_token_id(vocabulary["eos"])
    if "merges" in vocabulary:
        writer.add_tokenizer_model("gpt2")
        writer.add_token_merges([merge.encode() for merge in vocabulary["merges"]])
    else:
        writer.add_tokenizer_model("llama")
        writer.add_token_scores(vocabulary["scores"])
    for key, value in keys.items():
        (writer.add_bool if isinstance(value, bool) else writer.add_string)(f"tokenizer.ggml.{key}", value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


QWEN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def folders(vocabularies):
    """Small model folders as Hugging Face has them, each with the parts that a family of models has."""
    byte_level, pieces = vocabularies["byte-level"], vocabularies["sentence-piece"]
    normalizers, pre, decoders = tokenizers.normalizers, tokenizers.pre_tokenizers, tokenizers.decoders

    def bpe(vocabulary, merges, **options):
        return tokenizers.Tokenizer(tokenizers.models.BPE({token: id for id, token in enumerate(vocabulary["tokens"])},
                                                          [tuple(merge) for merge in merges], **options))

    def finish(tokenizer, vocabulary, special):
        tokenizer.add_special_tokens([tokenizers.AddedToken(token, normalized=False) for token in special])
        tokenizer.add_tokens([tokenizers.AddedToken("<|tool|>", normalized=False)])
        config = {"bos_token": {"content": vocabulary["tokens"][vocabulary["bos"]]}, "eos_token": vocabulary["tokens"][vocabulary["eos"]],
                  "chat_template": [{"name": "default", "template": "usual"}, {"name": "tool_use", "template": "with tools"}]}
        return {"tokenizer.json": json.loads(tokenizer.to_str()), "tokenizer_config.json": config}

    merges = [merge.split(" ") for merge in byte_level["merges"]]
    qwen = bpe(byte_level, merges)
    qwen.normalizer = normalizers.NFC()
    qwen.pre_tokenizer = pre.Sequence([pre.Split(tokenizers.Regex(QWEN), "isolated"), pre.ByteLevel(add_prefix_space=False, use_regex=False)])
    qwen.decoder = decoders.ByteLevel()
    # defaults of some published files: what we encode must be neither cut nor padded
    qwen.enable_truncation(8)
    qwen.enable_padding(length=16)
    options = {"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True}
    llama = bpe(pieces, pieces["parts"], **options)
    llama.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    llama.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    llama.post_processor = tokenizers.processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    mistral = bpe(pieces, pieces["parts"], **options)
    mistral.pre_tokenizer = pre.Metaspace(prepend_scheme="first", split=False)
    mistral.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="first", split=False)])
    mistral.post_processor = tokenizers.processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return {
        "NFC and byte-level BPE, as Qwen": finish(qwen, byte_level, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]),
        "a space before each piece, as Llama 2": finish(llama, pieces, ["<unk>", "<s>", "</s>"]),
        "a space before the first piece, as Mistral": finish(mistral, pieces, ["<unk>", "<s>", "</s>"]),
    }


def folder_golden(files, texts):
    """Ids of Hugging Face's library, which always reads special tokens: for plain texts it is given none."""

    def tokenizer(special):
        kept = [token for token in files["tokenizer.json"]["added_tokens"] if special or not token["special"]]
        result = tokenizers.Tokenizer.from_str(json.dumps(files["tokenizer.json"] | {"added_tokens": kept}))
        result.no_truncation()
        result.no_padding()
        return result

    plain, parsed = tokenizer(False), tokenizer(True)
    return {"plain": "".join(crc(plain.encode(text, add_special_tokens=False).ids) for text in texts),
            "parsed": "".join(crc(parsed.encode(text, add_special_tokens=False).ids) for text in texts),
            "added": "".join(crc(parsed.encode(text).ids) for text in texts)}


def names(repository):
    """The pre-tokenizers that the Java code knows, as its test lists them."""
    return (repository / "tokenizer-service/src/test/resources/dev/millrace/tokenizer/vocabulary/pre-tokenizers.txt").read_text().split()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=pathlib.Path, required=True)
    parser.add_argument("--repository", type=pathlib.Path, required=True)
    options = parser.parse_args()

    def write(path, content, indent=0):
        path = options.repository / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=indent) + "\n")

    texts = PLAIN + MARKED + mixed(80, seed=1)
    write("standalone/src/test/resources/dev/millrace/standalone/tokenizer/goldens.json",
          {"texts": texts, "models": {name: golden(options.models / f"{name}.gguf", texts) for name in REAL}})

    small = PLAIN + MARKED + mixed(60, seed=2)
    vocabularies = {"byte-level": byte_level(small), "sentence-piece": sentence_piece(small)}
    cases = {f"byte-level {name}": ("byte-level", {"pre": name}) for name in names(options.repository)}
    cases |= {
        "byte-level qwen2 with BOS and EOS": ("byte-level", {"pre": "qwen2", "add_bos_token": True, "add_eos_token": True}),
        "sentence-piece": ("sentence-piece", {}),
        "sentence-piece without a space prefix": ("sentence-piece", {"add_space_prefix": False, "add_bos_token": True, "add_eos_token": True}),
    }
    goldens = {}
    pool = {}
    with tempfile.TemporaryDirectory() as folder:
        for case, (vocabulary, keys) in cases.items():
            path = pathlib.Path(folder) / "tiny.gguf"
            write_gguf(path, vocabularies[vocabulary], **keys)
            # most names are one of twenty rules, whose ids are kept once
            name = keys.get("pre")
            with_marks = hugging_face(vocabularies[vocabulary], name) if name in WITH_MARKS else None
            modes = {mode: str(pool.setdefault(ids, len(pool))) for mode, ids in golden(path, small, with_marks).items()}
            goldens[case] = {"vocabulary": vocabulary, "keys": keys} | modes
    resources = "tokenizer-service/src/test/resources/dev/millrace/tokenizer/vocabulary"
    write(f"{resources}/goldens.json", {"texts": small, "cases": goldens, "ids": {str(index): ids for ids, index in pool.items()}})
    write(f"{resources}/folders.json", {name: {"files": files} | folder_golden(files, small) for name, files in folders(vocabularies).items()}, indent=None)
    del vocabularies["sentence-piece"]["parts"]
    write(f"{resources}/vocabularies.json", vocabularies, indent=None)


if __name__ == "__main__":
    main()
