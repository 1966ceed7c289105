# The project's commands; .ci/run uses the same ones. `make setup` is done by itself when something it needs has changed.
.PHONY: help setup demo demo-stop test check bench fuzz docs lock clean
.DEFAULT_GOAL := help
SHELL := /bin/bash

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

help:
	@echo "make setup    install everything into $(VENV) (Python >= 3.11, < 3.14)"
	@echo "make demo     the whole gateway on this machine; KEEP=1 leaves it running, HOUSEHOLDS=500 changes the size"
	@echo "make test     all tests        make check    format, lint, types, layers, generated pages"
	@echo "make bench    benchmarks, ONLY=files, identity or esf for one part       make docs     write the generated pages"
	@echo "make fuzz     broken bytes into every reader; TIME=600 seconds, SEED=2 others, FEED=caf/creances only these"
	@echo "make lock     pin the dependencies, UPGRADE=1 to their newest versions      make clean    remove what was made, demo included"

setup: $(READY)
	@echo "setup: ready"

$(READY): requirements.lock pyproject.toml
	@set -euo pipefail; \
	usable='import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))'; \
	if ! $(BIN)/python -c "$$usable" 2>/dev/null; then \
	  for found in python3.13 python3.12 python3.11 python3 none; do $$found -c "$$usable" 2>/dev/null && break; done; \
	  if [ $$found = none ]; then \
	    echo "Python 3.11, 3.12 or 3.13 with its venv module is needed (on Debian and Ubuntu: apt install python3 python3-venv)." >&2; exit 2; \
	  fi; \
	  echo "setup 1/3: $(VENV) with $$($$found --version)"; \
	  rm -rf $(VENV); $$found -m venv $(VENV); \
	fi; \
	echo "setup 2/3: packages of requirements.lock, each with its hash"; \
	awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.lock > $(VENV)/uv.txt; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(VENV)/uv.txt; \
	mirror=$${PIP_INDEX_URL:-$$($(BIN)/python -m pip config get global.index-url 2>/dev/null || true)}; \
	if [ -n "$$mirror" ] && [ -z "$${UV_DEFAULT_INDEX:-$${UV_INDEX_URL:-}}" ]; then export UV_DEFAULT_INDEX=$$mirror; fi; \
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock; \
	echo "setup 3/3: passerelle itself"; \
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)
	@$(BIN)/passerelle demo $(if $(filter-out 0,$(KEEP)),--keep) $(if $(HOUSEHOLDS),--households $(HOUSEHOLDS))

demo-stop: $(READY)
	@$(BIN)/passerelle demo --stop

test: $(READY)
	@$(BIN)/python -m pytest

check: $(READY)
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/passerelle docs --check

bench: $(READY)
	@$(BIN)/python tests/benchmarks/run.py $(if $(ONLY),--only $(ONLY))

fuzz: $(READY)
	@$(BIN)/python tests/fuzz/fuzz_readers.py $(if $(TIME),--seconds $(TIME)) $(if $(SEED),--seed $(SEED)) $(if $(FEED),--feed $(FEED))

docs: $(READY)
	@$(BIN)/passerelle docs

PIN := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --generate-hashes
lock: $(READY)
	@$(PIN) $(if $(UPGRADE),--upgrade) requirements.in -o requirements.lock
	@cp requirements.lock requirements-production.lock  # the versions to prefer
	@$(PIN) requirements-production.in -o requirements-production.lock

clean:
	@if [ -x $(BIN)/passerelle ] && [ -d demo-output ]; then $(BIN)/passerelle demo --stop; fi
	@rm -rf demo-output run .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +
