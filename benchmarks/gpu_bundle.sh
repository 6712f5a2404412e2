#!/usr/bin/env bash
# Gathers what `gpu.sh` needs on a machine that has PyTorch but no network: wheels and images.
#
#   benchmarks/gpu_bundle.sh BUNDLE FASHION_MNIST CIFAR10 [WEIGHTS]
#
# FASHION_MNIST is the folder of its official archives, CIFAR10 a tar archive of train/CLASS/*.jpg, WEIGHTS a
# safetensors file of timm's tf_efficientnet_lite0, which `projected` sees through. Test images stay behind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bundle=${1:?the folder to write} fashion_mnist=${2:?a folder} cifar10=${3:?a tar archive} weights=${4:-}
python=.venv/bin/python
mkdir -p "$bundle/wheels" "$bundle/fashion-mnist"

for project in . plugins/*; do
  [ "$project" != plugins/weights ] || continue # 14 MB of networks that the processor has trained
  "$python" -m build --wheel --no-isolation --outdir "$bundle/wheels" "$project" >/dev/null
done
# What an image of PyTorch may lack, each pure Python.
"$python" -m pip download --quiet --no-deps --only-binary :all: --platform any --dest "$bundle/wheels" \
  click markdown-it-py mdurl pygments rich
cp "$fashion_mnist"/train-*-ubyte.gz "$bundle/fashion-mnist/"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/cifar10"
tar -xf "$cifar10" -C "$work/cifar10" --wildcards '*train/*'
(cd "$work/cifar10" && tar -cf - -- */ | xz -T0 -6) >"$bundle/cifar10.tar.xz"
[ -z "$weights" ] || "$python" - "$weights" "$bundle/lite0.safetensors" <<'PYTHON'
import sys

import torch
from safetensors.torch import load_file, save_file

halves = {k: v.half() if v.dtype == torch.float32 else v for k, v in load_file(sys.argv[1]).items()}
save_file(halves, sys.argv[2])
PYTHON
size=$(du -sm "$bundle" | cut -f 1)
echo "$bundle: $size MiB"
[ "$size" -le 60 ] || { echo "that is more than 60 MiB" >&2; exit 1; }
