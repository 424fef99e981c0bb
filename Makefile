# One word for each thing a person does here; CI calls the same words.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# Real inputs of tests and benchmarks, where a mirror of them lies beside the checkout.
ifneq ($(wildcard ../shared/data),)
export VLEDGER_MIRROR ?= $(abspath ../shared/data)
endif

# Debian keeps venv in a package of its own; as root we fetch it, else we say so.
VENV_PACKAGE := [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null

.DEFAULT_GOAL := help
.PHONY: help dashboard test check bench precompute format clean

help: ## Say what can be made.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | while IFS='|' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

dashboard: $(VENV)/.dashboard ## Install, build the store, open the dashboard (PORT=8501, HEADLESS=1 for servers).
	@$(BIN)/vledger fetch --optional
	@$(BIN)/vledger publish
	@PORT=$(PORT) $(BIN)/vledger dashboard

# Those with a browser by themselves: a page that waits for a core looks like one that hangs.
test: $(VENV)/.dev ## Install what tests need, a browser included, and run all tests (ARGS="tests/engine -k ..." for some).
	@bash tests/install_chromium.sh $(BIN)/python
	@bash tests/install_office.sh
	@bash tests/install_nginx.sh
ifdef ARGS
	$(BIN)/python -m pytest $(ARGS)
else
	@failed=0; \
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --ignore tests/browser || failed=1; \
	$(BIN)/python -m pytest tests/browser || failed=1; \
	exit $$failed
endif

check: $(VENV)/.dev ## Format, lint, types, import contracts, pins, licences, known holes.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/audit.py

bench: $(VENV)/.dev ## Measure and write benchmarks/results/latest.json.
	@bash tests/install_chromium.sh $(BIN)/python
	$(BIN)/python benchmarks/run.py

precompute: $(VENV)/.dev ## Compute precomputed/results anew and renew precomputed/MANIFEST.json.
	$(BIN)/vledger fetch
	@for spec in baselines geneb-exact fair-v1 cnn single-cell; do $(BIN)/vledger run precomputed/$$spec.toml --results precomputed/results --no-publish || exit 1; done
	$(BIN)/vledger manifest
	$(BIN)/vledger publish

format: $(VENV)/.dev ## Format and mend what can be mended.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## Remove the environment and what tools leave behind.
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); $(VENV_PACKAGE) && $(PYTHON) -m venv $(VENV); } || \
	  { rm -rf $(VENV); echo "This Python cannot make environments; on Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.dashboard: $(BIN)/python pyproject.toml constraints.txt
	@echo "installing the dashboard ..."
	@$(PIP) --editable '.[dashboard,export,singlecell]'
	@touch $@

$(VENV)/.dev: $(VENV)/.dashboard
	@echo "installing what tests and checks need ..."
	@$(PIP) --editable '.[dashboard,auth,export,models,cluster,singlecell,dev]'
	@touch $@
