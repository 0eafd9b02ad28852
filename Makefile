# Two commands do all the set-up on a fresh machine: `make run` and `make test`.
#   make run CORPUS=dir   adds the documents in dir to the bundled knowledge files
#   make run HOST=… PORT=…
#   make bench CORPUS=dir  speed, growth, and quality part by part (some minutes)
#   make gate CORPUS=dir  holds the regression questions against the blessed baseline
PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
HOST    ?= 127.0.0.1
PORT    ?= 7860
CORPUS  ?=
INSTALLED := $(VENV)/.installed

.PHONY: run build test check gate bench clean

$(INSTALLED): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing (the first time takes some minutes) …"
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	@touch $@

build: $(INSTALLED)
	$(BIN)/hangce build $(foreach dir,$(CORPUS),--corpus $(dir))

run: $(INSTALLED)
	$(BIN)/hangce serve --build $(foreach dir,$(CORPUS),--corpus $(dir)) --host $(HOST) --port $(PORT)

test: $(INSTALLED)
	$(BIN)/python -m pytest

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

gate: $(INSTALLED)
	$(BIN)/hangce build --home runs/home $(foreach dir,$(CORPUS),--corpus $(dir))
	$(BIN)/hangce eval gate --home runs/home --split regression --out runs/gate

bench: $(INSTALLED)
	$(BIN)/python -m pip install --quiet -e '.[bench]'
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.ingestion
	$(BIN)/python -m benchmarks.conversations
	$(BIN)/python -m benchmarks.growth --size 10000 --size 100000
	$(BIN)/python -m benchmarks.verifier $(foreach dir,$(CORPUS),--corpus $(dir))
	$(BIN)/python -m benchmarks.usual_stack $(foreach dir,$(CORPUS),--corpus $(dir))
	$(if $(CORPUS),$(BIN)/python -m benchmarks.retrieval $(foreach dir,$(CORPUS),--corpus $(dir)))
	$(if $(CORPUS),$(BIN)/python -m benchmarks.backends $(foreach dir,$(CORPUS),--corpus $(dir)))

clean:
	rm -rf $(VENV) .hangce build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis runs
