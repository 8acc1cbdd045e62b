"""Fine-tunes a model with TRL and with Millrace in turn, the same batches, and prints tokens per second and peak memory.

    pip install -r requirements.txt
    python compare_with_trl.py [--model ~/.millrace/models/smollm2-135m.gguf] [--methods sft dpo] [--frozen float32 q8] \
        [--rounds 2] [--steps 4] [--sequences 4] [--length 512] [--threads 2]

LoRA of rank 16 on all linear layers, AdamW; TRL in float32, ours with frozen weights as `--frozen` says. Of DPO, `--sequences`
are pairs, of `--length` tokens each; the first quarter is the prompt. TRL runs without gradient checkpointing, which is its
fastest way; of each run the first step is left out. CPU seconds are what a neighbour on the machine changes least. Peak memory is
the process's own highest resident size. Ends in a table for each method: medians, and how they stand to TRL's.
"""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time


ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 4))
SIZES = {"steps": 4, "sequences": 4, "length": 512, "threads": 2, "vocabulary": 49152}


def batches(arguments, method):
    import numpy as np
    generator = np.random.default_rng(1)
    draw = lambda length: generator.integers(3, arguments.vocabulary, length).tolist()
    count = arguments.steps * arguments.sequences
    if method == "sft":
        return [{"prompt": 1, "sequences": [draw(arguments.length)]} for _ in range(count)]
    prompt = arguments.length // 4
    rows = []
    for _ in range(count):
        start = draw(prompt)
        rows.append({"prompt": prompt, "sequences": [start + draw(arguments.length - prompt) for _ in range(2)]})
    return rows


def widen(gguf, folder):
    """A folder as transformers trains it: it refuses a GGUF file's weights, widened or not."""
    import torch
    from transformers import AutoModelForCausalLM
    parent, file = os.path.split(os.path.abspath(os.path.expanduser(gguf)))
    model = AutoModelForCausalLM.from_pretrained(parent, gguf_file=file, dtype=torch.float32)
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    plain = AutoModelForCausalLM.from_config(model.config, dtype=torch.float32)
    plain.load_state_dict(model.state_dict())
    plain.save_pretrained(folder)


def trl(arguments, method, rows):
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from tokenizers import Tokenizer, models
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, TrainerCallback
    from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

    torch.set_num_threads(arguments.threads)
    model = AutoModelForCausalLM.from_pretrained(arguments.folder, dtype=torch.float32, attn_implementation="sdpa")
    words = Tokenizer(models.WordLevel({"<pad>": 0, "<eos>": 1, "<unk>": 2}, unk_token="<unk>"))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>")
    times = []

    class Clock(TrainerCallback):
        def on_step_begin(self, *_, **__):
            times.append([time.perf_counter(), time.process_time()])

        def on_step_end(self, *_, **__):
            times[-1] += [time.perf_counter(), time.process_time()]

    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    lora = LoraConfig(r=16, lora_alpha=32, target_modules=targets, task_type="CAUSAL_LM")
    common = dict(
        per_device_train_batch_size=arguments.sequences, max_steps=arguments.steps, learning_rate=1e-4,
        lr_scheduler_type="constant", gradient_checkpointing=False, bf16=False, fp16=False, use_cpu=True,
        report_to="none", save_strategy="no", logging_steps=1, disable_tqdm=True, dataloader_num_workers=0,
        output_dir=tempfile.mkdtemp(), train_sampling_strategy="sequential")
    if method == "sft":
        data = Dataset.from_list([{"input_ids": row["sequences"][0]} for row in rows])
        trainer = SFTTrainer(model, args=SFTConfig(**common, max_length=None), train_dataset=data,
                             processing_class=tokenizer, peft_config=lora, callbacks=[Clock()])
    else:
        data = Dataset.from_list([{"prompt": "a", "chosen": "b", "rejected": "c"} for _ in rows])
        trainer = DPOTrainer(model, args=DPOConfig(**common, max_length=None), train_dataset=data,
                             processing_class=tokenizer, peft_config=lora, callbacks=[Clock()])
        trainer.train_dataset = Dataset.from_list([
            {"prompt_ids": row["sequences"][0][:row["prompt"]], "chosen_ids": row["sequences"][0][row["prompt"]:],
             "rejected_ids": row["sequences"][1][row["prompt"]:]} for row in rows])
    trainer.train()
    tokens = arguments.sequences * arguments.length * (2 if method == "dpo" else 1)
    for i, (begin, cpu_begin, end, cpu_end) in enumerate(times):
        print(f"step {i + 1}: {tokens / (end - begin):.1f} tokens/s, {cpu_end - cpu_begin:.2f} CPU s, loss {trainer.state.log_history[i]['loss']:.4f}")
    print("VmHWM:", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "kB")


