"""Makes the Parquet files that DataSetTest reads, with pyarrow: python make_parquet.py"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

OUT = Path(__file__).resolve().parent.parent / "resources" / "data"
OUT.mkdir(parents=True, exist_ok=True)

message = pa.struct([("role", pa.string()), ("content", pa.string()), ("weight", pa.int64())])


def chat(*turns):
    return [{"role": role, "content": content, "weight": weight} for role, content, weight in turns]


# nested, snappy, a row group a row, the third of which has nothing to learn
pq.write_table(
    pa.table(
        {
            "messages": pa.array(
                [
                    chat(("user", "a", None), ("assistant", "bcd", None)),
                    chat(("user", "a", None), ("assistant", "b", 0), ("user", "c", None), ("assistant", "klm", 1)),
                    chat(("user", "a", None)),
                ],
                pa.list_(message),
            ),
            "id": pa.array([1, 2, 3]),
        }
    ),
    OUT / "chats.parquet",
    compression="snappy",
    row_group_size=1,
)

# flat, zstd; texts as plain bytes, as older writers leave them, and messages as JSON
pq.write_table(
    pa.table(
        {
            "prompt": pa.array([b"a", b"b"], pa.binary()),
            "chosen": pa.array(["yes", "good"]),
            "rejected": pa.array(["no", None]),
        }
    ),
    OUT / "pairs.parquet",
    compression="zstd",
)
