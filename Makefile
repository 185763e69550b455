# make demo    install into .venv, then hold a conversation in this terminal
# make demo-spoken    the same conversation in sound: runs/demo.wav, and pictures of it beside it
# make test    install with the development tools, then every check and every test
# make check   only the checks: lint, format, import layers, types
# make train   train the interaction model anew (an hour and a half to two hours on 2 cores)
#

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt

.PHONY: demo demo-spoken test check train clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed
	@$(BIN)/weft demo

demo-spoken: $(VENV)/.installed-spoken
	@mkdir -p runs
	@$(BIN)/weft demo --spoken --out runs/demo.wav

test: check
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

train: $(VENV)/.installed-train
	$(BIN)/weft train

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# The machine's own python3 if it is new enough, else the newest that is there and can make an
# environment. Pinned wheels exist for 3.11 to 3.14; newer ones are not tried.
$(BIN)/python:
	@for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	    if $$python -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' \
	        2>/dev/null; then chosen=$$python; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then \
	    echo "weft needs Python 3.11 to 3.14 with venv; found: $$(python3 -V 2>&1)." >&2; \
	    echo "On Debian or Ubuntu: apt install python3 python3-venv" >&2; exit 1; \
	fi; \
	echo "making $(VENV) with $$($$chosen -V)"; \
	$$chosen -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing weft (the first time this downloads PyTorch)"
	@$(INSTALL) -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing weft with its development tools (the first time this downloads PyTorch)"
	@$(INSTALL) -e '.[dev]'
	@touch $@ $(VENV)/.installed $(VENV)/.installed-spoken $(VENV)/.installed-train

$(VENV)/.installed-spoken: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing weft with what sound and its picture need (the first time this downloads PyTorch)"
	@$(INSTALL) -e '.[sound,picture]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-train: pyproject.toml constraints.txt | $(BIN)/python
	@$(INSTALL) -e '.[train]'
	@touch $@ $(VENV)/.installed $(VENV)/.installed-spoken
