# One command to see it (`make demo`), one to check it (`make test`); both set up .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint unit coverage system mail replay crash paper-crash destruction healthy mutants sweep docs catalogues lock clean

demo: $(VENV)/.installed
	$(BIN)/nightclerk demo

test: $(VENV)/.developed lint unit

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "nightclerk needs Python 3.11 or newer; this is %d.%d. Name another one: make PYTHON=python3.12" % sys.version_info[:2])'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "nightclerk needs Python with venv: on Debian and Ubuntu, apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python requirements.lock pyproject.toml
	$(BIN)/python -m pip --disable-pip-version-check -q install --require-hashes -r requirements.lock
	$(BIN)/python -m pip --disable-pip-version-check -q install --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.developed: $(VENV)/.installed requirements-dev.lock
	$(BIN)/python -m pip --disable-pip-version-check -q install --require-hashes -r requirements-dev.lock
	@touch $@

lint: $(VENV)/.developed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(VENV)/.developed
	$(BIN)/pytest -m "not system and not slow and not mail" -n 2 -q

# The same suite, slower, with the lines and branches that no test runs.
coverage: $(VENV)/.developed
	$(BIN)/pytest -m "not system and not slow and not mail" -n 2 --cov --cov-report=term:skip-covered -q

system: $(VENV)/.developed
	$(BIN)/pytest -m "system or slow" -q

# Every mail in a browser, a validator and a spam filter; skips what is not installed (.ci/install brings all of it).
mail: $(VENV)/.developed
	$(BIN)/pytest -m mail -q -s

replay: $(VENV)/.developed
	$(BIN)/pytest tests/system/replay -q -s

# 200 kills at random points of one seed; a point that went wrong is repeated alone with POINT.
SEED ?= 1
crash: $(VENV)/.developed
	$(BIN)/python -m tests.system.crash --seed $(SEED) $(if $(POINT),--point $(POINT))

# A morning's paper on a real cupsd, broken at 100 drawn points: daemon killed, cupsd killed, queues failing (root).
POINTS ?= 100
paper-crash: $(VENV)/.developed
	$(BIN)/python -m tests.system.printing.crash --seed $(SEED) --points $(POINTS) $(if $(POINT),--point $(POINT))

# Every backup broken in every way on the real programs, as docs/backups.md shows it; some eight minutes.
destruction: $(VENV)/.developed
	$(BIN)/python -m tests.system.backups.table --write

# Healthy repositories drawn from a seed, with none of which any fault may be found; an hour for all of it.
ROUNDS ?= 200
healthy: $(VENV)/.developed
	$(BIN)/python -m tests.system.backups.healthy --seed $(SEED) --rounds $(ROUNDS)

bench: $(VENV)/.developed
	$(BIN)/python -m tests.benchmarks

# Takes each safeguard away in a copy of the tree and expects the test beside it to notice: about two minutes.
mutants: $(VENV)/.developed
	$(BIN)/python -m tests.mutants

# Every time zone through seven years, on all cores: up to ten minutes.
sweep: $(VENV)/.developed
	$(BIN)/python -m tests.sweep

docs: $(VENV)/.developed
	$(BIN)/python -m daemon.config.reference > docs/configuration.md

# Reads the messages from code and templates, updates and compiles the catalogues, lists what wants a translation.
catalogues: $(VENV)/.developed
	$(BIN)/python -m tests.catalogues

lock:
	uv pip compile pyproject.toml --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q --extra build --extra paper -o requirements.lock
	uv pip compile pyproject.toml --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q --extra build --extra dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* demo-out
