"""Fine-tunes a model with TRL and with Millrace in turn, the same batches, and prints tokens per second and peak memory.

    pip install -r requirements.txt
    python compare_with_trl.py --model ~/.millrace/models/smollm2-135m.gguf --method sft|dpo [--rounds 2] [--steps 4] \
        [--sequences 4] [--length 512] [--threads 2] [--java "java -cp ... dev.millrace.training.train.FineTuningBenchmark"]

LoRA of rank 16 on all linear layers, float32, AdamW. Of DPO, `--sequences` are pairs, of `--length` tokens each; the first
quarter is the prompt. TRL runs without gradient checkpointing, which is its fastest way; of each run the first step is left
out. CPU seconds are what a neighbour on the machine changes least. Peak memory is the process's own highest resident size.
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


def batches(arguments, vocabulary):
    import numpy as np
    generator = np.random.default_rng(1)
    draw = lambda length: generator.integers(3, vocabulary, length).tolist()
    count = arguments.steps * arguments.sequences
    if arguments.method == "sft":
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


def trl(arguments, rows):
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
    if arguments.method == "sft":
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
    tokens = arguments.sequences * arguments.length * (2 if arguments.method == "dpo" else 1)
    for i, (begin, cpu_begin, end, cpu_end) in enumerate(times):
        print(f"step {i + 1}: {tokens / (end - begin):.1f} tokens/s, {cpu_end - cpu_begin:.2f} CPU s, loss {trainer.state.log_history[i]['loss']:.4f}")
    print("VmHWM:", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "kB")


def measured(command):
    """Medians of tokens per second and of CPU seconds of all steps but the first, peak memory in MB, the first loss."""
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, shell=isinstance(command, str),
                            env=os.environ | {"OMP_WAIT_POLICY": "PASSIVE"}).stdout
    middle = lambda pattern: statistics.median(map(float, re.findall(pattern, output)[1:]))
    loss = float(re.search(r"loss ([\d.]+)", output).group(1))
    return middle(r"([\d.]+) tokens/s"), middle(r"([\d.]+) CPU s"), int(re.findall(r"VmHWM:\s*(\d+) kB", output)[-1]) / 1024, loss


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--method", choices=["sft", "dpo"], default="sft")
    parser.add_argument("--vocabulary", type=int, default=49152)
    for name, value in (("rounds", 2), ("steps", 4), ("sequences", 4), ("length", 512), ("threads", 2)):
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--java", help="what starts FineTuningBenchmark; without it TRL alone is measured")
    parser.add_argument("--ids", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ids:
        with open(arguments.ids) as file:
            trl(arguments, json.load(file))
        return
    if arguments.folder:
        widen(arguments.model, arguments.folder)
        return
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file, tempfile.TemporaryDirectory() as folder:
        json.dump(batches(arguments, arguments.vocabulary), file)
        file.flush()
        own = [sys.executable, __file__, *sys.argv[1:], "--folder", folder]
        subprocess.run(own, check=True)
        theirs = [*own, "--ids", file.name]
        commands = {"TRL": theirs}
        if arguments.java:
            commands["Millrace"] = (f"{arguments.java} {os.path.expanduser(arguments.model)} {arguments.method} "
                                    f"{arguments.steps} {file.name} {arguments.sequences} {arguments.threads}")
        for turn in range(arguments.rounds):
            for name, command in commands.items():
                speed, cpu, memory, loss = measured(command)
                print(f"{turn + 1} {name:9} {speed:7.1f} tokens/s {cpu:6.1f} CPU s a step {memory:7.0f} MB, first loss {loss:.4f}", flush=True)


if __name__ == "__main__":
    main()
