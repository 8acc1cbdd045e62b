"""Makes the goldens of the real models: what two independent implementations say about the same GGUF file.

    python make_model_goldens.py MODELS_FOLDER OUT_FOLDER [NAME...]

transformers, in float32, with weights dequantised from the GGUF by the gguf package, gives the logits and the greedy
tokens. llama.cpp (xllamacpp) gives the ids of the prompts (transformers' own reading of a GGUF's tokenizer is wrong) and
its own greedy tokens, to compare with what 8-bit arithmetic costs there.

One NAME.json.gz for each model:

    sampleIds    256 ids, the same for all prompts
    ends         ids that end an answer, as llama.cpp knows them
    prompts[]    name, text, ids
                 greedy      64 ids: transformers' greedy choice, going on after an end token
                 gaps        [64] float32: how far the best logit stands above the second
                 positions[] step (0: after the last prompt token), logSumExp, topIds [64], topLogits, sampleLogits
                 llamaCpp    its greedy ids, up to 64; ends before an end token
                 llamaCppEnded   whether an end token stopped it

Arrays of float32 are base64, little endian.
"""

import base64
import gzip
import hashlib
import json
import os
import sys
import time
import urllib.request

import gguf
import numpy as np
import torch
import transformers
import xllamacpp
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

STEPS = 64
POSITIONS = [0, 1, 31, 63]

# Written by hand from the published config.json of each model, not read from the GGUF: a mistake in reading metadata
# must show.
MODELS = {
    "smollm2-135m": (
        LlamaForCausalLM,
        LlamaConfig(
            vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
            num_key_value_heads=3, max_position_embeddings=8192, rms_norm_eps=1e-5, tie_word_embeddings=True,
            rope_parameters={"rope_type": "default", "rope_theta": 100000.0},
        ),
    ),
    "gemma3-270m": (
        Gemma3ForCausalLM,
        Gemma3TextConfig(
            vocab_size=262144, hidden_size=640, intermediate_size=2048, num_hidden_layers=18, num_attention_heads=4,
            num_key_value_heads=1, head_dim=256, query_pre_attn_scalar=256, max_position_embeddings=32768,
            rms_norm_eps=1e-6, sliding_window=512, tie_word_embeddings=True, final_logit_softcapping=None,
            attn_logit_softcapping=None,
            layer_types=["full_attention" if i % 6 == 5 else "sliding_attention" for i in range(18)],
            rope_parameters={
                "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0},
                "full_attention": {"rope_type": "default", "rope_theta": 1000000.0},
            },
        ),
    ),
    "qwen2.5-coder-1.5b": (
        Qwen2ForCausalLM,
        Qwen2Config(
            vocab_size=151936, hidden_size=1536, intermediate_size=8960, num_hidden_layers=28, num_attention_heads=12,
            num_key_value_heads=2, max_position_embeddings=32768, rms_norm_eps=1e-6, use_sliding_window=False,
            tie_word_embeddings=False, rope_parameters={"rope_type": "default", "rope_theta": 1000000.0},
        ),
    ),
}

GGUF_TO_HF = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
    "attn_norm.weight": "input_layernorm.weight",
    "attn_q.weight": "self_attn.q_proj.weight",
    "attn_k.weight": "self_attn.k_proj.weight",
    "attn_v.weight": "self_attn.v_proj.weight",
    "attn_q.bias": "self_attn.q_proj.bias",
    "attn_k.bias": "self_attn.k_proj.bias",
    "attn_v.bias": "self_attn.v_proj.bias",
    "attn_q_norm.weight": "self_attn.q_norm.weight",
    "attn_k_norm.weight": "self_attn.k_norm.weight",
    "attn_output.weight": "self_attn.o_proj.weight",
    "ffn_gate.weight": "mlp.gate_proj.weight",
    "ffn_up.weight": "mlp.up_proj.weight",
    "ffn_down.weight": "mlp.down_proj.weight",
}
LLAMA_NORMS = {"ffn_norm.weight": "post_attention_layernorm.weight"}
GEMMA_NORMS = {
    "post_attention_norm.weight": "post_attention_layernorm.weight",
    "ffn_norm.weight": "pre_feedforward_layernorm.weight",
    "post_ffw_norm.weight": "post_feedforward_layernorm.weight",
}


