# Two commands for everybody: `make lab` and `make test`. The rest is for people who work on the workbook.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help venv browser lab test ci lock notebooks audit bench lint clean

help:  ## show these verbs
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

venv: $(STAMP)  ## make .venv from requirements.lock (does nothing the second time)

$(STAMP): requirements.lock pyproject.toml tools/make_venv.py
	@$(PYTHON) tools/make_venv.py $(VENV)
	@touch $@

browser: $(STAMP)
	@$(BIN)/python tools/browser.py

lab: $(STAMP)  ## start the embedded cloud and JupyterLab on notebooks/
	@exec $(BIN)/workbook lab

test: $(STAMP) browser  ## run every test, nbval strict and lax included
	@$(BIN)/python tools/test.py

ci: lint test  ## what CI runs

lock: $(STAMP)  ## write requirements.lock anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --extra dev \
	  --custom-compile-command "make lock" pyproject.toml -o requirements.lock

notebooks: $(STAMP)  ## derive notebooks/ from solutions/
	@$(BIN)/python tools/make_notebooks.py

audit: $(STAMP)  ## run the hardening checklist on the stack that is up
	@$(BIN)/python -m checks

bench: $(STAMP)  ## measure, side by side in one run
	@$(BIN)/python -m bench

lint: $(STAMP)  ## ruff and mypy
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

clean:  ## remove what can be made again (never work/)
	@rm -rf $(VENV) build dist test-artifacts .pytest_cache .mypy_cache .ruff_cache
