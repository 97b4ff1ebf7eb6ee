# What you can ask of this repository: `make help` lists it. Each target installs what it needs, once.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
WORKERS ?= 2

# Two stamps in one environment: what the program needs, and what its tests need besides. They are named after the
# lock they were made from, so a changed lock is installed and an unchanged one costs nothing.
RUNTIME := $(VENV)/.installed-runtime
DEV     := $(VENV)/.installed-dev

# Nothing outside the lock is installed: hashes are required and dependencies are not resolved again.
# Bytecode is left to the first import, which compiles a tenth of what pip would: half a minute less to wait.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-compile

.PHONY: help demo run test test-matrix test-all check format bench faults faults-short docker-check browser analytics install environment lock clean \
  clean-all

help:  ## what can be asked
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(RUNTIME)  ## a sample business in your browser: be its customer, its operator and its owner
	@$(BIN)/otklik demo

run: $(RUNTIME)  ## the real program, with the settings of the environment and .env
	@$(BIN)/otklik run

# A dead worker is not replaced: with groups, xdist would wait for ever for the tests the dead one had. It is named with
# its test, the others finish theirs, and the run has failed. A test that hangs has its stack printed and ends like that.
PARALLEL := -n $(WORKERS) --dist loadgroup --max-worker-restart 0
HUNG := -o faulthandler_timeout=120 -o faulthandler_exit_on_timeout=true

test: $(DEV) browser  ## every test but the slow ones and the other half of the matrix
	@$(BIN)/python -m pytest $(PARALLEL) $(HUNG) -rs --durations=10 --durations-min=5 \
	  -m "not slow and not matrix" --ignore tests/faults

test-matrix: $(DEV)  ## the conversations on the pairs of channel and database that `make test` left out
	@$(BIN)/python -m pytest $(PARALLEL) $(HUNG) -m "matrix and not slow" tests/conversations

test-all: $(DEV) browser  ## every test
	@$(BIN)/python -m pytest $(PARALLEL) -rs

check: $(DEV) docker-check  ## format, lint, types and the floors of the house
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docker-check: $(DEV)  ## the Dockerfile and the compose file, without an engine
	@$(BIN)/hadolint --failure-threshold style Dockerfile
	@$(BIN)/python -m pytest tests/architecture/test_containers.py

format: $(DEV)  ## put the code into its form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(DEV)  ## speed, as ratios to bare libraries in the same run
	@$(BIN)/python -m tests.benchmarks

faults: $(DEV)  ## kill it, freeze it, lie to it, and count what was lost
	@if [ -d tests/faults ]; then $(BIN)/python -m pytest -n 0 -s tests/faults; else echo "No fault tests yet."; fi

faults-short: $(DEV)  ## the part of them that CI has time for
	@if [ -d tests/faults ]; then $(BIN)/python -m pytest -n 0 -m "not slow" tests/faults || [ $$? = 5 ]; \
	else echo "No fault tests yet."; fi  # pytest ends with 5 when none of them is short

analytics: $(RUNTIME)  ## the faster engine (Polars) for a million purchases
	@$(INSTALL) --require-hashes -r requirements-analytics.txt

install: $(RUNTIME)  ## what the program needs, and nothing more

environment: $(DEV)  ## install everything, run nothing

# The browser is the distribution's own Chromium: one that the tests download would be 150 MB and not pinned by hash.
browser:
	@if command -v chromium >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium for the browser tests (once)…"; \
	  apt_install="env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
	    chromium fonts-noto-core fonts-noto-color-emoji"; \
	  { $$apt_install || { apt-get update -qq && $$apt_install; }; } >/dev/null 2>&1 \
	    || echo "Chromium could not be installed: the browser tests will be skipped."; \
	else \
	  echo "No Chromium here: the browser tests will be skipped. On Debian: sudo apt-get install chromium" \
	    "fonts-noto-core fonts-noto-color-emoji"; \
	fi

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: $(PYTHON) was not found."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: $$($(PYTHON) --version) was found. Try: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "No virtual environment could be made. On Debian: sudo apt-get install python3-venv"; exit 1; }

$(RUNTIME): requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing what the program needs (once)…"
	@$(INSTALL) --require-hashes -r requirements.txt
	@PYTHONWARNINGS=ignore $(INSTALL) --no-build-isolation -e .
	@touch $@

# The samples are packages of which the tests read the data alone: what their code needs stays out (--no-deps).
# The foreign client brings what it needs, but for aiofiles, which it pins too strictly to be solved with the rest.
$(DEV): requirements-dev.txt requirements-samples.txt requirements-foreign.txt $(RUNTIME)
	@echo "Installing what the tests need (once)…"
	@$(INSTALL) --require-hashes -r requirements-dev.txt
	@$(INSTALL) --require-hashes -r requirements-samples.txt
	@$(INSTALL) --require-hashes -r requirements-foreign.txt
	@touch $@

# Both files name the same versions: the second is solved under the first. UPGRADE=--upgrade takes newer ones.
PIP_COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --strip-extras \
  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --allow-unsafe --build-deps-for editable $(UPGRADE)

lock: | $(DEV)  ## write the lock files again after a change in pyproject.toml
	@$(PIP_COMPILE) --output-file requirements.txt pyproject.toml
	@$(PIP_COMPILE) --extra analytics --constraint requirements.txt --output-file requirements-analytics.txt pyproject.toml
	@$(PIP_COMPILE) --extra dev --extra analytics --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml
	@sed -i '1s/.*/# Every package the program runs on, pinned by hash. Solved for Python 3.11 on Linux; newer ones do too./' \
	  requirements.txt
	@sed -i '1s/.*/# The same and the faster engine for a million purchases, pinned by hash. Solved for Python 3.11 on Linux; newer ones do too./' \
	  requirements-analytics.txt
	@sed -i '1s/.*/# The same and what the tests need, pinned by hash. Solved for Python 3.11 on Linux; newer ones do too./' \
	  requirements-dev.txt

clean:  ## throw away caches and builds; keeps the environment and your data
	@rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -path ./$(VENV) -prune -o -type d -name __pycache__ -exec rm -rf {} +

clean-all: clean  ## the environment too; keeps your data
	@rm -rf $(VENV)
