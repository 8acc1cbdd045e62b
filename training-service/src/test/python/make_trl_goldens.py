"""Lets TRL itself train the tiny models of make_training_goldens.py: what its trainers log, and the adapter that they end with.

    python make_trl_goldens.py ../resources/goldens

Writes trl.json into the folders llama and qwen2: 20 steps of SFTTrainer, of DPOTrainer and of RewardTrainer on the examples and
from the matrices that lie there, in their order. TRL compares with the model without its adapter. Beside it lies reward/, the
reward model that RewardTrainer ends with as PEFT saves it; its number for the probe is in trl.json.

    python make_trl_goldens.py --score MODEL_FOLDER ADAPTER_FOLDER

prints what PEFT makes of the probe with a reward model that lies elsewhere, such as one of ours.
"""

import json
import os
import shutil
import sys
import tempfile

import torch
from datasets import Dataset
from peft import LoraConfig, PeftModel
from safetensors.torch import load_file
from tokenizers import Tokenizer, models
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer, RewardConfig, RewardTrainer, SFTConfig, SFTTrainer

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
METRICS = ["grad_norm", "learning_rate", "mean_token_accuracy", "rewards/chosen", "rewards/rejected", "rewards/margins",
           "rewards/accuracies", "logps/chosen", "logps/rejected", "logits/chosen", "logits/rejected", "accuracy", "margin",
           "mean_reward"]


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


def scoring(folder):
    return AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32, num_labels=1, pad_token_id=0)


def short(values):
    return [float(f"{x:.7g}") for x in values.detach().flatten().tolist()]


def train(trainer_class, config_class, folder, rows, batch, prepared, **settings):
    """The result, and the model that was trained."""
    reward = trainer_class is RewardTrainer
    model = scoring(folder) if reward else AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    losses = []
    config = config_class(
        per_device_train_batch_size=batch, max_steps=20, learning_rate=0.01, lr_scheduler_type="cosine", warmup_steps=3,
        weight_decay=0.01, max_grad_norm=1.0, optim="adamw_torch", gradient_checkpointing=False, bf16=False, use_cpu=True,
        report_to="none", save_strategy="no", logging_steps=1, disable_tqdm=True, train_sampling_strategy="sequential",
        max_length=None, output_dir=tempfile.mkdtemp(), **settings)
    lora = LoraConfig(r=4, lora_alpha=8, target_modules=TARGETS, task_type="SEQ_CLS" if reward else "CAUSAL_LM",
                      modules_to_save=["score"] if reward else None)
    trainer = exact(trainer_class, losses)(model, args=config, train_dataset=Dataset.from_list(rows), peft_config=lora,
                                           processing_class=tokenizer())
    trainer.train_dataset = Dataset.from_list(prepared)
    start = load_file(os.path.join(folder, "adapter", "adapter_model.safetensors"))
    generator = torch.Generator().manual_seed(55)
    start["base_model.model.score.weight"] = torch.randn((1, model.config.hidden_size), generator=generator) / 4
    trained = {n.replace(".modules_to_save", "").replace(".default", ""): p
               for n, p in trainer.model.named_parameters() if p.requires_grad}
    for name, parameter in trained.items():
        parameter.data.copy_(start[name])
    trainer.train()
    log = [entry for entry in trainer.state.log_history if "loss" in entry]
    steps = [{"loss": loss} | {m: float(entry[m]) for m in METRICS if m in entry} for loss, entry in zip(losses, log)]
    assert len(steps) == 20 and abs(losses[0] - float(log[0]["loss"])) < 1e-3
    matrices = {n: short(p) for n, p in trained.items()}
    result = {"steps": steps, "matrices": {"20": matrices}}
    if reward:
        result["score"] = start["base_model.model.score.weight"].flatten().tolist()
    return result, trainer.model


def score(model, probe):
    with torch.no_grad():
        return float(model.eval()(torch.tensor([probe]), use_cache=False).logits[0, 0])


def saved(model, folder):
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    os.remove(os.path.join(folder, "README.md"))


def given(folder):
    with open(os.path.join(folder, "expected.json")) as file:
        return json.load(file)


def main(out):
    if out == "--score":
        model, adapter = sys.argv[2:]
        print(score(PeftModel.from_pretrained(scoring(model), adapter), given(model)["probe"]))
        return
    for name in ("llama", "qwen2"):
        folder = os.path.join(out, name)
        known = given(folder)
        examples = [{"input_ids": e["ids"], "labels": [-100] * e["prompt"] + e["ids"][e["prompt"]:]}
                    for e in known["examples"]]
        pairs = [{"prompt_ids": p["chosen"][:p["prompt"]], "chosen_ids": p["chosen"][p["prompt"]:],
                  "rejected_ids": p["rejected"][p["prompt"]:]} for p in known["pairs"]]
        texts = [{"chosen_ids": p["chosen"], "rejected_ids": p["rejected"]} for p in known["pairs"]]
        words = [{"prompt": "a", "chosen": "b", "rejected": "c"} for _ in pairs]
        reward, model = train(RewardTrainer, RewardConfig, folder, texts, 2, texts)
        saved(model, os.path.join(folder, "reward"))
        reward["probe"] = score(model, known["probe"])
        result = {"sft": train(SFTTrainer, SFTConfig, folder, examples, 4, examples)[0],
                  "dpo-sigmoid": train(DPOTrainer, DPOConfig, folder, words, 2, pairs, beta=0.1)[0],
                  "reward": reward}
        with open(os.path.join(folder, "trl.json"), "w") as file:
            json.dump(result, file, separators=(",", ":"))
        print(name, *(f"{run} {steps['steps'][0]['loss']} -> {steps['steps'][-1]['loss']}" for run, steps in result.items()))


if __name__ == "__main__":
    main(sys.argv[1])
