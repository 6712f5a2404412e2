#!/usr/bin/env bash
# Measures on a GPU, in under 10 minutes, what could not be measured without one.
#
#   benchmarks/gpu.sh [FOLDER]                  results, by default in gpu-results/
#   DEVICE=cpu TINY=1 benchmarks/gpu.sh /tmp/x  dry run anywhere, with networks too small to mean anything
#
# PYTHON names the Python that has GanZoo (default: .venv/bin/python, else python3), PEERS_PYTHON the
# one that has torchgan and torch-mimicry as well.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
default_python=python3
[ -x .venv/bin/python ] && default_python=$PWD/.venv/bin/python
python=${PYTHON:-$default_python}
peers=${PEERS_PYTHON:-$python}
device=${DEVICE:-cuda}
mkdir -p "${1:-gpu-results}" || exit 1
results=$(cd "${1:-gpu-results}" && pwd)

own=ganzoo-fp32,ganzoo-bf16
matrices=matrix-fp32,matrix-bf16
if [ "$device" != cpu ]; then # TF32 is a CUDA device's
  own+=,ganzoo-tf32,ganzoo-bf16-graph
  matrices+=,matrix-tf32
fi
if [ -n "${TINY:-}" ]; then
  size=(--steps 2 --warmup 1 --batch-size 8 --channels 4 --threads 1)
  small=(--set model.channels=4 --set model.max_channels=8 --batch-size 8)
  rounds=1 resume_steps=8 compiled=ganzoo-fp32-compile
else
  size=(--steps 200 --warmup 50)
  small=()
  rounds=3 resume_steps=400 compiled=ganzoo-fp32-compile,ganzoo-bf16-compile
fi

# The limits, in seconds, add up to less than 10 minutes.
part() { # TITLE COMMAND...
  printf '\n## %s\n\n' "$1"
  shift
  "$@" || {
    echo "**failed with exit code $?; see the logs in $results**"
    failures=$((failures + 1))
  }
}

bench() { # SECONDS NAME ROUNDS CONTENDERS
  timeout "$1" "$python" benchmarks/training.py --device "$device" "${size[@]}" --peers-python "$peers" \
    --rounds "$3" --contenders "$4" --out "$results/$2.json" 2>"$results/$2.log"
}

train() { # SECONDS NAME LAUNCHER... -- OPTIONS...
  local seconds=$1 name=$2 launcher=()
  shift 2
  while [ "$1" != -- ]; do
    launcher+=("$1")
    shift
  done
  shift
  timeout "$seconds" "${launcher[@]}" train dcgan --dataset digits --device "$device" --seed 1 \
    "${small[@]}" --out "$results/$name" "$@" >"$results/$name.log" 2>&1
}

resume_equality() { # PRECISION: a run stopped half-way and resumed, against one that never stopped
  local half=$((resume_steps / 2)) ganzoo=("$python" -m ganzoo)
  local common=(--precision "$1" --set "run.checkpoint_every=$half")
  train 20 "whole-$1" "${ganzoo[@]}" -- "${common[@]}" --max-steps "$resume_steps" || return
  train 20 "stopped-$1" "${ganzoo[@]}" -- "${common[@]}" --max-steps "$half" || return
  timeout 20 "${ganzoo[@]}" train --resume "$results/stopped-$1" --max-steps "$resume_steps" \
    >"$results/resumed-$1.log" 2>&1 || return
  "$python" - "$results/whole-$1" "$results/stopped-$1" <<'PYTHON'
import sys
from pathlib import Path

from safetensors.torch import load_file

whole, resumed = (load_file(max(Path(run, "checkpoints").glob("*.safetensors"))) for run in sys.argv[1:])
names = whole.keys() | resumed.keys()
different = [n for n in sorted(names) if n not in whole or n not in resumed or not whole[n].equal(resumed[n])]
print(f"{len(names)} tensors, of which {len(different)} differ {' '.join(different[:5])}")
sys.exit(bool(different))
PYTHON
}

processes() { # COUNT: the lines of metrics.jsonl hold the speed
  local launcher=("$python" -m torch.distributed.run --standalone --nproc-per-node "$1" -m ganzoo)
  train 40 "processes-$1" "${launcher[@]}" -- --max-steps "$resume_steps" \
    --set "run.log_every=$((resume_steps / 2))" || return
  tail -n 1 "$results/processes-$1/metrics.jsonl"
}

measure() {
  local count
  echo "# GanZoo on $device"
  "$python" -m ganzoo env
  for precision in fp32 auto; do
    part "Resumed equals uninterrupted, $precision" resume_equality "$precision"
  done
  part "Peers, precisions, limits" bench 200 peers "$rounds" \
    "example-2-workers,example-step,torchgan,mimicry,$own,$matrices"
  part "Resident and streamed data" bench 60 data "$rounds" ganzoo-bf16,ganzoo-bf16-streamed
  count=$("$python" -c 'import torch; print(torch.cuda.device_count())')
  part "One process" processes 1
  if [ "$device" = cpu ] || [ "$count" -ge 2 ]; then
    part "Two processes" processes 2
  fi
  part "Compiled, cold" bench 100 compiled 1 "$own,$compiled"
}

if [ -e "$results/gpu.md" ]; then
  echo "$results has results already; name another folder" >&2
  exit 2
fi
failures=0
exec > >(tee "$results/gpu.md")
measure
exit "$failures"
