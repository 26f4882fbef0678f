.DEFAULT_GOAL := check
.PHONY: setup check fix run grammar snapshots cases nightly bench requirements

BIN := .venv/bin
PY := $(BIN)/python
UV ?= uv

# One line for a stage that passes; everything it said for one that fails, and nothing after it.
define stage
@printf '%-8s ' '$(1)'; said=$$($(2) 2>&1) && echo ok || { echo FAILED; printf '%s\n' "$$said"; exit 1; }
endef

setup:
	python3 -m venv .venv
	$(PY) -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	$(PY) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .

check:
	$(call stage,format,$(PY) -m ruff format --check .)
	$(call stage,lint,$(PY) -m ruff check .)
	$(call stage,mypy,$(PY) -m mypy)
	$(call stage,pyright,$(PY) -m basedpyright)
	$(call stage,imports,$(BIN)/lint-imports --no-logo)
	@echo tests
	@rm -f .coverage.*
	@$(PY) -m coverage run -m pytest -q -n auto
	$(call stage,combine,$(PY) -m coverage combine)
	$(call stage,coverage,$(PY) -m coverage report)

fix:
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

run:
	$(PY) -m flow_tui run sample_workflows/hello.wf

# Make the parser's tables anew, after a change of the grammar.
grammar:
	$(PY) -c 'from flow_tui.dsl import parser; parser.TABLES.write_text(parser.tables(), "utf-8")'

# Accept what the screen looks like now.
snapshots:
	$(PY) -m pytest -q --snapshot-update tests/app

# Accept what the case files say now.
cases:
	$(PY) -m pytest -q --update-cases tests

# Everything: ten times the examples, slow tests, whole terminals.
nightly:
	FLOW_TUI_TESTS=nightly $(PY) -m pytest -m ''

bench:
	$(PY) -m tests.benchmarks

requirements:
	{ echo '# What a developer of flow-tui installs, each file known by its hash. Written by `make requirements`.'; \
	  $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --extra dev --extra otel \
	    --no-header --no-emit-index-url --no-emit-find-links pyproject.toml; } > requirements-dev.tmp
	mv requirements-dev.tmp requirements-dev.txt
