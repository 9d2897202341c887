# `make` lists what can be made. Everything it installs lives in .venv.

PYTHON ?= python3
PORT ?= 8501
ADDRESS ?= 127.0.0.1
ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install --no-compile
WITH_CHROMIUM = UNROLLED_CHROMIUM="$$($(PY) tests/chromium.py)" && export UNROLLED_CHROMIUM &&

.DEFAULT_GOAL := help
.PHONY: help run test test-all bench soak lint format clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp ## Start the laboratory; PORT=8501 ADDRESS=127.0.0.1
	$(PY) -m streamlit run app/main.py --server.port $(PORT) --server.address $(ADDRESS)

test: $(VENV)/test.stamp ## Run the tests; ARGS="-k lstm" goes to pytest
	$(WITH_CHROMIUM) $(PY) -m pytest -n 3 --dist loadfile --no-loadscope-reorder --max-worker-restart 0 $(ARGS)

test-all: ## Run every test of every cell, seed and query: half an hour and more
	UNROLLED_TEST_ALL=1 $(MAKE) test

bench: $(VENV)/bench.stamp ## Measure the speed; installs PyTorch to compare with
	$(WITH_CHROMIUM) $(PY) -m tests.bench $(ARGS)

soak: $(VENV)/test.stamp ## Ask a server for 2,000 figures in ten minutes; memory, maps, waits
	$(PY) -m tests.soak $(ARGS)

lint: $(VENV)/test.stamp ## Check style and format
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(VENV)/bin/deno fmt --check
	$(VENV)/bin/deno lint

format: $(VENV)/test.stamp ## Repair style and format
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	$(VENV)/bin/deno fmt

clean: ## Remove .venv and the caches in this folder
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is younger than the requirements it has installed.
$(VENV)/run.stamp: requirements.txt $(PY)
	$(PIP) -r $<
	@touch $@

$(VENV)/test.stamp: tests/requirements.txt requirements.txt $(PY)
	$(PIP) -r $<
	@touch $@

$(VENV)/bench.stamp: tests/bench-requirements.txt tests/requirements.txt requirements.txt $(PY)
	$(PIP) -r $<
	@touch $@

# Debian keeps what makes a virtual environment in a package of its own.
$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { \
		echo "Unrolled needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2> /dev/null || echo missing)." >&2; \
		echo "Name another one like this: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2> /dev/null || { \
		test "$$(id -u)" = 0 && apt-get update && apt-get install -y python3-venv; } || { \
		echo "$(PYTHON) cannot make a virtual environment; on Debian: sudo apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }
