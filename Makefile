# Everything from a fresh machine with Python 3.10 or newer: make demo, make test.
PYTHON ?= python3
VENV := .venv
COMPAT ?= .compat
TORCH ?= torch
WAYS ?= .ways
RUN := $(VENV)/bin/

.PHONY: demo test lint compat ways test-torch torture pictures tables clean

demo: $(VENV)/installed
	$(RUN)python scripts/demo.py

test: $(VENV)/installed
	$(RUN)pytest --numprocesses auto --dist loadfile

lint: $(VENV)/installed
	$(RUN)ruff check .
	$(RUN)ruff format --check .

# The published files, loaded by old and new versions of datasets, each in an environment of its own.
compat: $(VENV)/installed
	$(RUN)python tests/compat.py --envs $(COMPAT) $(IF_CHANGED)

# The ways into other tools that the README shows, each in an environment of its own: some 10 GB together.
# For some of them, or other versions: make ways WAY="jax torch=torch==2.9.0"
ways: $(VENV)/installed
	$(RUN)python tests/ways.py --envs $(WAYS) $(WAY)

# What is promised about torch's DataLoader, and the README's blocks that need torch.
test-torch: $(VENV)/installed
	$(RUN)python tests/ways.py --envs $(WAYS) "torch=$(TORCH)"

# 1,000 kills of every command that writes, and what became of the files; half an hour. `KILLS=50` is a short one.
KILLS ?= 1000
torture: $(VENV)/installed
	$(RUN)python tests/torture.py --kills $(KILLS) --json $(if $(filter 1000,$(KILLS)),scripts/torture.json,/dev/null)

pictures: $(VENV)/installed
	$(RUN)python scripts/pictures.py

# The tables of the README that come from code and data; `make test` checks that they are fresh.
tables: $(VENV)/installed
	$(RUN)cog -r -I scripts README.md

$(VENV)/installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "error: Python 3.10 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(RUN)pip install --quiet --disable-pip-version-check -e ".[test]"
	touch $@

clean:
	rm -rf $(VENV) .compat .ways
