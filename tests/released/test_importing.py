"""Released checkpoints become weights of ours: the tests write them as the released code does."""

from __future__ import annotations

import pickle
import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ganzoo.runs.pickles import read_pickle
from ganzoo.runs.trained import load_networks

PICKLED = [
    *(pytest.param(name, marks=pytest.mark.slow) for name in ("r3gan", "stylegan2")),
    "r3gan-conditional",
    "stylegan2-conditional",
]


class Placed:
    """A class or function in a module that is there while a pickle is written, and gone when it is read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch

    def put(self, module: str, name: str, value: Any) -> Any:
        for needed in (module.partition(".")[0], module):
            self._patch.setitem(sys.modules, needed, sys.modules.get(needed) or types.ModuleType(needed))
        made = sys.modules[module]
        self._patch.setattr(made, name, value, raising=False)
        value.__module__, value.__qualname__ = module, name
        return value


def snapshot(released: Mapping[str, Mapping[str, Tensor]], kind: str, placed: Placed) -> bytes:
    """A snapshot as the training of StyleGAN2-ADA, or of R3GAN, pickles it."""
    reconstruct = placed.put("torch_utils.persistence", "_reconstruct_persistent_obj", lambda meta: None)
    attributes = placed.put("dnnlib.util", "EasyDict", type("EasyDict", (dict,), {}))
    plain = placed.put("R3GAN.Networks", "Part", type("Part", (nn.Module,), {}))

    class Persistent(nn.Module):
        def __reduce__(self) -> Any:
            state = dict(self.__dict__)
            source = "raise SystemExit('this was run')"
            meta = {"type": "class", "version": 6, "module_src": source, "class_name": "Part", "state": state}
            return reconstruct, (attributes(meta),), None

    make = plain if kind.startswith("r3gan") else Persistent

    def network(tensors: Mapping[str, Tensor]) -> nn.Module:
        root = make()
        for name, tensor in tensors.items():
            *path, last = name.split(".")
            part = root
            for step in path:
                if step not in part._modules:
                    part.add_module(step, make())
                part = part._modules[step]
            if tensor.is_floating_point() and not last.endswith(("const", "filter", "avg", "Kernel")):
                part.register_parameter(last, nn.Parameter(tensor))
            else:
                part.register_buffer(last, tensor)
        if kind.startswith("r3gan"):  # its training wraps the networks
            wrapper = make()
            wrapper.add_module("Model", root)
            return wrapper
        return root

    constants = (
        {"Kernel": torch.ones(3)} if kind.startswith("r3gan") else {"resample_filter": torch.ones(4, 4)}
    )
    networks = {player: network({**released[player], **constants}) for player in released}
    held = {
        "training_set_kwargs": attributes(resolution=16), "G": None, "G_ema": networks["generator"],
        "D": networks["discriminator"], "cur_nimg": 1000,
    }  # fmt: skip
    return pickle.dumps(held, protocol=4)


@pytest.mark.parametrize("name", PICKLED)
def test_a_snapshot_becomes_weights(
    name: str, recording: Any, ganzoo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = recording(name)
    with monkeypatch.context() as patch:
        Path("released.pkl").write_bytes(snapshot(released.theirs, name, Placed(patch)))
    result = ganzoo("import", "released.pkl", "--as", name)
    assert (result.code, result.out) == (0, "weights.safetensors\n"), result.err
    written = load_file("weights.safetensors")
    for player, tensors in released.ours.items():
        for key, tensor in tensors.items():
            assert torch.equal(written[f"{player}.{key}"], tensor.float()), key

    gan = load_networks("weights.safetensors")
    assert list(gan.image.shape) == released.table["image"]
    assert gan.num_classes == released.table.get("num_classes")
    # The group of the minibatch standard deviation is no weight: that of the recording is images 0 and 2.
    chosen = [0, 2] if name.startswith("stylegan2") else [0, 1]
    real = released.tensors["0.real"][chosen].float() / 127.5 - 1
    factor = gan.image.height // real.shape[-1]  # large images are recorded as tiles
    labels = released.tensors["0.labels"][chosen] if gan.num_classes else None
    with torch.no_grad():
        logits = gan.discriminator(real.tile(1, 1, factor, factor), labels)
        torch.testing.assert_close(logits, released.tensors["logits"][chosen].float(), rtol=1e-3, atol=1e-4)
        if name.startswith("r3gan"):  # it draws no noise of its own
            images = gan.generator(released.tensors["0.latents"].float(), labels)
            stride = images.shape[-1] // released.tensors["images"].shape[-1]
            expected = released.tensors["images"].float()
            torch.testing.assert_close(images[:, :, ::stride, ::stride], expected, rtol=1e-3, atol=1e-4)
    assert ganzoo("sample", "weights.safetensors", "--num", 2).code == 0
    card = ganzoo("new", "weights", f"{name}.imported", "--run", "weights.safetensors", "--licence", "MIT")
    assert (card.code, "was imported" in card.err) == (2, True)


def studiogan_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights as torch's older spectral normalisation names them, which that code uses."""
    words = {
        "parametrizations.weight.original": "weight_orig",
        "parametrizations.weight.0._u": "weight_u",
        "parametrizations.weight.0._v": "weight_v",
    }
    found = {}
    for name, tensor in tensors.items():
        for ending, word in words.items():
            if name.endswith(ending):
                name = name.removesuffix(ending) + word
        found[name] = tensor
    return found


