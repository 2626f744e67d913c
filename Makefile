# Two commands do everything: `make up` opens the app, `make test` proves that all of it works.
# The others are for people who work on agentlab: check (quick), bench, lock, format, clean.

SHELL := /bin/bash
export UV_PYTHON_DOWNLOADS ?= never
BIN := .venv/bin
READY := .venv/.ready
UV := $(shell command -v uv || echo .uv/bin/uv)
HAVE_POSTGRES := for name in /usr/lib/postgresql/*/bin/initdb /opt/homebrew/opt/postgresql*/bin/initdb /usr/local/opt/postgresql*/bin/initdb $$(command -v initdb); do [ -x "$$name" ] && exit 0; done; exit 1
HAVE_REDIS := command -v redis-server >/dev/null && command -v redis-cli >/dev/null
HAVE_BROWSER := for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; exit 1

.PHONY: up test check bench lock format browser servers clean

up: $(READY)
	@$(BIN)/agentlab up

test: $(READY) browser servers
	$(MAKE) -s check
	$(BIN)/pytest -q -n 2 tests/contract tests/evaluation tests/app tests/notebooks
	$(BIN)/pytest -q tests/faults tests/browser

check: $(READY)
	@$(BIN)/ruff check -q . && $(BIN)/ruff format -q --check .
	@$(BIN)/lint-imports --no-logo >/tmp/agentlab-imports.$$$$ || { cat /tmp/agentlab-imports.$$$$; exit 1; }; rm -f /tmp/agentlab-imports.$$$$
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/pytest -q -n 2 tests/unit tests/house

bench: $(READY)
	@for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

lock: $(UV)
	$(UV) pip compile pyproject.toml --all-extras --group dev --universal -p 3.11 --generate-hashes --no-header --no-emit-index-url -q -o requirements.lock

format: $(READY)
	$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q .

browser: $(READY)
	@($(HAVE_BROWSER)) || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
	  || $(BIN)/playwright install chromium

servers:
	@($(HAVE_POSTGRES)) || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null; } \
	  || { command -v brew >/dev/null && brew install -q postgresql@17; } \
	  || { echo "The tests start a PostgreSQL of their own, and there is none. On Debian: sudo apt install postgresql"; exit 1; }
	@($(HAVE_REDIS)) || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq redis-server >/dev/null; } \
	  || { command -v brew >/dev/null && brew install -q redis; } \
	  || { echo "The tests start a Redis of their own, and there is none. On Debian: sudo apt install redis-server"; exit 1; }

clean:
	rm -rf .venv .uv

$(READY): requirements.lock pyproject.toml | $(UV)
	@echo "Setting up (once; about a minute on a first run) ..."
	@[ -x $(BIN)/python ] || $(UV) venv -q --python ">=3.11" .venv
	@$(UV) pip sync -q --python $(BIN)/python requirements.lock
	@$(UV) pip install -q --python $(BIN)/python --no-deps -e .
	@touch $@

.uv/bin/uv:
	@python3 -m venv .uv 2>/dev/null || { rm -rf .uv; echo "python3 cannot make a virtual environment. On Debian: sudo apt install python3-venv"; exit 1; }
	@.uv/bin/pip install -q uv
