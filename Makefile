# Every target does its own set-up: nothing to install by hand, no environment to activate. Re-runs cost nothing.
BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
# Files of tests are shared out among one process more than there are processors, since some wait for the clock or for a
# browser; each has servers and stores of its own.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
SHARED := $(BIN)/pytest --numprocesses=$(WORKERS) --maxprocesses=4 --dist=loadfile
PEER := tests/benchmarks/peers/django_oauth_toolkit

# No locale of the machine is assumed, and uv resolves with the Python that is here instead of fetching one. Some machines
# forbid Python to keep what it has compiled: each of the thousand programs that tests start would compile all of it again.
export PYTHONUTF8 := 1
export PYTHONDONTWRITEBYTECODE :=
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help demo test long bench profile scale costs pictures check format lock sbom audit clean set-up-dev test-packages bench-packages

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: ## start the whole city on this machine; no root needed
	@tools/set-up
	@$(BIN)/idp demo

test: test-packages check ## everything that must hold: the checks, then the whole suite
	$(BIN)/python tools/audit.py --when-reachable requirements.lock
	$(SHARED) -m "not long and not alone"
	$(BIN)/pytest -m "not long and alone"

long: test-packages set-up-dev ## what takes longer: kill -9 under load, lost caches, and every other test marked long
	CI=true $(SHARED) --dist=worksteal -m "long and not alone"
	CI=true $(BIN)/pytest -m "long and alone"

bench: test-packages bench-packages set-up-dev ## ours beside its peers: rates, times, CPU; short: BENCH=quick, in part: BENCH_ONLY=code,jwks
	@$(BIN)/python -m tests.benchmarks

profile: test-packages bench-packages set-up-dev ## on what each operation's CPU is spent, by Linux's perf; in part: BENCH_ONLY=one-core,refresh
	@$(BIN)/python -m tests.benchmarks.profiles

scale: test-packages set-up-dev ## what an operation costs in cities of a thousand to a million; ten: SCALE=10000000 make scale
	@$(BIN)/python -m tests.benchmarks.scale

costs: test-packages set-up-dev ## record what the hot operations cost; a rise needs REASON="why"
	@$(BIN)/python -m tests.benchmarks.record_costs

pictures: test-packages set-up-dev ## every page in four looks, into .cache/pictures; the six of the docs: PICTURES=--docs
	@tools/take-pictures $(PICTURES)

check: set-up-dev ## format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: set-up-dev ## lay out the code, mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: set-up-dev ## resolve pyproject.toml into the locks and the SBOM; newest versions: make lock UPGRADE=--upgrade
	$(COMPILE) $(UPGRADE) pyproject.toml -o requirements.lock
	$(COMPILE) $(UPGRADE) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(COMPILE) $(UPGRADE) $(PEER)/requirements.in -o $(PEER)/requirements.lock
	$(BIN)/python tools/sbom.py

sbom: set-up-dev ## write sbom.cdx.json, the list of everything the product runs on
	$(BIN)/python tools/sbom.py

audit: set-up-dev ## ask for known vulnerabilities in every locked package; needs the network
	$(BIN)/python tools/audit.py requirements.lock requirements-dev.lock

clean: ## remove what these targets made here, the data of the demo included
	rm -rf .venv .cache .run .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

set-up-dev:
	@tools/set-up --dev

test-packages:
	@tools/install-test-packages

bench-packages:
	@tools/install-bench-packages
