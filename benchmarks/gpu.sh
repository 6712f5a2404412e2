#!/usr/bin/env bash
# Proves, measures and trains on a GPU, in under 10 minutes, what can't be had without one. Needs torch,
# torchvision, timm, scikit-learn and pytest with xdist; no network, no package index, no pip and no compiler.
#
#   benchmarks/gpu.sh BUNDLE RESULTS [OPTIONS]            BUNDLE is what gpu_bundle.sh has gathered
#   benchmarks/gpu.sh BUNDLE RESULTS --device cpu --tiny  dry run anywhere
#
# RESULTS/gpu.md is the report, written as it goes; what the parts are to prove: benchmarks/gpu/parts.toml.
# Called again it goes on with what has not succeeded. OPTIONS: see python -m benchmarks.gpu --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bundle=$(realpath "${1:?the bundle}") results=$(realpath -m "${2:?the folder of the results}")
shift 2
python=${PYTHON:-python3}
work=${WORK:-/tmp/ganzoo-gpu}
mkdir -p "$work/data/cifar10" "$results"

rm -rf "$work/site"
for wheel in "$bundle"/wheels/*.whl; do # all are pure Python, and an unpacked wheel is an installed one
  "$python" -m zipfile -e "$wheel" "$work/site"
done
export PYTHONPATH=$work/site:$PWD GANZOO_CACHE=$work/cache
ln -sfn "$bundle/fashion-mnist" "$work/data/fashion-mnist"
[ -d "$work/data/cifar10/train" ] || tar -xf "$bundle/cifar10.tar.xz" -C "$work/data/cifar10"
"$python" - "$work/data" "$bundle" <<'PYTHON' # decoded once, before several need it
import sys
from pathlib import Path

from ganzoo.plugins import loading, lookup

data, bundle = (Path(path) for path in sys.argv[1:])
loading.load(lookup.find("dataset", "cifar10"))(None, data / "cifar10").load("train")
if (bundle / "lite0.safetensors").is_file():
    from safetensors.torch import load_file, save_file

    tensors = load_file(bundle / "lite0.safetensors")
    save_file({k: v.float() if v.is_floating_point() else v for k, v in tensors.items()}, data / "lite0.safetensors")
PYTHON
"$python" -m ganzoo env >"$results/env.txt" 2>&1 || true
exec "$python" -m benchmarks.gpu "$results" --data "$work/data" "$@"
