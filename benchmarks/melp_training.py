"""A training step of MELP's stage 2 at full size on a GPU: steps a second, model FLOP utilisation, peak memory.

The objective is the recipe `melp` (contrast + 2 caption + 0.2 local, a BERT-base text tower with six frozen layers)
with fresh weights; ECGs and reports are of SYNTHETIC patients, 12 x 5000 samples. A step is forward, backward, clipping
and AdamW under bf16 autocast, its batch already in memory. Utilisation is the multiplications and additions of the step
(torch counts what it runs) over what the card could do: the median of dense bf16 products of 8192 x 8192 in this run,
and beside it the maker's figure for an H100 or H200, 989 TFLOP/s.

    python benchmarks/melp_training.py [--batch 64] [--steps 30]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import nn

import einthoven as ein
from common import report
from einthoven.pretraining import recipe
from einthoven.pretraining.batches import Batches
from einthoven.pretraining.draws import Draws
from einthoven.pretraining.step import Step
from einthoven.pretraining.supply import feeds, fit_tokenizers, opened, rows_of

MAKER = 989e12
"""Dense bf16 FLOP/s of an H100 SXM and an H200, by their data sheets."""
STAGES = {"from", "fresh"}
"""What a recipe says of earlier stages, which speed does not depend on."""


def step_of(preset: str, batch: int, device: str) -> tuple[Callable[[], float], Step]:
    """Return a function that trains one step, and the module it trains."""
    told = recipe(preset)
    bare = {
        name: {key: value for key, value in one.items() if key not in STAGES} for name, one in told.encoders.items()
    }
    objective = replace(told, encoders=bare).objective(seed=0)
    cohort = ein.gather("simulated", n=4 * batch, seed=0)
    train = cohort.split("train")
    fit_tokenizers(objective, train)
    with tempfile.TemporaryDirectory() as folder:
        store = opened(None, objective, cohort, [train], folder=folder, workers=None, progress=False, resume=False)
        bundle = Batches(feeds(objective, store), rows_of(store, train), batch=batch).step(0)[0].to(device)
    module = Step(objective).to(device).train()
    weights = [one for one in module.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=1e-5, fused=device == "cuda")

    def step() -> float:
        with torch.autocast(device, torch.bfloat16):
            losses, _ = module(bundle, Draws(0, 0, bundle.position))
            loss = torch.stack([value.float() for value in losses.values()]).sum()
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return float(loss.detach())

    return step, module


def work(step: Callable[[], float]) -> float:
    """Count the floating-point operations of one step."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counted:
        step()
    return float(counted.get_total_flops())


def seconds(run: Callable[[], Any], times: int, device: str) -> float:
    """Return the median wall time of a call."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        run()
        if device == "cuda":
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def possible(device: str) -> float:
    """Return the FLOP/s of dense bf16 products on this device."""
    side = 8192 if device == "cuda" else 512
    one, other = (torch.randn(side, side, device=device, dtype=torch.bfloat16) for _ in "ab")
    for _ in range(3):
        one @ other
    return 2 * side**3 / seconds(lambda: one @ other, 10, device)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--quick", action="store_true", help="the small recipe, on any machine, to see that it runs")
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu" and not options.quick:
        print("no GPU here: nothing is measured")
        return 0
    preset, batch, steps = ("melp-small", 8, 2) if options.quick else ("melp", options.batch, options.steps)
    step, module = step_of(preset, batch, device)
    for _ in range(2 if options.quick else 5):
        step()
    flop = work(step)
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    spent = seconds(step, steps, device)
    peak = torch.cuda.max_memory_allocated() / 2**30 if device == "cuda" else float("nan")
    best = possible(device)
    size = sum(weight.numel() for weight in module.parameters())
    card = torch.cuda.get_device_name() if device == "cuda" else "a CPU"
    print(f"{card}, torch {torch.__version__}: {preset}, {size:,} parameters, batch {batch}, bf16")
    print(f"{1 / spent:.2f} steps a second, {batch / spent:.0f} ECGs a second, peak memory {peak:.1f} GiB")
    print(
        f"{flop / 1e12:.2f} TFLOP a step: {flop / spent / 1e12:.0f} TFLOP/s, {flop / spent / MAKER:.1%} of the maker's"
    )
    task = f"train {preset} at batch {batch} in bf16 vs dense products on {card} (ratio: the share reached)"
    row = {"claim": task, "unit": "TFLOP/s", "ours": flop / spent / 1e12, "peer": best / 1e12, "n": steps}
    return report([row | {"ratio": flop / spent / best, "steps_per_second": 1 / spent, "peak_gib": peak}])


if __name__ == "__main__":
    raise SystemExit(main())