def load(path, model_class, config):
    """The model with the file's own weights, widened to float32."""
    gemma = model_class is Gemma3ForCausalLM
    names = GGUF_TO_HF | (GEMMA_NORMS if gemma else LLAMA_NORMS)
    with torch.device("meta"):
        model = model_class(config)
    state = {}
    for tensor in gguf.GGUFReader(path).tensors:
        weights = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        weights = np.ascontiguousarray(weights, dtype=np.float32).reshape([int(n) for n in reversed(tensor.shape)])
        if tensor.name.startswith("blk."):
            _, layer, rest = tensor.name.split(".", 2)
            name = f"model.layers.{layer}.{names[rest]}"
        else:
            rest = tensor.name
            name = names[rest]
        if model_class is LlamaForCausalLM and rest in ("attn_q.weight", "attn_k.weight"):
            # llama.cpp's converter permutes these for its rotary layout
            heads = config.num_attention_heads if rest == "attn_q.weight" else config.num_key_value_heads
            rows, columns = weights.shape
            weights = weights.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)
        if gemma and name.endswith("norm.weight"):
            weights = weights - np.float32(1)  # the converter adds one to what transformers adds one to
        state[name] = torch.from_numpy(np.ascontiguousarray(weights))
    if config.tie_word_embeddings:
        state["lm_head.weight"] = state["model.embed_tokens.weight"]
    missing, unexpected = model.load_state_dict(state, strict=False, assign=True)
    assert not missing and not unexpected, (missing, unexpected)
    # buffers (rotary frequencies) were made on "meta": make them again
    fresh = model_class(shrunk(config))
    buffers = dict(fresh.named_buffers())
    for name, buffer in list(model.named_buffers()):
        module = model.get_submodule(name.rpartition(".")[0])
        module.register_buffer(name.rpartition(".")[2], buffers[name].clone(), persistent=False)
    for module, from_fresh in zip(model.modules(), shrunk_modules(model, fresh)):
        if hasattr(module, "original_inv_freq") and from_fresh is not None:
            module.original_inv_freq = from_fresh.original_inv_freq
    if gemma:
        scale = model.model.embed_tokens
        scale.embed_scale = torch.tensor(config.hidden_size**0.5)
    return model.eval()


def shrunk(config):
    """The same model with few layers and words: its buffers do not depend on either."""
    small = type(config)(**(config.to_dict() | {"num_hidden_layers": 6, "vocab_size": 8, "pad_token_id": 0}
                            | ({"layer_types": config.layer_types[:6]} if getattr(config, "layer_types", None) else {})))
    return small


def shrunk_modules(model, fresh):
    fresh_modules = dict(fresh.named_modules())
    return [fresh_modules.get(name) for name, _ in model.named_modules()]


@torch.inference_mode()
def reference(model, ids):
    """Greedy ids by cached steps, and all logits of them by one pass without a cache: they must choose the same."""
    cache = transformers.DynamicCache(config=model.config)
    step, greedy = torch.tensor([ids]), []
    for _ in range(STEPS):
        logits = model(step, past_key_values=cache, use_cache=True, logits_to_keep=1).logits[0, -1]
        greedy.append(int(logits.argmax()))
        step = torch.tensor([[greedy[-1]]])
    logits = model(torch.tensor([ids + greedy[:-1]]), use_cache=False, logits_to_keep=STEPS).logits[0]
    best = logits.topk(2, dim=-1).values
    gaps = (best[:, 0] - best[:, 1]).numpy()
    for i, (one, other) in enumerate(zip(greedy, logits.argmax(-1).tolist())):
        if one != other:
            print(f"  step {i}: cached {one}, whole {other}, gap {gaps[i]:.2e}")
            assert gaps[i] < 1e-4, "transformers disagrees with itself"
    return greedy, gaps, logits


def floats(values):
    return base64.b64encode(np.asarray(values, dtype="<f4").tobytes()).decode()


