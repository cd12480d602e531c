# Everything a person types. `make` alone lists it.

PYTHON ?= python3
# Without bytecode every start of every service compiles hundreds of modules again.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv/bin
WARDWATCH := $(VENV)/python -m cli
PORT ?= 8470
SITE ?= h1
PROTO := proto/wardwatch/v1/events.proto

.DEFAULT_GOAL := help
.PHONY: help demo demo-federation up down test test-fast test-attack check docs screenshots bench fmt lock proto runtime dev models

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

demo: runtime ## start everything with simulated cameras and show an alert (ONCE=1: end after it)
	@$(WARDWATCH) demo --site $(SITE) --port $(PORT) $(if $(ONCE),--once)

demo-federation: runtime ## start a publisher and three hospitals, and share, stop and erase an entry
	@$(WARDWATCH) models fetch --pictures
	@$(WARDWATCH) federation demo

up: runtime ## start everything on this machine, without demonstration data (LISTEN=lan: phones reach it, by TLS)
	@$(WARDWATCH) up --site $(SITE) --port $(PORT) $(if $(LISTEN),--listen $(LISTEN))

down: runtime ## stop what `make up` or `make demo` started
	@$(WARDWATCH) down

test: dev models ## run every test (RERUN=1: what failed once more, alone)
	@$(VENV)/python -m tools.suite $(if $(RERUN),--rerun) --workers 5

test-fast: dev ## run what needs no server, model or browser, in less than a minute
	@$(VENV)/python -m tools.suite --workers 2 -m "not live" tests/unit

test-attack: dev models ## attacks that need minutes or gigabytes: full disks, floods, hostile clients
	@$(VENV)/python -m tools.suite -o timeout=900 tests/attack
	@$(VENV)/python -m tools.suite --workers 2 -o timeout=900 --hypothesis-profile long -m "not live" tests/unit
	@$(VENV)/python -m tools.suite -m long

check: dev ## format, lint, types, import contracts, generated code, pages, documentation
	@$(VENV)/python -m tools.check

docs: dev ## make the documentation a site in build/docs, and check every link
	@$(VENV)/python -m tools.docs

screenshots: dev models ## photograph every page of the product for docs/images, of a demonstration
	@$(VENV)/python -m tools.screenshots

bench: dev models ## measure what docs/figures.md claims
	@for run in embedder detector "index --rows 2100 20000" restart pipeline growth; do echo "== benchmarks.$$run"; $(VENV)/python -m benchmarks.$$run || exit 1; done

fmt: dev ## format the code
	@$(VENV)/ruff format . && $(VENV)/ruff check --fix .

lock: ## write the locked requirements anew from pyproject.toml
	@$(PYTHON) tools/lock.py

proto: dev ## generate what is made of the contract and of the HTTP interface
	@$(VENV)/python -m tools.generate

runtime:
	@$(PYTHON) tools/bootstrap.py runtime

dev:
	@$(PYTHON) tools/bootstrap.py dev

models:
	@$(WARDWATCH) models fetch --pictures
