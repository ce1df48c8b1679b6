# Every target works on a fresh clone: what it needs, it makes first. Needs a POSIX shell, GNU make 3.81, Python 3.11.

python := .venv/bin/python
# Two workers with one thread each fill two cores; torch would otherwise start a thread a core in each of them.
# Offline, so that a test which needs the network fails here as it would fail for a reader on a train.
test_workers ?= 2
kills ?= 200
pytest := OMP_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false HF_HUB_OFFLINE=1 $(python) -m pytest -n $(test_workers)

.PHONY: help setup demo test test-slow test-bnb test-faults check format bench clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

setup:  ## make .venv with everything lensmith needs; again only when that has changed
	@sh tools/setup.sh

demo: setup  ## the whole story on a small model, on a CPU; the result is in demo/
	.venv/bin/lensmith demo --out demo/

test: setup  ## every test that takes seconds
	$(pytest) -m 'not slow'

test-slow: setup  ## the tests that take minutes
	$(pytest) -m slow --timeout 1800

test-bnb: setup  ## the tests of 4 and 8 bits; adds bitsandbytes to .venv, which processes are slower to start with
	$(python) -m pip install -q -c constraints.txt -e '.[bnb]'
	$(pytest) $$(grep -rl --include='*.py' bitsandbytes tests)

test-faults: setup  ## kill, starve and damage runs on purpose; kills=10 for fewer than 200 of them
	LENSMITH_KILLS=$(kills) $(pytest) -n 0 -m slow tests/journey/test_faults.py

check: setup  ## lint, format and types
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy

format: setup  ## rewrite the code the way `make check` wants it
	$(python) -m ruff check --fix .
	$(python) -m ruff format .

bench: setup  ## measure what is promised to be fast
	@set -e; for file in bench/*.py; do echo "== $$file"; $(python) "$$file"; done

clean:  ## delete what the other targets made, except .venv; never runs/
	rm -rf demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
