"""Two cross-encoders of some thousand weights, as Hugging Face exports have them, and what transformers says of some pairs.

    pip install torch==2.15.0 transformers==4.57.6 onnx==1.23.2 onnxruntime==1.23.2 tokenizers==0.22.2
    python3 rerankers.py ../resources/dev/millrace/rag/embed/rerankers

`bert` reads token_type_ids, and has learnt that who, when and where ask for a name, a year and a place; `xlmr` reads none, has two positions
less than its config.json says, and weights that are random. pairs.json has the logits of both, from the weights in PyTorch.
"""
import json
import random
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, XLMRobertaConfig, XLMRobertaForSequenceClassification

NAMES = "john mary carter smith alice henry thomas jane baker robert anna peter clara hugh edith walter".split()
PLACES = "york london oxford leeds durham wales kent essex devon bath lincoln exeter bristol dover ely truro".split()
THINGS = "mill wheel bridge church house dam barn tower school inn".split()
DEEDS = "built bought sold burnt painted repaired moved founded".split()
OTHERS = """the a an of in on at to by with and it is was were old new large small stone wood oak river hill road field water corn grain village
town much many years later after before who when where what how high does do did whose there near beside turns grinds stands needs""".split()
ASKED = ["who", "when", "where"]
PAIRS = [
    ("When was the mill built?", "The mill was built in 1804."),
    ("When was the mill built?", "The mill was built by John Carter."),
    ("When was the mill built?", "The old stone mill by the river was built of wood. " * 8 + "It is from 1804."),
    ("Who built the mill?", "The mill was built by John Carter near York, after the old mill had burnt."),
    ("Where does the wheel turn?", "It turns."),
    ("How high is the wheel?", "水车 naïve café, 5 metres. " * 3),
    ("Where was the old bridge repaired?", "The old stone bridge beside the inn was repaired. " * 8 + "It is in Leeds."),
]


def vocabulary(special):
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    pieces = list(letters) + ["##" + letter for letter in letters] + list(".,?!'-")
    words = sorted({*NAMES, *PLACES, *THINGS, *DEEDS, *OTHERS} - set(pieces))
    return {piece: i for i, piece in enumerate(special + pieces + words)}


def tokenizer(special, template):
    ids = vocabulary(special)
    made = Tokenizer(models.WordPiece(ids, unk_token=special[-1]))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    single, pair = template
    made.post_processor = processors.TemplateProcessing(single=single, pair=pair, special_tokens=[(t, ids[t]) for t in special])
    return made


def sentence(kinds):
    ends = {"who": lambda: "by " + " ".join(random.sample(NAMES, random.randint(1, 2))), "when": lambda: "in " + str(random.randint(1000, 1999)),
            "where": lambda: random.choice(["in ", "near ", "at "]) + random.choice(PLACES)}
    adjective = random.choice(["", "", "old ", "new ", "large ", "stone "])
    beside = random.choice(["", "", f"beside the {random.choice(THINGS)} ", f"by the {random.choice(OTHERS)} "])
    words = "".join(f" {word}" for word in random.sample(OTHERS, random.choice([0, 0, 1, 3])))
    return f"The {adjective}{random.choice(THINGS)} {beside}was {random.choice(DEEDS)}{words} " + " ".join(ends[kind]() for kind in kinds) + "."


def examples(count):
    """Questions, passages and whether one answers the other."""
    for _ in range(count):
        asked = random.choice(ASKED)
        others = random.sample([kind for kind in ASKED if kind != asked], random.choice([0, 1, 1, 2]))
        answered = random.random() < 0.5
        kinds = random.sample([asked] + others[:1], min(2, 1 + len(others))) if answered else others
        passage = sentence(kinds) + random.choice(["", "", " " + sentence([])])
        subject, deed = f"the {random.choice(['', '', 'old '])}{random.choice(THINGS)}", random.choice(DEEDS)
        yield f"Who {deed} {subject}?" if asked == "who" else f"{asked} was {subject} {deed}?", passage, float(answered)


def batch_of(made, pairs, length):
    made.enable_truncation(length, strategy="only_second")
    made.enable_padding(pad_id=made.token_to_id("[PAD]" if made.token_to_id("[PAD]") is not None else "<pad>"))
    encodings = made.encode_batch(pairs)
    made.no_padding()
    made.no_truncation()
    return {name: torch.tensor([getattr(e, field) for e in encodings])
            for name, field in (("input_ids", "ids"), ("attention_mask", "attention_mask"), ("token_type_ids", "type_ids"))}


def teach(model, made):
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    model.train()
    for step in range(1000):
        rows = list(examples(64))
        logits = model(**batch_of(made, [row[:2] for row in rows], 64)).logits[:, 0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor([row[2] for row in rows]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 100 == 0:
            print(step, round(loss.item(), 4), file=sys.stderr)
    model.eval()


def export(model, made, folder, inputs, length):
    class Logits(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, *tensors):
            return self.model(**dict(zip(inputs, tensors))).logits

    folder.mkdir(parents=True, exist_ok=True)
    sample = batch_of(made, PAIRS[:2], length)
    axes = {name: {0: "batch", 1: "tokens"} for name in inputs} | {"logits": {0: "batch"}}
    torch.onnx.export(Logits(), tuple(sample[name] for name in inputs), str(folder / "model.onnx"), input_names=list(inputs), output_names=["logits"],
                      dynamic_axes=axes, opset_version=17, dynamo=False)
    made.save(str(folder / "tokenizer.json"), pretty=False)
    model.config.architectures = [type(model).__name__]
    (folder / "config.json").write_text(json.dumps(json.loads(model.config.to_json_string(use_diff=True)), indent=1) + "\n")


def logits(model, made, pair, inputs, length):
    batch = batch_of(made, [pair], length)
    with torch.no_grad():
        found = model(**{name: batch[name] for name in inputs}).logits[0, 0].item()
    return {"tokens": batch["input_ids"].shape[1], "logit": found}


def main():
    out = Path(sys.argv[1])
    random.seed(7)
    torch.manual_seed(7)
    torch.set_num_threads(1)
    small = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "num_labels": 1, "initializer_range": 0.4,
             "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    bert_tokens = tokenizer(["[PAD]", "[CLS]", "[SEP]", "[UNK]"], ("[CLS] $A [SEP]", "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1"))
    bert = BertForSequenceClassification(BertConfig(vocab_size=bert_tokens.get_vocab_size(), max_position_embeddings=64, **small))
    teach(bert, bert_tokens)
    xlmr_tokens = tokenizer(["<s>", "<pad>", "</s>", "<unk>"], ("<s> $A </s>", "<s> $A </s> </s> $B </s>"))
    xlmr = XLMRobertaForSequenceClassification(XLMRobertaConfig(
        vocab_size=xlmr_tokens.get_vocab_size(), max_position_embeddings=50, type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2, **small)).eval()
    both = {"bert": (bert, bert_tokens, ("input_ids", "attention_mask", "token_type_ids"), 64),
            "xlmr": (xlmr, xlmr_tokens, ("input_ids", "attention_mask"), 48)}
    for name, (model, made, inputs, length) in both.items():
        export(model, made, out / name, inputs, length)
    golden = [{"question": question, "passage": passage} | {
        name: logits(model, made, (question, passage), inputs, length) for name, (model, made, inputs, length) in both.items()}
        for question, passage in PAIRS]
    (out / "pairs.json").write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
