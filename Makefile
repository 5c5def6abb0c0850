# Everything a fresh machine needs is made here: Python 3.11 and make are enough.
PYTHON ?= python3
VENV ?= .venv
RUNS ?= 3
SEED ?=
BIN = $(VENV)/bin

.PHONY: serve test test-all test-exhaustive fast coverage docs fuzz lint build bench bench-http bench-hub bench-slow lock clean
.DELETE_ON_ERROR:

serve: $(VENV)/ready ## build the feeds from content/ and serve them, again after every change
	$(BIN)/feeds serve --watch

build: $(VENV)/ready ## build the feeds into public/
	$(BIN)/feeds build

test: $(VENV)/ready ## lint, type check and run the tests
	sh tests/system.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	# One more than cores: tests wait for servers, browsers and clocks.
	$(BIN)/python -m pytest -n $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) --dist worksteal

test-exhaustive: $(VENV)/ready ## run the tests with every case of each matrix and more random examples
	FEEDS_EXHAUSTIVE=1 $(BIN)/python -m pytest -n $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) --dist worksteal

docs: $(VENV)/ready ## write the tables in docs/ from the schemas and the messages
	$(BIN)/python docs/tables.py
	$(BIN)/python -m tests.support.problem_docs

fast: $(VENV)/ready ## run the unit tests only, without the slow ones
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow" tests/unit

coverage: $(VENV)/ready ## run the unit tests of each package and print how much of it they execute
	$(BIN)/pip install -q 'coverage>=7.4'
	$(BIN)/coverage erase
	# From Python 3.12 on sys.monitoring makes it cheap; before, the C tracer does it.
	COVERAGE_CORE=$$($(BIN)/python -c 'import sys; print("sysmon" if sys.version_info >= (3, 12) else "ctrace")') \
	    $(BIN)/coverage run --source feeds -m pytest tests/unit
	$(BIN)/coverage json -q -o - | $(BIN)/python -m tests.support.coverage_by_package

test-all: ## run `make test` on each Python from 3.11 on that is on the PATH, each in an environment of its own
	# pyenv's commands run only the versions that are named here.
	export PYENV_VERSION="$$(pyenv versions --bare 2>/dev/null | paste -sd: -)"; \
	for version in 3.11 3.12 3.13 3.14; do \
	    if python$$version -c '' 2>/dev/null; then \
	        echo "Python $$version"; $(MAKE) test PYTHON=python$$version VENV=.venv-$$version || exit; \
	    fi; \
	done

fuzz: $(VENV)/ready ## try COUNT random inputs (200000) on everything that reads foreign text; SEED repeats a run
	$(BIN)/python -m tests.fuzz $(if $(COUNT),--count $(COUNT)) $(if $(SEED),--seed $(SEED))

bench: $(VENV)/bench ## time builds of COUNT entries against Hugo's, RUNS times
	$(BIN)/python bench/build.py $(or $(COUNT),20000) $(RUNS)

bench-http: $(VENV)/ready ## time answers against nginx's and a plain view's; wants wrk and nginx
	command -v wrk >/dev/null && command -v nginx >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get install -y -qq wrk nginx; }
	$(BIN)/python bench/serve.py

bench-hub: $(VENV)/ready ## time how soon the hub tells 10,000 subscribers, a tenth of which hang or fail
	$(BIN)/python bench/hub.py

bench-slow: $(VENV)/ready ## time readers beside 200 slow posters at the hub, and a Redis that hangs
	$(BIN)/python -m bench.slow

COMPILE = $(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header --no-annotate \
    --no-emit-index-url --no-emit-find-links
HASHED = $(COMPILE) --generate-hashes -c constraints.txt
lock: $(VENV)/ready ## pin what was tested: versions in constraints.txt, and hashes in requirements/
	$(BIN)/pip install -q uv
	$(COMPILE) --all-extras pyproject.toml requirements/build.in -o constraints.txt
	$(HASHED) requirements/build.in -o requirements/build.txt
	$(HASHED) --extra watch --extra hub pyproject.toml -o requirements/run.txt
	$(HASHED) --extra watch --extra hub --extra dev pyproject.toml -o requirements/dev.txt
	$(HASHED) --extra bench pyproject.toml -o requirements/bench.txt

clean:
	rm -rf $(VENV) public .feeds

$(VENV)/ready: pyproject.toml requirements/build.txt requirements/dev.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	PYTHON=$(BIN)/python sh requirements/install.sh dev -e
	touch $@

$(VENV)/bench: $(VENV)/ready requirements/bench.txt
	PYTHON=$(BIN)/python sh requirements/install.sh bench
	touch $@
