# Every target sets up what it needs. `make demo` is the place to begin.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTEST := $(BIN)/python -m pytest -q
PROCESSES := --numprocesses auto --maxprocesses 8

.PHONY: demo test lint tests check-slow check-gpu on-gpu bench docs docs-open clean

demo: $(READY)
	rm -rf runs/demo
	$(BIN)/seqgen chars train fantasy-names --minutes 0.5 --out runs/demo
	$(BIN)/seqgen chars generate runs/demo -n 20
	rm -rf runs/music runs/melody
	$(BIN)/seqgen midi train tunes --tokenizer melody --transpose 3 --minutes 0.5 --out runs/music
	$(BIN)/seqgen midi generate runs/music --bars 8 --tempo 100 --out runs/melody/melody.mid \
		--plot runs/melody/melody.png --wav runs/melody/melody.wav

test: lint tests

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

tests: $(READY)
	$(PYTEST) $(PROCESSES) -m "not slow and not gpu"

check-slow: $(READY)
	$(PYTEST) $(PROCESSES) -m slow

check-gpu: $(READY)
	@if $(BIN)/python -c "import sys, torch; sys.exit(not torch.cuda.is_available())"; \
	then $(MAKE) on-gpu; \
	else echo "check-gpu: torch sees no GPU here, so nothing was checked."; exit 1; fi

on-gpu:
	$(PYTEST) -m gpu
	$(BIN)/python -m benchmarks.kernel --rows
	$(BIN)/python -m benchmarks.kernel --rows --layers 3 --width 1024 --lanes 128 --window 128
	$(BIN)/python -m benchmarks.many --rows
	$(BIN)/python -m benchmarks.race --recipe gpu --minutes 5 --rows

bench: $(READY)
	$(BIN)/python -m benchmarks

docs: $(READY)
	$(BIN)/python docs/generate.py
	$(BIN)/python -m sphinx -W --keep-going -q -d build/doctrees docs build/docs
	@echo "The site is in build/docs: begin with build/docs/index.html, or say make docs-open."

docs-open: docs
	@$(BIN)/python -c "import pathlib, webbrowser; page = pathlib.Path('build/docs/index.html').resolve(); \
		webbrowser.open(page.as_uri()) or print('There is no browser here. The page is', page)"

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The stamp makes the installation happen once, and again when what it depends on changes.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]' --constraint constraints.txt
	touch $(READY)
