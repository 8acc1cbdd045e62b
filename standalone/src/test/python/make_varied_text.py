"""Makes the text that perplexity is measured on: prose, Chinese, code in several languages, tables and data, in turns.

    python make_varied_text.py REPOSITORY OUT.txt.gz

All of it are files of the repository as it was when the text was made: kept as a file of its own, the text stays the same
when they change, and figures stay comparable.
"""

import gzip
import hashlib
import itertools
import sys
from pathlib import Path

BYTES = 130_000
PIECE = 1_500

KINDS = {
    "prose": ["CONTRIBUTING.md", "docs/decisions/*.md", "docs/start-up.md"],
    "chinese": ["README.zh-CN.md"],
    "java": ["inference-service/src/main/java/**/Scheduler.java", "gateway/src/main/java/**/*.java"],
    "tables": ["README.md"],
    "languages": ["tokenizer-service/src/test/python/texts.py", "tokenizer-service/src/test/python/conversations.py"],
    "c": ["kernels/src/main/c/matrix.h", "kernels/src/main/c/attention.h"],
    "scripts": ["scripts/*", "millrace", "inference-service/src/test/python/*.py"],
    "data": ["gateway/src/main/resources/*.yaml"],
}


def pieces(paths):
    """A kind's text, cut at the ends of lines."""
    piece = ""
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
            piece += line
            if len(piece.encode()) >= PIECE:
                yield piece
                piece = ""
    if piece:
        yield piece


def files(repository, patterns):
    for pattern in patterns:
        found = sorted(path for path in repository.glob(pattern) if path.is_file())
        assert found, pattern
        yield from found


def main():
    repository, out = (Path(argument) for argument in sys.argv[1:])
    kinds = [pieces(files(repository, patterns)) for patterns in KINDS.values()]
    text, bytes_of = "", dict.fromkeys(KINDS, 0)
    for turn in itertools.zip_longest(*kinds):
        for kind, piece in zip(KINDS, turn):
            if piece and len(text.encode()) < BYTES:
                text += piece
                bytes_of[kind] += len(piece.encode())
    data = text.encode()
    with open(out, "wb") as file, gzip.GzipFile("", "wb", 9, file, 0) as packed:
        packed.write(data)
    print(f"{len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}: {bytes_of}")


main()
