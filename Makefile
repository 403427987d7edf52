# Everything from a fresh machine with Python 3.10 or newer: make demo, make test.
# With Ray's tests, which need 240 MB more: make test EXTRAS=test,ray. With kills, as CI runs them: TESTS='-m ""'
PYTHON ?= python3
EXTRAS ?= test
TESTS ?=
VENV := .venv
COMPAT ?= .compat
MATRIX ?= .matrix
TORCH ?= torch
WAYS ?= .ways
RUN := $(VENV)/bin/
PACKAGE := $(VENV)/installed
INSTALLED := $(VENV)/installed-$(EXTRAS)

.PHONY: demo test lint compat matrix lowest ways test-torch torture fuzz pictures tables clean

demo: $(PACKAGE)
	$(RUN)python scripts/demo.py

test: $(INSTALLED)
	$(RUN)pytest --numprocesses auto --dist loadfile $(TESTS)

lint: $(INSTALLED)
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)mypy --strict tests/typed_script.py
	$(RUN)mypy --check-untyped-defs --ignore-missing-imports scripts/moving_mnist_generator scripts/speed

# The published files, loaded by old and new versions of datasets, each in an environment of its own.
compat: $(INSTALLED)
	$(RUN)python tests/programs/compat.py --envs $(COMPAT) $(IF_CHANGED)

# The core of the tests on each Python that is here, with the newest versions of all packages.
matrix:
	$(PYTHON) tests/programs/matrix.py --envs $(MATRIX)

# All tests, Ray's included, with the lowest versions that pyproject.toml allows.
lowest:
	$(PYTHON) tests/programs/matrix.py --envs $(MATRIX) 3.10-lowest

# The ways into other tools that the README shows, each in an environment of its own: some 10 GB together.
# For some of them, or other versions: make ways WAY="jax torch=torch==2.9.0"
ways: $(INSTALLED)
	$(RUN)python tests/programs/ways.py --envs $(WAYS) $(WAY)

# What is promised about torch's DataLoader, and the README's blocks that need torch.
test-torch: $(INSTALLED)
	$(RUN)python tests/programs/ways.py --envs $(WAYS) "torch=$(TORCH)"

# 1,000 kills of every command that writes, and what became of the files; half an hour. `KILLS=50` is a short one.
KILLS ?= 1000
torture: $(INSTALLED)
	$(RUN)python tests/programs/torture.py --kills $(KILLS) --json $(if $(filter 1000,$(KILLS)),data/results/torture.json,/dev/null)

# 100,000 damaged inputs over all readers, in some minutes. `INPUTS=5000` is a short one.
INPUTS ?= 100000
fuzz: $(INSTALLED)
	$(RUN)python tests/programs/fuzz.py --number $(INPUTS) --json $(if $(filter 100000,$(INPUTS)),data/results/fuzz.json,/dev/null)

pictures: $(INSTALLED)
	$(RUN)python scripts/pictures.py

# The tables of the README, and the attributes of looks, that come from code and data; `make test` checks that they are fresh.
tables: $(INSTALLED)
	$(RUN)cog -r -I scripts README.md scripts/moving_mnist_generator/core/look_fields.py

# The package alone, which is all that `make demo` needs.
$(PACKAGE): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "error: Python 3.10 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(RUN)pip install --quiet --disable-pip-version-check -e .
	touch $@

# The extras beside it.
$(INSTALLED): $(PACKAGE)
	$(RUN)pip install --quiet --disable-pip-version-check -e ".[$(EXTRAS)]"
	touch $@

clean:
	rm -rf $(VENV) .compat .matrix .ways
