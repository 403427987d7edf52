# Everything from a fresh machine with Python 3.10 or newer: make demo, make test.
PYTHON ?= python3
VENV := .venv
COMPAT ?= .compat
RUN := $(VENV)/bin/

.PHONY: demo test lint compat pictures clean

demo: $(VENV)/installed
	$(RUN)python scripts/demo.py

test: $(VENV)/installed
	$(RUN)pytest

lint: $(VENV)/installed
	$(RUN)ruff check .
	$(RUN)ruff format --check .

# The published files, loaded by old and new versions of datasets, each in an environment of its own.
compat: $(VENV)/installed
	$(RUN)python tests/compat.py --envs $(COMPAT) $(IF_CHANGED)

pictures: $(VENV)/installed
	$(RUN)python scripts/pictures.py

$(VENV)/installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "error: Python 3.10 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(RUN)pip install --quiet --disable-pip-version-check -e ".[test]"
	touch $@

clean:
	rm -rf $(VENV) .compat
