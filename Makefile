# `make demo` shows the product, `make test` proves it; both set up what they need in .venv.
PYTHON ?= python3
BIN := .venv/bin
NODES ?= 12
LAB_NODES ?= 7

.PHONY: demo test check lint types contracts lab lab-test bench snapshots clean
.SILENT:

demo: .venv/.product ## bring a simulated cluster up, on screen
	$(BIN)/rancher-wizard demo --nodes $(NODES)

test: .venv/.dev ## the fast tests: no root, no network
	$(BIN)/python -m pytest -n auto --dist loadfile

check: lint types contracts test

lint: .venv/.dev
	$(BIN)/ruff format --check -q .
	$(BIN)/ruff check -q .
	if command -v shellcheck >/dev/null; then find wizard tests \( -name '*.sh' -o -name '*.bash' \) -exec shellcheck {} +; \
	  else echo "shellcheck is not installed: scripts are not checked"; fi

types: .venv/.dev
	$(BIN)/mypy

contracts: .venv/.dev
	out=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$out"; exit 1; }; echo "$$out" | tail -n 1

lab: .venv/.dev ## boot real nodes to play with (root, Debian); `make lab LAB_NODES=7`
	$(BIN)/python -m tests.lab up --nodes $(LAB_NODES)

lab-test: .venv/.dev ## the tests on real nodes (root, Debian)
	RANCHER_WIZARD_LAB_TESTS=1 $(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder tests/lab

bench: .venv/.dev .venv-bench/.done ## figures for the README; nothing is asserted
	$(BIN)/python -m tests.bench

snapshots: .venv/.dev ## redraw the screens' snapshots; look at each of them afterwards
	$(BIN)/python -m pytest tests/screens --snapshot-update

clean:
	rm -rf .venv .venv-bench .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache snapshot_report.html

.venv/bin/python:
	$(PYTHON) -m venv .venv >/dev/null 2>&1 || { rm -rf .venv; $(MAKE) venv-package && $(PYTHON) -m venv .venv; }
	$(BIN)/python -m pip install -q --disable-pip-version-check --upgrade 'pip>=25.1'

# Debian's python3 comes without venv.
.PHONY: venv-package
venv-package:
	[ "$$(id -u)" = 0 ] || { echo "python3 has no venv module. Run: sudo apt-get install python3-venv"; exit 1; }
	apt-get update -qq >/dev/null
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null

.venv/.product: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e .
	touch $@

.venv/.dev: .venv/.product
	$(BIN)/python -m pip install -q --group dev
	touch $@

.venv-bench/.done: Makefile
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install -q pyinfra ansible-core
	touch $@
