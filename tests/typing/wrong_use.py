"""Mistakes of a user of the Python API, each with the error that mypy reports. Never run."""

from __future__ import annotations

from pathlib import Path

import ganzoo

ganzoo.tarin("dcgan", dataset="digits")  # E: attr-defined
ganzoo.train("dcgan")  # E: call-arg
ganzoo.train("dcgan", "digits")  # E: call-arg
ganzoo.train("dcgan", dataset="digits", settings=["epochs"])  # E: arg-type
ganzoo.train("dcgan", dataset="digits", upsampling=3)  # E: arg-type
ganzoo.train("dcgan", dataset="digits", out=5)  # E: arg-type
ganzoo.create_model("dcgan", image=(3, 32, 32))  # E: call-overload
ganzoo.create_model("dcgan")  # E: call-overload
ganzoo.list_plugins(kind=1)  # E: arg-type
ganzoo.load(5)  # E: arg-type


class Half:
    def started(self, plan: object) -> None: ...


ganzoo.train("dcgan", dataset="digits", observer=Half())  # E: arg-type
path: Path = ganzoo.train("dcgan", dataset="digits")  # E: assignment
ganzoo.load("run").sample("16")  # E: arg-type
print(ganzoo.create_model("dcgan", image=ganzoo.ImageSpec(1, 8, 8)).generators)  # E: attr-defined
