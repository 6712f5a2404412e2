# Thin: each target makes the environment when it is missing and calls the tool that does the work.
PYTHON ?= python3
BIN := .venv/bin
PLUGINS := $(wildcard plugins/*)
DEMO ?= runs/demo

# Hundreds of processes of the tests import the same files: they are compiled once.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-slow check docs packages

# Draws from trained weights at once, then trains dcgan on real handwritten digits, one to three minutes on two cores.
demo: .venv/installed
	mkdir -p $(dir $(DEMO))
	$(BIN)/ganzoo sample acgan.fashion-mnist --out $(DEMO)-garments.png
	@echo "what trained weights draw: $(DEMO)-garments.png"
	$(BIN)/ganzoo train dcgan --dataset digits --epochs 200 --sample-every 440 --out $(DEMO)
	@echo "the digits it draws now:  $(DEMO)/samples/step-00002200.png"
	@echo "how it got there:         $(DEMO)/samples/strip.png"

test: .venv/installed
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist worksteal -m "not slow"

# What starts many processes, compiles or builds an environment.
test-slow: .venv/installed
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist worksteal -m slow

check: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Builds the documentation site into site/; any warning is an error.
docs: .venv/installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "open site/index.html"

# Builds and installs the distributions as a user would.
packages: .venv/installed
	bash .ci/packages

.venv/installed: pyproject.toml constraints.txt $(PLUGINS:%=%/pyproject.toml)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  --editable ".[test]" $(PLUGINS:%=--editable ./%)
	touch $@
