"""Checkpoints: whole or absent, and never more than data."""

from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
import sys

import pytest
import safetensors.torch
import torch
from torch import nn

from ganzoo.errors import GanzooError, UsageError
from ganzoo.runs import checkpoints


def test_what_is_written_comes_back(tmp_path):
    path = tmp_path / "step.safetensors"
    tensors = {
        "generator.weight": torch.randn(3, 2),
        "generator.count": torch.tensor(7),
        "random.cpu": torch.get_rng_state(),
        "half": torch.ones(2, dtype=torch.bfloat16),
        "strided": torch.randn(4, 4, 2, 2).to(memory_format=torch.channels_last),
    }
    checkpoints.write(path, tensors, {"step": 5, "class_names": ["é", "b"]})
    back = checkpoints.read_tensors(path)
    assert back.keys() == tensors.keys()
    assert all(torch.equal(back[name], tensors[name]) for name in tensors)
    assert checkpoints.read_metadata(path) == {"schema": 4, "step": 5, "class_names": ["é", "b"]}
    assert checkpoints.read_tensors(path, "generator.").keys() == {"weight", "count"}


def test_what_schema_2_said_of_the_average_is_read_in_images(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "SCHEMA", 2)
    training = {"ema_decay": 0.5, "batch_size": 64, "discriminator_steps": 2}
    checkpoints.write(tmp_path / "old.safetensors", {}, {"configuration": {"training": training}})
    monkeypatch.undo()

    renewed = checkpoints.read_metadata(tmp_path / "old.safetensors")["configuration"]["training"]

    assert renewed["average_half_life"] == pytest.approx(128)
    assert renewed["batch_size"] == 64
    assert "ema_decay" not in renewed


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_who_may_read_a_checkpoint_is_the_umasks_to_say(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        checkpoints.write(tmp_path / "step.safetensors", {"a": torch.ones(1)}, {"step": 1})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "step.safetensors").stat().st_mode) == mode


def test_a_missing_file_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="no checkpoint"):
        checkpoints.read_metadata(tmp_path / "absent")


def test_what_may_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    path = tmp_path / "step.safetensors"
    checkpoints.write(path, {"a": torch.ones(1)}, {"step": 1})

    def refuse(*_arguments):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr("ganzoo.runs.checkpoints.require_tensor_file", refuse)  # root may read everything
    with pytest.raises(GanzooError, match=r"safetensors can't be read: Permission denied$"):
        checkpoints.read_metadata(path)


def test_a_foreign_safetensors_file_is_refused(tmp_path):
    safetensors.torch.save_file({"a": torch.ones(1)}, tmp_path / "other.safetensors")
    with pytest.raises(GanzooError, match="not a GanZoo checkpoint"):
        checkpoints.read_metadata(tmp_path / "other.safetensors")


def test_a_later_schema_is_refused(tmp_path):
    header = {"ganzoo": '{"schema": 99}'}
    safetensors.torch.save_file({"a": torch.ones(1)}, tmp_path / "new.safetensors", metadata=header)
    with pytest.raises(GanzooError, match="schema 99"):
        checkpoints.read_metadata(tmp_path / "new.safetensors")


