from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch
from torch import nn

from einthoven.errors import StorageError
from einthoven.pretraining import checkpoint
from einthoven.pretraining.checkpoint import NEW, OLD


def trained(steps: int = 3, *, seed: int = 0) -> tuple[nn.Module, torch.optim.Optimizer]:
    stream = torch.Generator().manual_seed(seed)
    module = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        module(torch.randn(8, 4, generator=stream)).square().mean().backward()
        optimizer.step()
    return module, optimizer


def further(module: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    batch = torch.randn(8, 4, generator=torch.Generator().manual_seed(9))
    for _ in range(3):
        optimizer.zero_grad()
        module(batch).square().mean().backward()
        optimizer.step()
    return module.state_dict()


def test_a_restored_run_goes_on_bit_for_bit(tmp_path: Path) -> None:
    module, optimizer = trained()
    checkpoint.write(tmp_path, checkpoint.snapshot(module, optimizer), {"done": 3})
    tensors, notes = checkpoint.read(tmp_path)
    other, fresh = trained(0, seed=5)
    checkpoint.restore(other, fresh, tensors)
    assert notes == {"done": 3}
    for one, two in zip(further(module, optimizer).values(), further(other, fresh).values(), strict=True):
        assert torch.equal(one, two)


def test_a_damaged_checkpoint_is_ignored_and_the_one_before_is_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tensors = checkpoint.snapshot(*trained())
    checkpoint.write(tmp_path, tensors, {"done": 1})
    (tmp_path / NEW).rename(tmp_path / OLD)
    for damage in (b"", b"half", None):
        checkpoint.write(tmp_path / "x", tensors, {"done": 2})
        content = (tmp_path / "x" / NEW).read_bytes()
        flipped = content[:-1] + bytes([content[-1] ^ 1])
        (tmp_path / NEW).write_bytes(flipped if damage is None else damage)
        with caplog.at_level(logging.WARNING):
            assert checkpoint.read(tmp_path)[1] == {"done": 1}
        assert "state.safetensors is damaged or incomplete and is ignored" in caplog.text
    (tmp_path / OLD).unlink()
    assert checkpoint.read(tmp_path) is None


def test_the_one_before_stays_until_the_new_one_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tensors = checkpoint.snapshot(*trained())
    checkpoint.write(tmp_path, tensors, {"done": 1})

    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.torch.save_file", full)
    with pytest.raises(StorageError, match="the disk is full"):
        checkpoint.write(tmp_path, tensors, {"done": 2})
    assert checkpoint.read(tmp_path)[1] == {"done": 1}
    assert [path.name for path in tmp_path.iterdir()] == [NEW]


def test_sweeping_removes_drafts_and_on_request_checkpoints(tmp_path: Path) -> None:
    checkpoint.write(tmp_path, checkpoint.snapshot(*trained()), {})
    (tmp_path / f".{NEW}.77.part").touch()
    checkpoint.sweep(tmp_path, everything=False)
    assert [path.name for path in tmp_path.iterdir()] == [NEW]
    checkpoint.sweep(tmp_path, everything=True)
    assert not list(tmp_path.iterdir())


def test_the_product_leaves_scaffolding_behind() -> None:
    names = ["encoders.ecg.x", "spaces.shared.y", "heads.z", "objective.decoder.w"]
    assert list(checkpoint.product(dict.fromkeys(names, torch.zeros(1)))) == names[:3]
