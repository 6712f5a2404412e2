"""The hub's client where there is no network: it must not try for a minute what can't be reached."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import pytest
import timm
from ganzoo_features import hub
from huggingface_hub import constants


def _no_name(*_: Any, **__: Any) -> None:
    raise socket.gaierror(-2, "Name or service not known")


def test_an_unknown_hub_is_not_tried_again_and_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(hub, "getproxies", dict)
    monkeypatch.setattr(socket, "getaddrinfo", _no_name)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    began = time.monotonic()
    with pytest.raises(Exception, match=r"(?i)offline|cache"), hub.without_vain_retries():
        timm.create_model("test_resnet", pretrained=True)
    assert time.monotonic() - began < 5  # the client's own tries wait 23 s and more
    assert not constants.HF_HUB_OFFLINE


def test_a_hub_that_may_be_reached_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _no_name)
    monkeypatch.setattr(hub, "getproxies", lambda: {"https": "http://proxy"})
    with hub.without_vain_retries():
        assert not constants.HF_HUB_OFFLINE
    monkeypatch.setattr(hub, "getproxies", dict)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: ["an address"])
    with hub.without_vain_retries():
        assert not constants.HF_HUB_OFFLINE
