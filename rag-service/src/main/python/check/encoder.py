"""The network: BERT's encoder over two texts, and three logits. Its own few lines, so that it trains and exports alike everywhere."""
import math
import re

import torch
from torch import nn
from torch.nn import functional


class Layer(nn.Module):
    def __init__(self, size, heads, inner):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.joined = (nn.Linear(size, size) for _ in range(4))
        self.inner, self.outer = nn.Linear(size, inner), nn.Linear(inner, size)
        self.norm1, self.norm2 = (nn.LayerNorm(size, eps=1e-12) for _ in range(2))

    def forward(self, x, mask, fused):
        batch, length, size = x.shape
        q, k, v = (f(x).view(batch, length, self.heads, size // self.heads).transpose(1, 2) for f in (self.query, self.key, self.value))
        if fused:
            y = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        else:
            y = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(size // self.heads) + mask, -1) @ v
        x = self.norm1(x + self.joined(y.transpose(1, 2).reshape(batch, length, size)))
        return self.norm2(x + self.outer(functional.gelu(self.inner(x))))


class Encoder(nn.Module):
    """ids, mask, types: [batch, length]; logits: [batch, 3]."""

    def __init__(self, layers, words=30522, size=384, heads=12, inner=1536, positions=512):
        super().__init__()
        self.words, self.places, self.sides = nn.Embedding(words, size), nn.Embedding(positions, size), nn.Embedding(2, size)
        self.norm = nn.LayerNorm(size, eps=1e-12)
        self.layers = nn.ModuleList(Layer(size, heads, inner) for _ in range(layers))
        self.pooler, self.head = nn.Linear(size, size), nn.Linear(size, 3)
        for part in (self.pooler, self.head):
            nn.init.normal_(part.weight, std=0.02)
            nn.init.zeros_(part.bias)

    def forward(self, ids, mask, types, fused=True):
        places = torch.arange(ids.shape[1], device=ids.device)
        x = self.norm(self.words(ids) + self.places(places)[None] + self.sides(types))
        blocked = (1.0 - mask[:, None, None, :].to(x.dtype)) * -30000.0
        if fused:
            blocked = mask[:, None, None, :].bool()
        for layer in self.layers:
            x = layer(x, blocked, fused)
        return self.head(torch.tanh(self.pooler(x[:, 0])))


PARTS = {"attention.self.query": "query", "attention.self.key": "key", "attention.self.value": "value", "attention.output.dense": "joined",
         "intermediate.dense": "inner", "output.dense": "outer", "attention.output.LayerNorm": "norm1", "output.LayerNorm": "norm2"}
FIRST = {"embeddings.word_embeddings.weight": "words.weight", "embeddings.position_embeddings.weight": "places.weight",
         "embeddings.token_type_embeddings.weight": "sides.weight", "embeddings.LayerNorm.weight": "norm.weight",
         "embeddings.LayerNorm.bias": "norm.bias", "pooler.dense.weight": "pooler.weight", "pooler.dense.bias": "pooler.bias"}


def renamed(state):
    """Hugging Face's names, or those of an earlier check, told in this network's."""
    out = {}
    for name, value in state.items():
        name = name.removeprefix("bert.")
        layer = re.match(r"encoder\.layer\.(\d+)\.(.+)\.(weight|bias)$", name)
        if name in FIRST:
            out[FIRST[name]] = value
        elif layer and layer.group(2) in PARTS:
            out[f"layers.{layer.group(1)}.{PARTS[layer.group(2)]}.{layer.group(3)}"] = value
        elif name.startswith("classifier."):
            out["head." + name.split(".")[1]] = value
    return out


def of_onnx(file):
    """The weights of a BERT that was exported without names for its matrices: each is known by the bias that is added to it."""
    import onnx
    from onnx import numpy_helper
    graph = onnx.load(str(file)).graph
    values = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer}
    maker = {o: node for node in graph.node for o in node.output}
    state = {name: value for name, value in values.items() if not name.startswith("onnx::")}
    for node in graph.node:
        if node.op_type == "Add":
            bias = next((i for i in node.input if i.endswith(".bias") and i in values), None)
            other = next((i for i in node.input if i != bias), None)
            if bias and other in maker and maker[other].op_type == "MatMul":
                state[bias.removesuffix("bias") + "weight"] = values[maker[other].input[1]].T.contiguous()
    return renamed(state)


def encoder(state, keep=None):
    """An encoder with these weights, of all its layers or of those in `keep`."""
    count = 1 + max(int(n.split(".")[1]) for n in state if n.startswith("layers."))
    keep = list(range(count)) if keep is None else keep
    chosen = {n: v for n, v in state.items() if not n.startswith("layers.")}
    for to, of in enumerate(keep):
        chosen |= {n.replace(f"layers.{of}.", f"layers.{to}.", 1): v for n, v in state.items() if n.startswith(f"layers.{of}.")}
    model = Encoder(len(keep), words=chosen["words.weight"].shape[0])
    missing, unexpected = model.load_state_dict({n: v.float() for n, v in chosen.items()}, strict=False)
    if unexpected or any(not n.startswith(("head.", "pooler.")) for n in missing):
        raise ValueError(f"the weights don't fit: without {missing}, with {unexpected}")
    return model
