# Two commands for a fresh checkout: make demo, make test. Both build .venv once, from the pinned requirements files.

PYTHON ?= python3
VENV   := .venv
READY  := $(VENV)/.ready
BIN    := $(VENV)/bin
JOBS   ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all fuzz lint types docs bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## build .venv (the other targets do it themselves)
	@:

$(READY): requirements.txt requirements-dev.txt pyproject.toml setup.py tools/setup.py
	@$(PYTHON) tools/setup.py $(VENV)

demo: $(READY) ## make a small synthetic trial in demo-trial/, gate it, print its visit tables
	@$(BIN)/tregate demo demo-trial

test: $(READY) ## the test suite
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

test-all: $(READY) ## the test suite and the slow studies of truth
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m 'not fuzz' $(ARGS)

fuzz: $(READY) ## long mutation fuzzing of the reader
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m fuzz $(ARGS)

lint: $(READY) ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY) ## mypy --strict, also as for Windows
	@$(BIN)/mypy
	@$(BIN)/mypy --platform win32

docs: $(READY) ## the documentation as a web site, in build/docs; any warning is an error
	@$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -c docs -b html . build/docs
	@echo "documentation: build/docs/docs/index.html"

bench: $(READY) ## measure speed and memory (asserts nothing)
	@$(BIN)/python -m benchmarks $(ARGS)

clean: ## remove what was built, and the demo
	rm -rf $(VENV) build dist *.egg-info demo-trial validation-out .pytest_cache .mypy_cache .ruff_cache .hypothesis
