"""Lets TRL itself train the tiny models of make_training_goldens.py: what its trainers log, and the adapter that they end with.

    python make_trl_goldens.py ../resources/goldens

Writes trl.json into the folders llama and qwen2: 20 steps of SFTTrainer and of DPOTrainer on the examples and from the
matrices that lie there, in their order. TRL compares with the model without its adapter.
"""

import json
import os
import sys
import tempfile

import torch
from datasets import Dataset
from peft import LoraConfig
from safetensors.torch import load_file
from tokenizers import Tokenizer, models
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
METRICS = ["grad_norm", "learning_rate", "mean_token_accuracy", "rewards/chosen", "rewards/rejected", "rewards/margins",
           "rewards/accuracies", "logps/chosen", "logps/rejected", "logits/chosen", "logits/rejected"]


def tokenizer():
    words = Tokenizer(models.WordLevel({"<pad>": 0, "<eos>": 2, "<unk>": 1}, unk_token="<unk>"))
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>")


def exact(trainer_class, losses):
    """The trainer's log rounds the loss; this keeps it as it was."""

    class Exact(trainer_class):
        def compute_loss(self, *arguments, **named):
            loss = super().compute_loss(*arguments, **named)
            losses.append(float(loss))
            return loss

    return Exact


def train(trainer_class, config_class, folder, rows, batch, prepared, **settings):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    losses = []
    config = config_class(
        per_device_train_batch_size=batch, max_steps=20, learning_rate=0.01, lr_scheduler_type="cosine", warmup_steps=3,
        weight_decay=0.01, max_grad_norm=1.0, optim="adamw_torch", gradient_checkpointing=False, bf16=False, use_cpu=True,
        report_to="none", save_strategy="no", logging_steps=1, disable_tqdm=True, train_sampling_strategy="sequential",
        max_length=None, output_dir=tempfile.mkdtemp(), **settings)
    lora = LoraConfig(r=4, lora_alpha=8, target_modules=TARGETS, task_type="CAUSAL_LM")
    trainer = exact(trainer_class, losses)(model, args=config, train_dataset=Dataset.from_list(rows), peft_config=lora,
                                           processing_class=tokenizer())
    trainer.train_dataset = Dataset.from_list(prepared)
    start = load_file(os.path.join(folder, "adapter", "adapter_model.safetensors"))
    trained = {n.replace(".default", ""): p for n, p in trainer.model.named_parameters() if p.requires_grad}
    for name, parameter in trained.items():
        parameter.data.copy_(start[name])
    trainer.train()
    log = [entry for entry in trainer.state.log_history if "loss" in entry]
    steps = [{"loss": loss} | {m: float(entry[m]) for m in METRICS if m in entry} for loss, entry in zip(losses, log)]
    assert len(steps) == 20 and abs(losses[0] - float(log[0]["loss"])) < 1e-3
    matrices = {n: [float(f"{x:.7g}") for x in p.detach().flatten().tolist()] for n, p in trained.items()}
    return {"steps": steps, "matrices": {"20": matrices}}


def main(out):
    for name in ("llama", "qwen2"):
        folder = os.path.join(out, name)
        with open(os.path.join(folder, "expected.json")) as file:
            given = json.load(file)
        examples = [{"input_ids": e["ids"], "labels": [-100] * e["prompt"] + e["ids"][e["prompt"]:]}
                    for e in given["examples"]]
        pairs = [{"prompt_ids": p["chosen"][:p["prompt"]], "chosen_ids": p["chosen"][p["prompt"]:],
                  "rejected_ids": p["rejected"][p["prompt"]:]} for p in given["pairs"]]
        words = [{"prompt": "a", "chosen": "b", "rejected": "c"} for _ in pairs]
        result = {"sft": train(SFTTrainer, SFTConfig, folder, examples, 4, examples),
                  "dpo-sigmoid": train(DPOTrainer, DPOConfig, folder, words, 2, pairs, beta=0.1)}
        with open(os.path.join(folder, "trl.json"), "w") as file:
            json.dump(result, file, separators=(",", ":"))
        print(name, *(f"{run} {steps['steps'][0]['loss']} -> {steps['steps'][-1]['loss']}" for run, steps in result.items()))


if __name__ == "__main__":
    main(sys.argv[1])