def measured(command):
    """Of all steps but the first the medians of tokens per second and of CPU seconds, peak memory in MB, the first loss."""
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"OMP_WAIT_POLICY": "PASSIVE"})
    output = run.stdout
    if run.returncode != 0:
        sys.exit(f"{output}\n{' '.join(command)} ended with {run.returncode}")
    middle = lambda pattern: statistics.median(map(float, re.findall(pattern, output)[1:]))
    loss = float(re.search(r"loss ([\d.]+)", output).group(1))
    return middle(r"([\d.]+) tokens/s"), middle(r"([\d.]+) CPU s"), int(re.findall(r"VmHWM:\s*(\d+) kB", output)[-1]) / 1024, loss


def maven(goals):
    return [os.path.join(ROOT, "mvnw"), "-q", "-B", "-f", os.path.join(ROOT, "pom.xml"), "-pl", "training-service", "-am", *goals]


def millrace(arguments, method, file, frozen):
    words = f"{os.path.expanduser(arguments.model)} {method} {arguments.steps} {file} {arguments.sequences} {arguments.threads} {frozen}"
    return maven(["test-compile", "exec:exec@main", "-Dmain=dev.millrace.training.train.FineTuningBenchmark", f"-Darguments={words}"])


def compare(arguments, method, folder):
    """Rounds of all contenders in turn; of each the medians of its rounds, and how they stand to TRL's."""
    file = os.path.join(folder, method + ".json")
    with open(file, "w") as out:
        json.dump(batches(arguments, method), out)
    own = [sys.executable, __file__, "--model", arguments.model, "--ids", file, "--folder", folder, "--methods", method]
    sizes = [f"--{name}={getattr(arguments, name)}" for name in SIZES]
    commands = {"TRL": own + sizes} | {f"Millrace {frozen}": millrace(arguments, method, file, frozen)
                                       for frozen in arguments.frozen}
    results = {name: [] for name in commands}
    for turn in range(arguments.rounds):
        for name, command in commands.items():
            speed, cpu, memory, loss = measured(command)
            results[name].append((speed, cpu, memory))
            print(f"{method} {turn + 1} {name:16} {speed:7.1f} tokens/s {cpu:6.1f} CPU s a step {memory:7.0f} MB, first loss {loss:.4f}", flush=True)
    middle = {name: [statistics.median(column) for column in zip(*rounds)] for name, rounds in results.items()}
    theirs = middle["TRL"]
    print(f"\n| {method} | tokens/s | to TRL's | CPU s a step | TRL's to it | peak MB | to TRL's |\n|---|---|---|---|---|---|---|")
    for name, (speed, cpu, memory) in middle.items():
        print(f"| {name} | {speed:.0f} | {speed / theirs[0]:.2f} | {cpu:.1f} | {theirs[1] / cpu:.2f} | {memory:.0f} | {memory / theirs[2]:.2f} |")
    print(flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="~/.millrace/models/smollm2-135m.gguf")
    parser.add_argument("--methods", nargs="+", choices=["sft", "dpo"], default=["sft", "dpo"])
    parser.add_argument("--frozen", nargs="*", choices=["float32", "same", "nf4", "q8"], default=["float32", "q8"])
    parser.add_argument("--rounds", type=int, default=2)
    for name, value in SIZES.items():
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--ids", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ids:
        with open(arguments.ids) as file:
            trl(arguments, arguments.methods[0], json.load(file))
        return
    if arguments.folder:
        widen(arguments.model, arguments.folder)
        return
    with tempfile.TemporaryDirectory() as folder:
        # in a process of its own: it would stand beside what is measured
        subprocess.run([sys.executable, __file__, "--model", arguments.model, "--folder", folder], check=True)
        for method in arguments.methods:
            compare(arguments, method, folder)


if __name__ == "__main__":
    main()
