# make demo and make test work from a fresh clone with Python 3.11 or newer; everything lands in .venv and .casework.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
MODEL ?= local
WORLD := .casework/world

SPLIT ?= dev

.PHONY: help setup demo test test-heavy test-all test-spark test-vllm check gate record bench eval clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/.setup  ## .venv with everything the main job needs, and .venv/bin/casework

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "casework needs Python 3.11 or newer: make PYTHON=python3.11"; exit 2; }
	@$(PYTHON) -m venv .venv

.venv/.setup: .venv/bin/python pyproject.toml constraints.txt
	@echo "installing casework into .venv (a few minutes the first time) ..."
	@$(PIP) torch==2.13.0
	@$(PIP) --editable '.[evals,local]'
	@touch $@

.venv/.dev: .venv/.setup
	@echo "installing what the tests need into .venv ..."
	@$(PIP) --editable '.[dev]'
	@touch $@

demo: .venv/.setup  ## simulated exchange, three reviews, one page; MODEL=none does without a language model
	@$(BIN)/python -m evals.demo --model $(MODEL)

# Two workers fill two cores: threads of their own would only wait for each other.
test: .venv/.dev  ## all tests but the heavy and the slow ones
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

test-heavy: .venv/.dev  ## those that kill, train, serve or draw much: minutes in all
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m 'heavy and not slow'

test-all: .venv/.dev  ## the heavy and the slow ones too
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m ''

.venv/.spark: .venv/.dev
	@echo "installing Spark into .venv/spark (500 MB, in an environment of its own: it is a server) ..."
	@$(PYTHON) -m venv .venv/spark
	@.venv/spark/bin/python -m pip --disable-pip-version-check install --quiet pyspark==4.3.0
	@touch $@

test-spark: .venv/.spark  ## against a Spark server that the tests start; needs Java 17 or newer
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m spark

test-vllm: .venv/.dev  ## against the OpenAI-compatible server that LLM_BASE_URL names
	@$(BIN)/python -m pytest -m vllm

check: .venv/.dev  ## lint, format, types, import contracts, dependencies, policy, prompts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry .
	@$(BIN)/casework rules lint
	@$(BIN)/casework prompt lint

gate: .venv/.setup  ## recorded model answers drafted again with today's code, policy and prompts, held against the gate
	@$(BIN)/casework eval gate evals/recorded --replay --junit .casework/gate.xml

record: .venv/.setup  ## the recorded answers made anew by the embedded model, which `casework llm fetch` gets
	@$(BIN)/python -m evals.runs.record

bench: .venv/.dev  ## per-stage time and peak memory of one case without a language model
	@$(BIN)/python -m evals.bench

eval: .venv/.setup  ## the labelled cases of dev without a language model, beside the baselines; SPLIT=val takes others
	@test -f "$${CASEWORK_HOME:-.casework}/cases/$(SPLIT)/cases.jsonl" || $(BIN)/casework eval cases build $(SPLIT)
	@$(BIN)/casework eval run --split $(SPLIT)

clean:  ## remove .venv and .casework
	rm -rf .venv .casework