class LlamaCpp:
    def __init__(self, path):
        parameters = xllamacpp.CommonParams()
        parameters.model.path = path
        parameters.n_ctx = 4096
        parameters.n_parallel = 1
        parameters.warmup = False
        parameters.verbosity = 0
        parameters.cpuparams.n_threads = 2
        self.server = xllamacpp.Server(parameters)

    def post(self, path, body):
        request = urllib.request.Request(
            self.server.listening_address + path, json.dumps(body).encode(), {"content-type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def chat(self, messages):
        return self.post("/apply-template", {"messages": messages})["prompt"]

    def tokenize(self, text):
        return self.post("/tokenize", {"content": text, "add_special": True, "parse_special": True})["tokens"]

    def greedy(self, ids):
        answer = self.post("/completion", {
            "prompt": ids, "n_predict": STEPS, "temperature": 0, "return_tokens": True, "cache_prompt": False})
        return answer["tokens"], answer["stop_type"] == "eos"

    def ends(self):
        # with ignore_eos it forbids exactly the ids that it knows as ends
        answer = self.post("/completion", {"prompt": [1], "n_predict": 1, "temperature": 0, "ignore_eos": True})
        return sorted({bias["token"] for bias in answer["generation_settings"]["logit_bias"]})


def prompts():
    """(name, text): the text is a user's message for a chat model and a plain beginning for a base model."""
    code = 'def fibonacci(n):\n    """Return the n-th Fibonacci number."""\n    if n < 2:\n        return n\n'
    places = ["harbour", "market", "library", "station", "garden", "bridge", "museum", "tower", "school", "mill"]
    people = ["Ada", "Brook", "Chen", "Dalia", "Emeka", "Freya", "Goran", "Hana", "Idris", "Jun", "Kofi"]
    long_text = " ".join(
        f"On day {i + 1}, {people[i % 11]} walked from the {places[i % 10]} to the {places[(i * 7 + 3) % 10]} and "
        f"counted {(i * 37) % 101} boats before {'noon' if i % 3 else 'dusk'}." for i in range(84))
    return [
        ("greeting", "Hello! How are you today?"),
        ("empty", ""),
        ("space", " "),
        ("one_letter", "a"),
        ("capital", "The capital of France is"),
        ("explain", "Explain in two sentences why the sky is blue."),
        ("list", "List five fruits, one per line."),
        ("story", "Write the beginning of a story about a lighthouse keeper who finds a letter."),
        ("arithmetic", "What is 17 * 23? Think step by step."),
        ("translate", "Translate to German: The train leaves at seven o'clock in the morning."),
        ("chinese", "请用一句话介绍北京。"),
        ("chinese_long", "春天来了，公园里的花都开了。小明和他的朋友们决定去公园野餐。他们带了面包、水果和果汁，还带了一只风筝。请接着写这个故事。"),
        ("japanese", "日本で一番高い山は何ですか？"),
        ("french", "Écris un court poème sur la mer, à la manière d'un haïku."),
        ("russian", "Почему небо голубое?"),
        ("arabic", "ما هي عاصمة مصر؟"),
        ("emoji", "🎉🚀 What do these emoji mean? 👩‍👩‍👧‍👦🏳️‍🌈"),
        ("python", code),
        ("java", "Write a Java method that reverses a singly linked list in place.\n\n```java\nclass Node { int value; Node next; }\n```"),
        ("sql", "SELECT name, COUNT(*) FROM orders JOIN customers ON"),
        ("json", '{"name": "Millrace", "kind": "platform", "features": ["chat", "embeddings", '),
        ("markup", "<html>\n<head><title>Test</title></head>\n<body>\n  <ul>\n    <li>One</li>\n"),
        ("mixed", "Mixed 文字 with números, ¿verdad? Ω≈ç√∫ and\ttabs\r\nand line ends   and spaces."),
        ("repetition", "one two three one two three one two three one two"),
        ("long", long_text + " Question: who walked on day 40, and how many boats were counted?"),
    ]


def make(name, folder, out):
    path = os.path.join(folder, name + ".gguf")
    print(name, flush=True)
    digest = hashlib.sha256(open(path, "rb").read()).hexdigest()
    chat = any("chat_template" in key for key in gguf.GGUFReader(path).fields)
    llama_cpp = LlamaCpp(path)
    golden = {"model": name, "sha256": digest, "transformers": transformers.__version__, "torch": torch.__version__,
              "llamaCpp": xllamacpp.__version__, "ends": llama_cpp.ends(), "prompts": []}
    for prompt, text in prompts():
        if chat:
            text = llama_cpp.chat([{"role": "user", "content": text}])
        ids = llama_cpp.tokenize(text)
        answer, ended = llama_cpp.greedy(ids)
        golden["prompts"].append(
            {"name": prompt, "text": text, "ids": ids, "llamaCpp": answer, "llamaCppEnded": ended})
    if chat:
        # bare text too: no template's frame around it
        text = "Once upon a time"
        ids = llama_cpp.tokenize(text)
        answer, ended = llama_cpp.greedy(ids)
        golden["prompts"].append({"name": "bare", "text": text, "ids": ids, "llamaCpp": answer, "llamaCppEnded": ended})
    del llama_cpp

    model = load(path, *MODELS[name])
    vocabulary = model.config.vocab_size
    sample = np.sort(np.random.default_rng(3).choice(vocabulary, 256, replace=False))
    golden["sampleIds"] = sample.tolist()
    for prompt in golden["prompts"]:
        start = time.time()
        greedy, gaps, logits = reference(model, prompt["ids"])
        prompt["greedy"] = greedy
        prompt["gaps"] = floats(gaps)
        prompt["positions"] = []
        for step in POSITIONS:
            top = logits[step].topk(64)
            prompt["positions"].append({
                "step": step,
                "logSumExp": float(logits[step].double().logsumexp(0)),
                "topIds": top.indices.tolist(),
                "topLogits": floats(top.values),
                "sampleLogits": floats(logits[step][torch.from_numpy(sample)]),
            })
        kept = next((i for i, (a, b) in enumerate(zip(greedy, prompt["llamaCpp"])) if a != b), len(prompt["llamaCpp"]))
        print(f"  {prompt['name']}: {len(prompt['ids'])} tokens, smallest gap {gaps.min():.1e}, "
              f"llama.cpp keeps {kept} of {len(prompt['llamaCpp'])}, {time.time() - start:.1f} s", flush=True)
        with open(os.path.join(out, name + ".partial.json"), "w") as partial:
            json.dump(golden, partial)
    with gzip.GzipFile(os.path.join(out, name + ".json.gz"), "wb", compresslevel=9, mtime=0) as file:
        file.write(json.dumps(golden, ensure_ascii=False, separators=(",", ":")).encode())
    os.remove(os.path.join(out, name + ".partial.json"))


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.set_num_threads(2)
    for model_name in sys.argv[3:] or MODELS:
        make(model_name, sys.argv[1], sys.argv[2])
