# Everything a developer says to this house. `make help` lists it.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/installed.lock
TOOLS := $(VENV)/tools
FUZZ := $(VENV)/fuzz
PIP := $(RUN) -m pip install --quiet --disable-pip-version-check

LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --no-strip-extras
PURE := tests/guidelines tests/voting/counting \
  $(patsubst %,tests/voting/test_%.py,commitment delegation envelope outcome quorum) \
  $(patsubst %,tests/responses/test_%.py,calendar clock_laws escalation policy sla_rules) \
  $(patsubst %,tests/strategy/test_%.py,index measure progress)
MEMBER ?= ann
AUDIENCE ?= employee
API = $(or $(FOLKMOOT_API),http://127.0.0.1:$(or $(PORT),8000))

.DEFAULT_GOAL := help
.PHONY: help setup run test coverage test-live chaos hostile check check-deploy bench token demo import redrive schema asyncapi node lock

help:  ## what can be said here
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## make .venv and install what the lock names (run, test and the others do it by themselves)

# The stamp is the lock that was installed: pulling or switching branches installs again only when the lock differs.
$(READY): requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	  echo "Folkmoot needs Python 3.11, 3.12 or 3.13; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 | tail -n 1)."; \
	  echo "Install one of these, then name it: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@test -x $(VENV)/bin/pip || $(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
	  echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@cmp -s requirements-dev.lock $@ || { echo "Installing the libraries (once; about a minute)"; \
	  $(PIP) --require-hashes --requirement requirements-dev.lock; }
	@test -x $(VENV)/bin/folkmoot || $(PIP) --no-deps --no-build-isolation --editable .
	@cp requirements-dev.lock $@

run: setup  ## start the whole system; PORT=8000 is GraphQL's, DATA=.data is the folder that is kept
	@exec $(RUN) -m deploy.local

test: setup  ## every test, on the embedded MongoDB and broker; ARGS go to pytest
	@exec $(RUN) -m pytest $(ARGS)

coverage: setup  ## that every branch of the pure rules is taken by their own tests
	@exec $(RUN) -m pytest $(PURE) $(ARGS) --cov

# KAFKA_AWAY_SECONDS=15 shortens the minute for which Kafka is dead; only CI has less time.
test-live: setup  ## the journeys on Apache Kafka and MongoDB: given ones, in containers, or by Java and Maven
	@exec $(RUN) -m pytest --live tests/journeys tests/live $(ARGS)

chaos: setup  ## accidents by chance on Apache Kafka, and whether every promise was kept; ARGS="--runs 3 --seconds 20 --seed 1"
	@exec $(RUN) -m tests.live.chaos $(ARGS)

hostile: setup $(FUZZ)/installed.lock  ## malformed input at every door of a running system; ARGS="--inputs 10000 --seconds 600 --seed 1"
	@exec $(RUN) -m tests.hostile $(ARGS)

check: setup  ## style, types and import rules
	@echo "ruff check" && $(VENV)/bin/ruff check
	@echo "ruff format" && $(VENV)/bin/ruff format --check
	@echo "mypy --strict" && $(VENV)/bin/mypy
	@echo "import rules" && $(VENV)/bin/lint-imports

check-deploy: setup $(TOOLS)/installed.lock  ## Dockerfile, compose.yaml and deploy/k8s, by the tools that know them
	@exec $(RUN) -m pytest -m deploying $(ARGS)

$(TOOLS)/installed.lock: requirements-deploy.lock
$(FUZZ)/installed.lock: requirements-hostile.lock
$(TOOLS)/installed.lock $(FUZZ)/installed.lock:
	@test -x $(@D)/bin/pip || $(RUN) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@cp $< $@

bench: setup  ## the measurements of docs/performance.md
	@$(RUN) -m pytest -m timing
	@exec $(RUN) -m bench $(ARGS)

token: setup  ## a token of the running system: MEMBER=ann ROLES=organizer,strategist AUDIENCE=employee
	@exec $(RUN) -m cli token --api "$(API)" --member "$(MEMBER)" --roles "$(ROLES)" --audience "$(AUDIENCE)"

demo: setup  ## play one story over all four streets on the running system (over a minute), and read it back
	@exec $(RUN) -m cli demo --api "$(API)"

import: setup  ## a published Polis consultation into the running system: DIR=folder
	@exec $(RUN) -m cli import polis "$(DIR)" --api "$(API)"

redrive: setup  ## put set-aside messages back: TOPIC=voting.ballots GROUP=ideas
	@KAFKA_URL=$${KAFKA_URL:-127.0.0.1:$$(($${PORT:-8000} + 6))} exec $(RUN) -m deploy.redrive "$(TOPIC)" "$(GROUP)"

schema: setup  ## print the GraphQL schema into gateway/schema.graphql
	@$(RUN) -m gateway.schema > gateway/schema.graphql.new && mv gateway/schema.graphql.new gateway/schema.graphql

asyncapi: setup  ## print AsyncAPI, the JSON Schema of every event and the table of topics into docs/
	@$(RUN) -m contracts.asyncapi docs
	@$(RUN) -m tests.contracts.integrators

node: .node/installed.json  ## install what the tests with Node.js need; where that is missing they are skipped

.node/installed.json: tests/node/package.json tests/node/package-lock.json
	@mkdir -p .node && cp $^ .node/ && cd .node && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@cp tests/node/package-lock.json $@

lock:  ## choose newer libraries: writes all locks (needs uv)
	@uv pip compile $(LOCK) pyproject.toml --output-file requirements.lock
	@uv pip compile $(LOCK) pyproject.toml --extra dev --constraint requirements.lock --output-file requirements-dev.lock
	@uv pip compile $(LOCK) --group deploy --output-file requirements-deploy.lock
	@uv pip compile $(LOCK) --group hostile --output-file requirements-hostile.lock