@pytest.mark.parametrize("name", ["biggan", "reacgan"])
def test_a_generator_of_studiogan_becomes_weights(name: str, recording: Any, ganzoo: Any) -> None:
    released = recording(name)
    state = studiogan_names(released.theirs["generator"])
    optimizer = {"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 2e-4, "params": [0]}]}
    torch.save({"state_dict": state, "optimizer": optimizer}, "model=G_ema-best-weights-step=3.pth")

    result = ganzoo("import", "model=G_ema-best-weights-step=3.pth", "--as", name)

    assert (result.code, result.out) == (0, "weights.safetensors\n"), result.err
    written = load_file("weights.safetensors")
    for key, tensor in released.ours["generator"].items():
        assert torch.equal(written[f"generator.{key}"], tensor.float()), key
    assert not any(key.startswith("discriminator.") for key in written)
    gan = load_networks("weights.safetensors")
    assert (list(gan.image.shape), gan.num_classes) == (released.table["image"], 5)
    settings = {key.partition(".")[2]: value for key, value in released.table["settings"].items()}
    made = gan.configuration.to_json()["model"]
    assert {key: made[key] for key in ("latent_dim", "label_features", "channels")} == {
        key: settings[key] for key in ("latent_dim", "label_features", "channels")
    }
    gan.generator.train()  # the recording is of training mode, where batches have their own statistics
    with torch.no_grad():
        images = gan.generator(released.tensors["0.latents"].float(), released.tensors["0.labels"])
    torch.testing.assert_close(images, released.tensors["images"].float(), rtol=1e-3, atol=1e-4)
    assert ganzoo("sample", "weights.safetensors", "--num", 2).code == 0


def test_other_files_of_torch_are_refused_in_words(recording: Any, ganzoo: Any) -> None:
    state = studiogan_names(recording("biggan").theirs["discriminator"])
    moved = {
        name.replace("blocks.2.", "blocks.3."): x
        for name, x in studiogan_names(recording("biggan").theirs["generator"]).items()
    }
    files = {
        "the discriminator": ({"state_dict": state}, 1, "name that of the generator, model=G_ema"),
        "another place": ({"state_dict": moved}, 1, "its attention is not before the last"),
        "a list": ([1, 2], 1, "holds neither G_ema nor the state_dict"),
        "code": ({"state_dict": Runs(eval, "open('ran', 'w')")}, 1, "is refused: it names eval"),
    }
    for what, (held, code, words) in files.items():
        torch.save(held, "other.pth")
        refused = ganzoo("import", "other.pth", "--as", "biggan")
        assert (refused.code, words in refused.err) == (code, True), f"{what}: {refused.err}"
    Path("other.pth").write_bytes(Path("other.pth").read_bytes()[:200])
    refused = ganzoo("import", "other.pth", "--as", "biggan")
    assert (refused.code, "can't be read as a file of torch" in refused.err) == (1, True), refused.err
    assert not Path("ran").exists()


@pytest.mark.slow
def test_labels_and_models_have_to_agree(
    recording: Any, ganzoo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        Path("released.pkl").write_bytes(snapshot(recording("r3gan").theirs, "r3gan", Placed(patch)))
    for model, words in {
        "r3gan-conditional": "it takes no labels",
        "stylegan2": "is not of stylegan2",
        "dcgan": "reads no checkpoints of others; these do: biggan, r3gan",
        "ffhq": "no model",
    }.items():
        refused = ganzoo("import", "released.pkl", "--as", model)
        assert refused.code in (1, 2)
        assert words in refused.err, refused.err
    assert not Path("weights.safetensors").exists()


class Runs:
    """What a hostile pickle would have called."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self._call = function, arguments

    def __reduce__(self) -> Any:
        return self._call


HOSTILE = {
    "a command": (Runs(__import__("os").system, "touch ran"), "names posix.system"),
    "an evaluation": (Runs(eval, "open('ran', 'w')"), "names builtins.eval"),
    "an import": (Runs(__import__, "this"), "names builtins.__import__"),
    "an attribute": (Runs(getattr, 1, "real"), "names builtins.getattr"),
    "torch's own loader": (Runs(torch.load, "ran"), "names torch.serialization.load"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_pickle_would_run_is_refused_by_name(name: str, ganzoo: Any) -> None:
    held, words = HOSTILE[name]
    Path("bad.pkl").write_bytes(pickle.dumps({"G_ema": held}))
    refused = ganzoo("import", "bad.pkl", "--as", "stylegan2")
    assert refused.code == 1
    assert words in refused.err, refused.err
    assert not Path("ran").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no pickle, or a damaged one"),
        (b"\x80\x04garbage", "is no pickle, or a damaged one"),
        (pickle.dumps([1, 2]), "holds neither G_ema"),
        (pickle.dumps({"G_ema": {"weight": torch.ones(2)}}), "holds neither G_ema"),
    ],
)
def test_what_is_no_snapshot_is_said(content: bytes, words: str, ganzoo: Any) -> None:
    Path("bad.pkl").write_bytes(content)
    refused = ganzoo("import", "bad.pkl", "--as", "stylegan2")
    assert (refused.code, words in refused.err) == (1, True), refused.err


def test_what_is_no_checkpoint_of_others_is_a_mistake(ganzoo: Any) -> None:
    save_file({"weight": torch.ones(2)}, "ours.safetensors")
    Path("bag.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    Path("folder").mkdir()
    for file, words in {
        "nowhere.pkl": "nowhere.pkl can't be read: No such file",
        "folder": "folder is a folder: name the .pkl or .pth in it",
        "bag.png": "bag.png is a PNG picture, and no checkpoint that others have released",
        "ours.safetensors": "is safetensors, which needs no import",
    }.items():
        refused = ganzoo("import", file, "--as", "stylegan2")
        assert (refused.code, words in refused.err) == (2, True), refused.err
    refused = ganzoo("import", "nowhere.pkl", "--as", "acgan")  # said before the file is looked at
    assert (refused.code, "reads no checkpoints of others; these do: biggan" in refused.err) == (2, True)


def test_a_tensor_is_no_larger_than_its_memory(tmp_path: Path) -> None:
    class Lies:
        def __init__(self, *claimed: Any) -> None:
            self._claimed = claimed

        def __reduce__(self) -> Any:
            storage = torch.zeros(4).untyped_storage()
            typed = torch.storage.TypedStorage(wrap_storage=storage, dtype=torch.float32, _internal=True)
            return torch._utils._rebuild_tensor_v2, (typed, *self._claimed, False, {})

    path = tmp_path / "bad.pkl"
    path.write_bytes(pickle.dumps(Lies(0, (2, 2), (2, 1))))
    assert torch.equal(read_pickle(path), torch.zeros(2, 2))
    for claimed in ((0, (1000, 1000), (1000, 1)), (3, (2,), (1,)), (-1, (1,), (1,)), (0, (2, 2), (2,))):
        path.write_bytes(pickle.dumps(Lies(*claimed)))
        with pytest.raises(Exception, match=r"tensor|pickle"):
            read_pickle(path)
