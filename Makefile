# Everything a user or developer runs. Needs Python 3.11 or newer and make; all else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin
BESIDE = rm -rf $@ && $(BIN)/pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes
export SCRUBBER_DATA_DIR ?= $(CURDIR)/var
# Where this is set, each process would compile the whole program anew, and the tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE
# One more than processors: many tests wait for the services that they start.
TEST_PROCESSES = $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.PHONY: help serve up test check bench bench-large pyoce fuzz soak demo docs sbom audit lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' Makefile

serve: .venv/run ## Start the service on 127.0.0.1:8000, batches included
	@$(BIN)/scrubber serve --embedded

up: ## Start the service in containers (Docker with compose), secrets and first API key included
	@docker/up.sh

demo: .venv/run ## Scrub the sample claims and write their denial-risk report to ./demo-report.html
	@$(BIN)/scrubber check docs/guide/samples/*.json || test $$? -eq 1
	@$(BIN)/scrubber report docs/guide/samples/*.json --html demo-report.html

test: .venv/dev ## Run the whole test suite
	$(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --maxprocesses 8 --dist loadfile

check: .venv/dev ## Lint, types, layers, generated docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.generate --check
	@$(MAKE) --no-print-directory sbom

bench: .venv/dev var/peers ## Measure: engine, start, snapshot, API, X12 readers beside public ones
	$(BIN)/python -m tests.benchmarks

bench-large: .venv/dev ## Measure the X12 readers on files of a million claims
	$(BIN)/python -m tests.benchmarks x12 --claims 1000000

pyoce: .venv/dev ## Hold the code pairs against PyOCE, claim by claim; needs a Python 3.12 or newer beside
	$(BIN)/python -m tests.oracles.pyoce

fuzz: .venv/run var/atheris ## Look for bytes that break a reader of files, for FUZZ_SECONDS (600)
	PYTHONPATH=var/atheris $(BIN)/python -m tests.fuzz

soak: .venv/dev ## Thousands of generated requests, then mixed load for SOAK_MINUTES (1): nothing lost, memory flat
	GENERATED_CASES=60 $(BIN)/python -m pytest -s tests/integration/test_api_generated.py
	$(BIN)/python -m tests.soak --minutes $(or $(SOAK_MINUTES),1)

docs: .venv/dev ## Write the generated docs: edit pages, settings
	$(BIN)/python -m docs.generate

sbom: var/audit ## Write the bill of materials of what runs, CycloneDX, to var/sbom.json
	@$</bin/cyclonedx-py requirements --output-reproducible --output-file var/sbom.json requirements/run.lock 2>/dev/null
	@echo "var/sbom.json"

audit: var/audit ## Ask the public database of advisories about what runs; needs the network
	@$</bin/pip-audit --require-hashes --disable-pip --requirement requirements/run.lock

lock: .venv/dev ## Choose versions anew and write both lock files
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade \
		--extra build --quiet pyproject.toml --output-file requirements/run.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade \
		--all-extras --quiet --constraint requirements/run.lock pyproject.toml --output-file requirements/dev.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade \
		--quiet requirements/audit.in --output-file requirements/audit.lock

clean: ## Remove the environment and everything built
	rm -rf .venv var

.venv/python: Makefile
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	@touch $@

# Tools of one target, beside the environment of the project and not in it.
var/peers: tests/benchmarks/peers.txt .venv/python
	@$(BESIDE) --target $@ -r $< && touch $@ || echo "The public X12 readers can't be installed; measuring without them"

var/atheris: tests/fuzz/atheris.txt .venv/python
	@$(BESIDE) --target $@ -r $< && touch $@ || { echo "make fuzz needs atheris: CPython 3.11 to 3.14 on Linux x86-64, and PyPI"; exit 1; }

var/audit: requirements/audit.lock .venv/python
	@rm -rf $@ && $(PYTHON) -m venv $@ && $@/bin/pip install --quiet --disable-pip-version-check \
		--only-binary :all: --require-hashes -r $< && touch $@

.venv/run: .venv/python requirements/run.lock pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r requirements/run.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/python requirements/dev.lock pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r requirements/dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch .venv/run $@
