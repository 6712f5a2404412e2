"""Weights on a model hub, as a repository that was cloned, and from a server on the loopback interface."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ganzoo.cli import main
from ganzoo.errors import GanzooError, UsageError
from ganzoo.runs.hub import choose_file, hub_file
from ganzoo.runs.trained import find_checkpoint

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TRAIN = ["--dataset", "digits", "--max-steps", "1", "--batch-size", "16", "--set", "model.channels=4"]


def invoke(*arguments: object) -> None:
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    assert end.value.code in (0, None)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `ganzoo new weights` writes, as it is pushed to a hub."""
    folder = tmp_path_factory.mktemp("hub")
    invoke("train", "cgan", *TRAIN, "--device", "cpu", "--out", folder / "run")
    invoke(
        "new", "weights", "cgan.hub", "--run", folder / "run", "--licence", "MIT", "--out", folder / "weights"
    )
    return folder / "weights"


class Hub:
    """As much of the hub's protocol as huggingface_hub asks for, on the loopback interface."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        files["pytorch_model.bin"] = b"a pickle, which nobody asks for"
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                path = self.path.partition("?")[0]
                if path == "/api/models/user/name":
                    said = {
                        "id": "user/name",
                        "sha": COMMIT,
                        "siblings": [{"rfilename": name} for name in files],
                    }
                    self.answer(200, json.dumps(said).encode(), {"Content-Type": "application/json"})
                elif (name := path.partition("/resolve/")[2].partition("/")[2]) in files:
                    digest = hashlib.sha256(files[name]).hexdigest()
                    self.answer(200, files[name], {"ETag": f'"{digest}"', "X-Repo-Commit": COMMIT})
                else:
                    self.answer(404, b"", {"X-Error-Code": "RepoNotFound"})

            do_HEAD = do_GET

            def answer(self, code: int, content: bytes, headers: dict[str, str]) -> None:
                self.send_response(code)
                for key, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(key, value)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def hub(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    hub = Hub(repository)
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{hub.server.server_port}")
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    yield hub
    hub.close()


@pytest.mark.slow
def test_a_repository_is_drawn_from_and_downloaded_once(hub: Hub, repository: Path, ganzoo: Any) -> None:
    result = ganzoo("sample", "hf:user/name", "--num", 4, "--out", "hub.png")
    assert result.code == 0, result.err
    assert ganzoo("sample", repository, "--num", 4, "--out", "folder.png").code == 0
    assert Path("hub.png").read_bytes() == Path("folder.png").read_bytes()
    assert not any("pytorch_model" in path for path in hub.asked)
    before = len([path for path in hub.asked if path.endswith("weights.safetensors")])
    hub.close()
    assert ganzoo("sample", "hf:user/name", "--num", 4, "--out", "offline.png").code == 0
    assert Path("offline.png").read_bytes() == Path("folder.png").read_bytes()
    assert before <= 2, "once for its hash, once for itself"


@pytest.mark.slow  # trains the features of its data
def test_fine_tuning_and_evaluation_take_its_name(hub: Hub, ganzoo: Any) -> None:
    tuned = ganzoo("train", "--init-from", "hf:user/name", *TRAIN, "--device", "cpu", "--out", "tuned")
    assert tuned.code == 0, tuned.err
    (record,) = json.loads(Path("tuned/env.json").read_text(encoding="utf-8"))["ancestry"]
    assert record["name"] == "hf:user/name"
    judged = ganzoo("evaluate", "hf:user/name", "--num", 60, "--metric", "frechet-distance", "--json")
    assert judged.code == 0, judged.err
    assert judged.json["protocol"]["real"]["dataset"] == "ganzoo-datasets:digits"


@pytest.mark.parametrize(
    "name",
    [
        "hf:user",
        "hf:user/name/more",
        "hf:../name x",
        "hf:",
        "hf:../..",
        "hf:user/..",
        "hf:user/name@../../..",
        "hf:user/name@/etc",
        "hf:user/name@",
        "hf:user/n\u00e4me",
        "hf:user/name\n",
        "hf:user/\x1b[2J",
        "hf:user/na me",
        "hf:user/name@main%2f..",
        "hf:user\\name",
        "hf:https://x.y/z",
    ],
)
def test_a_malformed_name_is_refused_before_anybody_is_asked(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(UsageError, match="are called hf:USER/NAME"):
        hub_file(name)


@pytest.mark.slow
def test_what_is_not_there_is_said(hub: Hub, ganzoo: Any) -> None:
    missing = ganzoo("sample", "hf:user/other")
    assert (missing.code, "there is no hf:user/other" in missing.err) == (2, True)
    hub.close()
    with pytest.raises(GanzooError, match="without a network, download the repository elsewhere"):
        find_checkpoint(Path("hf:user/name"))


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["README.md", "pack/weights.safetensors", "other.safetensors"], "pack/weights.safetensors"),
        (["checkpoints/step-00000900.safetensors", "checkpoints/step-00001000.safetensors"],
         "checkpoints/step-00001000.safetensors"),
        (["model.safetensors", "model.bin"], "model.safetensors"),
        (["model.bin", "model.pkl"], None),
        (["a.safetensors", "b.safetensors"], None),
    ],
)  # fmt: skip
def test_one_safetensors_file_is_chosen_or_none(names: list[str], chosen: str | None) -> None:
    if chosen is not None:
        assert choose_file(names, "it") == chosen
        return
    with pytest.raises(UsageError, match="weights are one safetensors file, and it holds"):
        choose_file(names, "it")
