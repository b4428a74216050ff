# Two commands do all the set-up: `make demo` runs the main job, `make test` passes the tests.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test test-faults soak test-real test-slow check lint types floors wheel lock clean real-servers

# The tests start hundreds of processes: where no bytecode is kept, each would compile us anew.
unexport PYTHONDONTWRITEBYTECODE

demo: $(VENV)/.ready
	$(BIN)/humasbot demo

test: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not real and not slow"

test-slow: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -n 2 -m "slow and not real"

# The fault rig: networks, machines and deaths, each made on purpose; a part of test-slow.
test-faults: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -n 2 --dist loadgroup tests/integration/faults tests/integration/test_faults.py \
		tests/integration/test_promise.py tests/integration/test_promise_machine.py \
		tests/integration/test_promise_together.py tests/integration/test_state_model.py -m "not real"

# By hand: kill the daemon at random moments, as often as asked; the last result stands in docs/FAULTS.md.
KILLS ?= 100
RIGS ?= 4
soak: $(VENV)/.ready-dev
	$(BIN)/python tests/integration/faults/soak.py $(KILLS) --rigs $(RIGS)

real-servers:
	bash scripts/setup-real.sh

test-real: $(VENV)/.ready-dev real-servers
	$(BIN)/python -m pytest tests/live -m real

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready-dev
	$(BIN)/mypy

floors: $(VENV)/.ready-dev
	$(BIN)/lint-imports

wheel: $(VENV)/.ready-dev
	$(BIN)/python -m pytest tests/test_packaging.py -m slow

check: real-servers lint types floors test test-slow test-real

# The set-up: a virtual environment with the pinned versions of constraints.txt, made anew when they change.
$(VENV)/.ready: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade "pip>=25.1"
	$(PIP) install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(PIP) install --quiet --constraint constraints.txt --editable ".[postgresql]" --group dev
	touch $@

lock: $(VENV)/.ready-dev
	$(BIN)/python -m uv pip compile --universal --quiet --no-header --no-annotate --all-extras --group dev \
		--python-version 3.11 --upgrade --output-file constraints.txt pyproject.toml

clean:
	rm -rf $(VENV) demo dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
