# A fresh clone needs Python 3.11 or newer, git and make. Everything else is installed into .venv.
# Paths are relative, or "$$PWD" in shell quotes: the folder's name may contain spaces, quotes and dollar signs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help up down unit test soak sanitize fuzz arm faults check bench load steady alerts flame fmt lock clean java browser FORCE

# Settings of the user's shell for another Python, or for pip's target, must not affect .venv.
unexport PYTHONHOME PYTHONPATH PYTHONSTARTUP PYTHONPLATLIBDIR PYTHONSAFEPATH VIRTUAL_ENV CDPATH BASH_ENV GREP_OPTIONS
# Python's cache of compiled modules is wanted: without it each of the tests' many processes compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE
unexport PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_PYTHON PIP_REQUIREMENT PIP_NO_DEPS PIP_DRY_RUN PIP_NO_BUILD_ISOLATION
unexport PIP_CONSTRAINT PIP_REQUIRE_HASHES

# The first that exists, runs and is new enough. A version manager may leave names that do not run.
FIND_PYTHON = unset PYTHONHOME PYTHONPATH; for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$python && break; done; true
PYTHON ?= $(shell $(FIND_PYTHON))
BIN := .venv/bin
# Contains the folder of .venv. If it was moved, or its Python is gone, .venv is created again.
STAMP := .venv/.installed
MOVED := $(shell [ ! -s .venv/.installed ] || { [ -x .venv/bin/python ] && [ "$$(cat .venv/.installed)" = "$$(pwd -P)" ]; } || echo moved)
BENCH_STAMP := .venv/.installed-bench
# The versions to install: the same on every machine.
LOCK := requirements-dev.lock
PID_FILE := build/up.pid
# The kernel, built beside its sources; left out where there is no C compiler.
KERNEL := build/kernel/.done
KERNEL_SOURCES := setup.py $(shell find streams/kernel/native -name '*.[ch]')
CAN_INSTALL = [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null
install = { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $(1); }

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

# The script $(BIN)/vitals does not run where the folder's name has a dollar in it.
up: $(STAMP) $(KERNEL) ## Run the whole of Vitals here, with sample events; Ctrl-C stops it (ARGS="--data FILE" for your own)
	@mkdir -p build
	@VITALS_PID_FILE="$(PID_FILE)" exec $(BIN)/python -m vitals up $(ARGS)

down: ## Stop a running `make up`
	@[ -e "$(PID_FILE)" ] || { echo "Vitals is not running here."; exit 0; }; \
	[ -x $(BIN)/python ] || { echo ".venv is gone: if $(PID_FILE) names a process that runs, end it with kill."; exit 1; }; \
	VITALS_PID_FILE="$(PID_FILE)" exec $(BIN)/python -m vitals down

# The tests that need neither broker, Redis nor java, without slow ones and with a tenth of the examples.
UNIT := tests/unit tests/properties tests/scenarios tests/docs tests/test_architecture.py tests/test_doctests.py
unit: $(STAMP) $(KERNEL) ## Run the tests that need no broker, within a minute (ARGS="-k word" for some)
	@VITALS_PROPERTY_TIMES=0.1 $(BIN)/python -m pytest --quiet -n auto -m 'not slow' $(UNIT) $(ARGS)

test: $(STAMP) $(KERNEL) java browser ## Run all tests in parallel, on a real broker and real Redis (ARGS="-k word" for some, "-n 0" for one by one)
	@$(BIN)/python -m pytest -n auto $(ARGS)

soak: $(STAMP) $(KERNEL) ## Simulate seed after seed until one fails (SEEDS=50000, FROM=0)
	@$(BIN)/python -m tests.simulation $(or $(FROM),0) --soak $(or $(SEEDS),50000)

# Built in place under sanitizers, and given up afterwards: the next target that needs the kernel builds it as usual.
# Python frees little at its end, so leaks are looked for in a program without it.
SANITIZERS := -fsanitize=address,undefined
sanitize: $(STAMP) ## Run the kernel's tests under address and undefined-behaviour sanitizers
	@mkdir -p build/kernel; rm -f $(KERNEL) streams/kernel/_native.*.so
	@$(BIN)/python -m tests.kernel.check
	@CFLAGS="$(SANITIZERS) -fno-sanitize-recover=all -fno-omit-frame-pointer -fno-wrapv" LDFLAGS="$(SANITIZERS)" \
		$(BIN)/python setup.py --quiet build_ext --inplace --force --build-temp build/sanitize --build-lib build/sanitize
	@trap 'rm -f streams/kernel/_native.*.so' EXIT; \
		ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD="$$(cc -print-file-name=libasan.so) $$(cc -print-file-name=libubsan.so)" \
		$(BIN)/python -m pytest -n 0 -q -m 'not slow' tests/kernel $(ARGS)

fuzz: $(STAMP) ## Feed odd bytes to the kernel's readers (SECONDS_EACH=60)
	@$(BIN)/python -m tests.kernel.fuzz --seconds $(or $(SECONDS_EACH),60) $(ARGS)

arm: $(STAMP) ## Build the kernel for ARM64, and fold recorded lives with it under qemu
	@$(BIN)/python -m tests.kernel.check --arm $(ARGS)

# Warnings are errors here alone: a user's compiler may have others.
check: $(STAMP) ## Lint, formatting and types; warnings of the C compiler
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@if command -v cc >/dev/null; then cc -fsyntax-only -std=gnu11 -Wall -Wextra -Werror \
		-I"$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_paths()["include"])')" streams/kernel/native/*/*.c; fi

bench: $(STAMP) $(KERNEL) $(BENCH_STAMP) java ## Measure events a second (QUICK=1 for a short run)
	@$(BIN)/python -m bench $(if $(QUICK),--quick) $(ARGS)

load: $(STAMP) $(KERNEL) java ## Requests a second of one gateway, and events lost or doubled while the broker falls (QUICK=1: two minutes)
	@$(BIN)/python -m bench.load $(if $(QUICK),--quick) $(ARGS)

steady: $(STAMP) $(KERNEL) ## Judge accounts whose use is steady, under every preset (ARGS="--preset default --model FILE")
	@$(BIN)/python -m bench.steady $(ARGS)

alerts: $(STAMP) $(KERNEL) ## What alert rules send and catch, with and without hysteresis and dwell (ARGS="--sweep --model default")
	@$(BIN)/python -m bench.alerts $(ARGS)

faults: $(STAMP) $(KERNEL) java ## Kill, freeze, cut off and starve workers, brokers and Redis, and check every account (QUICK=1: within 5 minutes)
	@$(BIN)/python -m tests.faults $(if $(QUICK),--quick) $(ARGS)

flame: $(STAMP) $(KERNEL) $(BENCH_STAMP) java ## Draw where a busy worker's time goes into docs/flame.svg (QUICK=1 to try it)
	@$(BIN)/python -m bench.flame $(if $(QUICK),--quick) $(ARGS)

fmt: $(STAMP) ## Format the code, and fix lint where possible
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

# Keeps locked versions that pyproject.toml still allows. UPGRADE=1 takes the newest of each.
lock: $(STAMP) ## Lock the versions of all dependencies again (UPGRADE=1 for the newest)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --target build/uv 'uv>=0.9,<1'
	@PYTHONPATH=build/uv $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-annotate \
		--custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade) --output-file $(LOCK) pyproject.toml

clean: ## Remove everything that make created, .venv included
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info streams/kernel/_native.*.so
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip is asked apart: on Debian a venv without python3-venv installed is made by half, with no pip in it.
$(STAMP): pyproject.toml $(LOCK) $(if $(MOVED),FORCE)
	@case "$$PWD" in *:*) echo "This folder's path has a ':' in it, which Python cannot have in a path: rename it, then make again."; exit 1;; esac
	@[ -w . ] || { echo "This folder cannot be written to, and .venv goes into it: make it writable, or copy it elsewhere."; exit 1; }
	@[ -n "$(PYTHON)" ] || { echo "Vitals needs Python 3.11 or newer: install it (Debian: apt-get install python3 python3-venv)."; exit 1; }
	@[ -z "$(MOVED)" ] && $(BIN)/python -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear .venv >/dev/null 2>&1 || \
		{ $(CAN_INSTALL) && $(call install,python3-venv $(notdir $(PYTHON))-venv) && "$(PYTHON)" -m venv --clear .venv; } || \
		{ echo "$(PYTHON) cannot make a venv: install python3-venv (Debian: apt-get install python3-venv)."; exit 1; }
	@echo "Installing Vitals into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(LOCK) -e '.[local,calibrate,dev]'
	@pwd -P > $@

FORCE:

$(KERNEL): $(STAMP) $(KERNEL_SOURCES)
	@mkdir -p build/kernel; rm -f streams/kernel/_native.*.so build/lib*/streams/kernel/_native.*.so
	@if command -v cc >/dev/null; then \
		$(BIN)/python setup.py --quiet build_ext --inplace --build-temp build/kernel >build/kernel/log 2>&1 && \
		ls streams/kernel/_native.*.so >/dev/null 2>&1 || \
		echo "The kernel does not build here (build/kernel/log says why): Vitals runs without it, slower."; \
	else echo "No C compiler: Vitals runs without the kernel, slower."; fi
	@touch $@

# What is measured beside Vitals. Where one of them has no wheel the benchmark says so, and does without.
$(BENCH_STAMP): $(STAMP)
	@echo "Installing what is measured beside Vitals ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(LOCK) --only-binary bytewax -e '.[bench]' || \
		echo "Not all of it could be installed."
	@touch $@

# Apache Kafka, for the tests, needs java and mvn. Without them the tests use the embedded broker and say so, or fail
# where VITALS_REQUIRE_KAFKA=1.
java:
	@[ -n "$${VITALS_KAFKA:-}$${VITALS_TEST_BROKER:-}" ] || \
		{ command -v mvn >/dev/null && java -version 2>&1 | grep -qE 'version "(1[7-9]|[2-9][0-9])'; } || \
		{ $(CAN_INSTALL) && { $(call install,openjdk-17-jre-headless maven) || $(call install,default-jre-headless maven); }; } || \
		echo "No java (17 or newer) or no mvn, and no way to install them: the tests do without Apache Kafka."

# A Chromium, for the tests of the dashboard's pages. Without one they are skipped, or fail where VITALS_REQUIRE_KAFKA=1.
browser: $(STAMP)
	@$(BIN)/python -m tests.support.browser.found >/dev/null 2>&1 || { $(CAN_INSTALL) && $(call install,chromium); } || \
		$(BIN)/python -m playwright install chromium || \
		echo "No Chromium, and no way to install one: the tests do without the dashboard's pages."