def test_weights_of_another_network_are_refused(tmp_path):
    path = tmp_path / "step.safetensors"
    checkpoints.write(path, {f"net.{k}": v for k, v in nn.Linear(2, 3).state_dict().items()}, {"step": 1})
    with pytest.raises(GanzooError, match="does not fit"):
        checkpoints.restore(nn.Linear(3, 3), path, "net.")


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
import torch
from ganzoo.runs import checkpoints
from ganzoo.errors import GanzooError
folder = Path(sys.argv[1])
checkpoints.write(folder / "step.safetensors", {"a": torch.zeros(10)}, {"step": 1})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    checkpoints.write(folder / "step.safetensors", {"a": torch.zeros(100_000)}, {"step": 2})
except GanzooError as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs a limit on the size of files")
def test_a_disk_that_refuses_leaves_the_old_checkpoint_and_no_litter(tmp_path):
    """The kernel refuses to let a file grow, as it does on a full disk."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "can't be written" in done.stdout
    assert checkpoints.read_metadata(tmp_path / "step.safetensors")["step"] == 1
    assert [p.name for p in tmp_path.iterdir()] == ["step.safetensors"]


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("Error while serializing: I/O error: No space left on device (os error 28)", errno.ENOSPC),
        ("Error while serializing: something else", None),
    ],
)
def test_what_the_disk_answers_is_told_from_what_safetensors_says(told, number, tmp_path, monkeypatch):
    def refuse(*given, **named):
        raise safetensors.SafetensorError(told)

    monkeypatch.setattr(safetensors.torch, "save_file", refuse)
    with pytest.raises(OSError, match=r"No space left|something else") as refused:
        checkpoints.save(tmp_path / "x.safetensors", {"a": torch.zeros(1)}, {})
    assert refused.value.errno == number
    advice = "free some space, or choose" if number else "choose another place"
    with pytest.raises(GanzooError, match=f"x.safetensors can't be written: .*\n{advice}"):
        checkpoints.write(tmp_path / "x.safetensors", {"a": torch.zeros(1)}, {})


def test_a_lost_tensor_is_a_damage(tmp_path):
    path = tmp_path / "whole.safetensors"
    checkpoints.write(path, {"optimizer.0.step": torch.ones(()), "weight": torch.ones(2)}, {})
    with safetensors.safe_open(path, framework="pt") as file:
        header = file.metadata()
    safetensors.torch.save_file({"weight": torch.ones(2)}, path, metadata=header)
    with pytest.raises(GanzooError, match=r"is damaged: optimizer\.0\.step is missing"):
        checkpoints.read_tensors(path)
    assert list(checkpoints.read_tensors(path, "weight")) == [""]


def test_a_flipped_bit_in_what_a_checkpoint_says_of_itself_is_a_damage(tmp_path):
    path = tmp_path / "step.safetensors"
    checkpoints.write(path, {"a": torch.ones(1)}, {"step": 6})
    whole = path.read_bytes()
    assert whole.count(b'\\"step\\": 6') == 1
    path.write_bytes(whole.replace(b'\\"step\\": 6', b'\\"step\\": 2'))
    with pytest.raises(GanzooError, match="damaged: what it says of itself is not what was written"):
        checkpoints.read_metadata(path)


def test_no_flipped_bit_in_a_header_is_read_as_if_nothing_were(tmp_path):
    path = tmp_path / "step.safetensors"
    checkpoints.write(path, {"net.a": torch.ones(2), "net.b": torch.ones(3)}, {"step": 6})
    whole = path.read_bytes()
    right = (checkpoints.read_metadata(path), checkpoints.read_tensors(path, "net."))
    for bit in range(8 * (8 + int.from_bytes(whole[:8], "little"))):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        try:
            metadata, tensors = checkpoints.read_metadata(path), checkpoints.read_tensors(path, "net.")
        except GanzooError:
            continue
        assert metadata == right[0], f"bit {bit}"
        assert all(torch.equal(tensors[name], tensor) for name, tensor in right[1].items()), f"bit {bit}"


def test_a_checkpoint_from_before_its_metadata_had_a_checksum_is_read(tmp_path):
    path = tmp_path / "step.safetensors"
    header = {"ganzoo": '{"schema": 3, "step": 6}', "ganzoo.digests": "{}"}
    safetensors.torch.save_file({}, path, metadata=header)
    assert checkpoints.read_metadata(path)["step"] == 6


def test_tied_tensors_are_written_under_each_name(tmp_path):
    weight, both = torch.randn(3, 4), torch.randn(6)
    tensors = {"one": weight, "other": weight, "turned": weight.t(), "part": both[2:4], "all": both}
    checkpoints.write(tmp_path / "tied.safetensors", tensors, {})
    read = checkpoints.read_tensors(tmp_path / "tied.safetensors")
    assert read.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert torch.equal(read[name], tensor)
