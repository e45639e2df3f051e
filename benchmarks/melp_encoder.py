"""The `melp` encoder on one thread of a CPU: near what the processor can multiply, and faster in bf16 and int8.

- fp32 against a plain product of one ECG's tokens with a 768 x 3072 matrix, in GFLOP/s, in the same run;
- bf16 against fp32, in inference (autocast) and in a training step (forward and backward);
- int8 (dynamic, linear layers) against fp32, with the cosine of the pooled vectors to fp32;
- the two poolers in bf16 against nn.MultiheadAttention given an expanded query.

bf16 claims need a processor with bf16 instructions and are left out elsewhere. CPU time, medians of alternating runs.

    python benchmarks/melp_encoder.py [--quick]
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from common import alternate, claim, report
from einthoven.encoding import Signals, encoder
from einthoven.encoding.melp import MelpEncoder
from einthoven.encoding.pooler import Pooler

TOKENS, WIDTH, HIDDEN = 312, 768, 3072


def waves(count: int, *, seed: int = 0) -> Signals:
    signal = torch.randn(count, 12, 5000, generator=torch.Generator().manual_seed(seed))
    return Signals(signal, torch.ones(count, 12, dtype=torch.bool), torch.full((count,), 5000))


def gflop(net: MelpEncoder) -> float:
    """Count the multiplications and additions of one ECG's forward pass, in 10^9.

    Torch counts what it runs, but for the attention of a CPU: two products of N x N x D in each layer.
    """
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counted, torch.no_grad():
        net(waves(1))
    attention = 2 * 2 * TOKENS**2 * WIDTH * len(net.transformer.layers)
    return (counted.get_total_flops() + attention) / 1e9


def plain(net: MelpEncoder, batch: Signals) -> Callable[[int], Any]:
    return lambda _: net(batch).pooled


def autocast(run: Callable[[int], Any]) -> Callable[[int], Any]:
    def cast(number: int) -> Any:
        with torch.autocast("cpu", torch.bfloat16):
            return run(number)

    return cast


def training(net: MelpEncoder, batch: Signals, *, bf16: bool) -> Callable[[int], Any]:
    def step(_: int) -> None:
        net.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            loss = net(batch).pooled.square().sum()
        loss.backward()

    return step


def int8(net: MelpEncoder) -> MelpEncoder:
    other = encoder("melp").eval()  # no copy, whose normalised weight would share its class with the original's
    other.load_state_dict(net.state_dict())
    nn.utils.parametrize.remove_parametrizations(other.places.around, "weight")
    torch.backends.quantized.engine = "onednn"  # the default, x86, multiplies three times as slowly where there is AMX
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces that this interface will move to another package
        return torch.ao.quantization.quantize_dynamic(other, {nn.Linear}, dtype=torch.qint8)


class Expanded(nn.Module):
    """The same pooler through nn.MultiheadAttention, its query expanded to the batch, as released."""

    def __init__(self, pooler: Pooler) -> None:
        super().__init__()
        width = pooler.queries.shape[1]
        context = pooler.keyvalue.in_features
        self.pooler = pooler
        self.attention = nn.MultiheadAttention(width, pooler.heads, kdim=context, vdim=context, batch_first=True)
        own = self.attention.state_dict()
        projections = [pooler.query.weight, *pooler.keyvalue.weight.chunk(2)]
        if "in_proj_weight" in own:
            own["in_proj_weight"] = torch.cat(projections)
        else:
            own |= dict(zip(("q_proj_weight", "k_proj_weight", "v_proj_weight"), projections, strict=True))
        own |= {"in_proj_bias": torch.cat([pooler.query.bias, pooler.keyvalue.bias])}
        own |= {"out_proj.weight": pooler.out.weight, "out_proj.bias": pooler.out.bias}
        self.attention.load_state_dict({name: one.detach() for name, one in own.items()})

    def forward(self, tokens: Tensor) -> Tensor:
        context = self.pooler.norm_context(tokens)
        query = self.pooler.norm_query(self.pooler.queries)
        return self.pooler.norm(
            self.attention(query.expand(len(tokens), -1, -1), context, context, need_weights=False)[0]
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rounds")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rounds, able = (3, 1) if options.quick else (7, 3), hasattr(torch.cpu, "get_capabilities")
    bf16 = able and any(torch.cpu.get_capabilities().get(name) for name in ("avx512_bf16", "amx_bf16"))
    net = encoder("melp").eval()
    work = gflop(net)
    with torch.inference_mode():
        claims = inference(net, work, rounds=rounds[0], bf16=bf16)
        claims += poolers(net, rounds[0]) if bf16 else []
    if bf16:
        claims.append(learning(rounds[1]))
    return report(claims)


def inference(net: MelpEncoder, work: float, *, rounds: int, bf16: bool) -> list[dict[str, Any]]:
    batch, quantized, matrix = waves(2), int8(net), torch.randn(WIDTH, HIDDEN)
    one = torch.randn(2 * TOKENS, WIDTH)
    runs = {
        "fp32": plain(net, batch),
        "int8": plain(quantized, batch),
        "sgemm": lambda _: [one @ matrix for _ in "8 times!"],
    }
    if bf16:
        runs["bf16"] = autocast(plain(net, batch))
    spent = alternate(runs, rounds, warmup=1)
    product = 8 * 2 * 2 * TOKENS * WIDTH * HIDDEN / 1e9
    rates = {"fp32": 2 * work / spent["fp32"] * 1e3, "sgemm": product / spent["sgemm"] * 1e3}
    task = f"encode an ECG with melp ({work:.1f} GFLOP)"
    claims = [
        claim(f"{task} in fp32 vs a 768 x 3072 sgemm", "GFLOP/s", ours=rates["fp32"], peer=rates["sgemm"], n=rounds,
              ratio=rates["fp32"] / rates["sgemm"]),
        claim(f"{task} in int8 vs fp32", "CPU ms", ours=spent["int8"] / 2, peer=spent["fp32"] / 2, n=rounds),
        alike(net, quantized, "int8"),
    ]  # fmt: skip
    if bf16:
        claims.append(
            claim(f"{task} in bf16 vs fp32", "CPU ms", ours=spent["bf16"] / 2, peer=spent["fp32"] / 2, n=rounds)
        )
        claims.append(alike(net, net, "bf16"))
    return claims


def alike(net: MelpEncoder, other: MelpEncoder, kind: str) -> dict[str, Any]:
    """The smallest cosine between pooled vectors of two precisions, over 8 simulated signals."""
    batch = waves(8, seed=1)
    with torch.autocast("cpu", torch.bfloat16, enabled=kind == "bf16"):
        theirs = other(batch).pooled.float()
    cosine = float(torch.cosine_similarity(net(batch).pooled, theirs).min())
    return claim(f"pooled of melp in {kind} vs fp32", "smallest cosine", ours=cosine, peer=1.0, n=8, ratio=cosine)


def poolers(net: MelpEncoder, rounds: int) -> list[dict[str, Any]]:
    tokens, mask = torch.randn(4, TOKENS, WIDTH), torch.ones(4, TOKENS, dtype=torch.bool)
    pair = [one for one in (net.beats, net.captions) if one is not None]
    theirs = [Expanded(one).eval() for one in pair]
    for ours, peer in zip(pair, theirs, strict=True):
        torch.testing.assert_close(ours(tokens, mask), peer(tokens), atol=1e-4, rtol=1e-4)
    spent = alternate(
        {
            "ours": autocast(lambda _: [one(tokens, mask) for one in pair]),
            "peer": autocast(lambda _: [one(tokens) for one in theirs]),
        },
        rounds,
    )
    task = "the two poolers of an ECG in bf16 vs an expanded query through nn.MultiheadAttention"
    return [claim(task, "CPU ms", ours=spent["ours"] / 4, peer=spent["peer"] / 4, n=rounds)]


def learning(rounds: int) -> dict[str, Any]:
    net, batch = encoder("melp").train(), waves(2)
    runs = {"bf16": training(net, batch, bf16=True), "fp32": training(net, batch, bf16=False)}
    spent = alternate(runs, rounds, warmup=1)
    task = "forward and backward of melp, per ECG at batch 2, in bf16 vs fp32"
    return claim(task, "CPU ms", ours=spent["bf16"] / 2, peer=spent["fp32"] / 2, n=rounds)


if __name__ == "__main__":
    raise SystemExit(main())
