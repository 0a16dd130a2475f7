# Everything a fresh clone needs: Python 3.11 or newer, git and make. The rest is installed into .venv.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help up down test soak faults check bench flame fmt clean java

# The first that is there, runs, and is new enough: a version manager may have left names that do not run.
FIND_PYTHON = for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$python && break; done; true
PYTHON ?= $(shell $(FIND_PYTHON))
BIN := .venv/bin
STAMP := .venv/.installed
BENCH_STAMP := .venv/.installed-bench
PID_FILE := build/up.pid
# The package with its hot modules compiled; empty where there is no C compiler. Never beside the sources, where it
# would hide what is edited.
COMPILED := build/compiled/.done
COMPILED_PATH := $(CURDIR)/build/compiled
SOURCES := setup.py pyproject.toml $(shell find scoring alerts streams -name '*.py' -o -name '*.toml')
CAN_INSTALL = [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null
install = { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $(1); }

help: ## Say what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

up: $(STAMP) $(COMPILED) ## Run the whole of Vitals here, with sample events; Ctrl-C stops it (ARGS="--data FILE" for your own)
	@mkdir -p build
	@PYTHONSAFEPATH=1 PYTHONPATH=$(COMPILED_PATH) VITALS_PID_FILE=$(PID_FILE) exec $(BIN)/vitals up $(ARGS)

down: ## Stop a running `make up`
	@runs() { kill -0 "$$pid" 2>/dev/null && { [ ! -r "/proc/$$pid/cmdline" ] || grep -q vitals "/proc/$$pid/cmdline"; }; }; \
	pid=$$(cat $(PID_FILE) 2>/dev/null || true); \
	if [ -z "$$pid" ] || ! runs; then echo "Vitals is not running here."; rm -f $(PID_FILE); exit 0; fi; \
	kill "$$pid"; \
	for _ in $$(seq 300); do runs || { echo "Stopped."; rm -f $(PID_FILE); exit 0; }; sleep 0.1; done; \
	echo "Process $$pid does not stop: end it with kill -9 $$pid."; exit 1

test: $(STAMP) $(COMPILED) java ## Run all tests, on a real broker and a real Redis (ARGS="-k word" for some)
	@$(BIN)/python -m pytest $(ARGS)

soak: $(STAMP) ## Simulate seed after seed until one fails (SEEDS=50000, FROM=0)
	@$(BIN)/python -m tests.simulation $(or $(FROM),0) --soak $(or $(SEEDS),50000)

check: $(STAMP) ## Lint, formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(STAMP) $(COMPILED) $(BENCH_STAMP) java ## Measure events a second (QUICK=1 for a short run)
	@$(BIN)/python -m bench $(if $(QUICK),--quick) $(ARGS)

faults: $(STAMP) java ## Kill, freeze, cut off and starve workers, brokers and Redis, and check every account (QUICK=1: within 5 minutes)
	@$(BIN)/python -m tests.faults $(if $(QUICK),--quick) $(ARGS)

flame: $(STAMP) $(COMPILED) $(BENCH_STAMP) java ## Draw where a busy worker's time goes into docs/flame.svg (QUICK=1 to try it)
	@$(BIN)/python -m bench.flame $(if $(QUICK),--quick) $(ARGS)

fmt: $(STAMP) ## Put the code into shape
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

clean: ## Remove all that was made, .venv too
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip is asked apart: on Debian a venv without python3-venv installed is made by half, with no pip in it.
$(STAMP): pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Vitals needs Python 3.11 or newer: install it (Debian: apt-get install python3 python3-venv)."; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv >/dev/null 2>&1 || \
		{ $(CAN_INSTALL) && $(call install,python3-venv $(notdir $(PYTHON))-venv) && $(PYTHON) -m venv --clear .venv; } || \
		{ echo "$(PYTHON) cannot make a venv: install python3-venv (Debian: apt-get install python3-venv)."; exit 1; }
	@echo "Installing Vitals into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[local,dev]'
	@touch $@

$(COMPILED): $(STAMP) $(SOURCES)
	@rm -rf build/compiled build/lib* build/temp* build/bdist*; mkdir -p build/compiled
	@command -v cc >/dev/null || { echo "No C compiler: Vitals runs as plain Python, half as fast."; touch $@; exit 0; }; \
	echo "Compiling the hot modules into build/compiled (a minute, once) ..."; \
	VITALS_COMPILE=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
		--target build/compiled . >build/compile.log 2>&1 || \
		{ echo "They do not compile here (build/compile.log says why): Vitals runs as plain Python."; rm -rf build/compiled/*; }; \
	touch $@

# What is measured beside Vitals. Where one of them has no wheel the benchmark says so, and does without.
$(BENCH_STAMP): $(STAMP)
	@echo "Installing what is measured beside Vitals ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary bytewax -e '.[bench]' || \
		echo "Not all of it could be installed."
	@touch $@

# Apache Kafka, for the tests, needs java and mvn. Without them the tests use the embedded broker and say so, or fail
# where VITALS_REQUIRE_KAFKA=1.
java:
	@[ -n "$${VITALS_KAFKA:-}$${VITALS_TEST_BROKER:-}" ] || \
		{ command -v mvn >/dev/null && java -version 2>&1 | grep -qE 'version "(1[7-9]|[2-9][0-9])'; } || \
		{ $(CAN_INSTALL) && { $(call install,openjdk-17-jre-headless maven) || $(call install,default-jre-headless maven); }; } || \
		echo "No java (17 or newer) or no mvn, and no way to install them: the tests do without Apache Kafka."
