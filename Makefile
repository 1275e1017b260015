# `make demo` runs it, `make test` tests it; `make help` lists the rest. Only Python 3.11 and make are needed.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
VENV ?= .venv
PORT ?= 8000
CI_CORES ?= 2
PYTEST_ARGS ?=
TEST_DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/postgres
TEST_REDIS_URL ?= redis://127.0.0.1:6379/15

RUN = $(VENV)/bin/python
TEST = $(RUN) -m pytest -q -n $(CI_CORES) --dist worksteal $(PYTEST_ARGS)
export PYTHONDONTWRITEBYTECODE =  # a process that keeps nothing compiles every module and every test again
# Pages' words, what packages bring with them and the demo city say nothing of the database: asked on SQLite alone.
PAGES_ONLY = tests/access/test_seen.py tests/access/test_hostile.py tests/access/test_packages.py \
             tests/marketplace/test_languages.py tests/marketplace/test_seed_demo.py
PLAIN = not postgresql and not services and not browser and not prove
NOT_ON_POSTGRES = $(addprefix --ignore=,$(PAGES_ONLY))
APPS = activities catalog cms concerns core dashboards funding marketplace notifications orders organisations people \
       privacy safeguarding users volunteering

.PHONY: help demo demo-reset install install-dev messages test test-slow test-postgres test-browser prove test-all check coverage \
        bench-surge bench-payouts bench-settlement bench-approving bench-reports bench-start reference lock

help:  ## Show this list.
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /  /'

demo: install  ## Run the demo city on http://127.0.0.1:8000 (PORT=); Ctrl-C stops it.
	@exec $(RUN) bin/demo.py --port $(PORT)

demo-reset:  ## Remove the demo city's data.
	@exec $(PYTHON) bin/demo.py --reset

install:
	@$(PYTHON) bin/install.py requirements.lock $(VENV)

install-dev:  ## Install what tests and checks need as well.
	@$(PYTHON) bin/install.py requirements-dev.lock $(VENV)

messages: install-dev
	@$(RUN) bin/messages.py

test: messages  ## Every rule and page of each app, on SQLite; no service, no browser.
	$(TEST) -m "not slow and $(PLAIN)" --ignore=tests/architecture

test-slow: messages  ## The same for what walks through the whole site, races, or takes more than a second.
	$(TEST) -m "slow and $(PLAIN)" --ignore=tests/architecture

test-postgres: messages  ## The same tests but those that ask no database anything, and the PostgreSQL-only ones, with Redis and real workers.
	DATABASE_URL=$(TEST_DATABASE_URL) TEST_REDIS_URL=$(TEST_REDIS_URL) $(TEST) -m "not browser and not prove" --ignore=tests/architecture --ignore=tests/bin $(NOT_ON_POSTGRES)

test-browser: messages  ## Journeys and accessibility in Chromium; ALL=1 walks to every page in both guises.
	$(TEST) -m "browser$(if $(ALL),, and not prove)"

prove: messages  ## The full counts, on both databases; PROVE_SHARE=10 runs a tenth.
	$(TEST) -m "prove and not postgresql and not services and not browser"
	DATABASE_URL=$(TEST_DATABASE_URL) TEST_REDIS_URL=$(TEST_REDIS_URL) $(TEST) -m "prove and not browser" $(NOT_ON_POSTGRES)

test-all: test test-slow test-postgres test-browser  ## Everything but prove.

check: messages  ## Format, lint, types, migrations, architecture.
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy $(APPS) bin
	$(RUN) manage.py makemigrations --check --dry-run
	$(RUN) -m pytest -q tests/architecture $(PYTEST_ARGS)

coverage:  ## Combine what the test targets measured: 95 % in all, 100 % where rights, states and money are decided.
	$(RUN) -m coverage combine -q --keep .coverage.*
	$(RUN) -m coverage report --fail-under=100 --include='*/policies.py,*/lifecycle.py,*/lifecycle/*,funding/ledger.py'
	$(RUN) -m coverage report --fail-under=95

bench-surge: messages  ## A registration surge beside its floors, on PostgreSQL (PEOPLE, PLACES, AT_ONCE, ROUNDS).
	TEST_DATABASE_URL=$(TEST_DATABASE_URL) TEST_REDIS_URL=$(TEST_REDIS_URL) $(RUN) bench/surge.py

bench-payouts: messages  ## Transfers prepared one by one and as a batch, on PostgreSQL (SETTLEMENTS, ALONE).
	TEST_DATABASE_URL=$(TEST_DATABASE_URL) $(RUN) bench/payouts.py

bench-settlement: messages  ## Settling all that waits beside one by one and bare chunks, on PostgreSQL (MIDDLE, LARGE).
	TEST_DATABASE_URL=$(TEST_DATABASE_URL) $(RUN) bench/settlement.py

bench-approving: messages  ## Approving orders one by one beside the floor's POST, on PostgreSQL (ORDERS).
	TEST_DATABASE_URL=$(TEST_DATABASE_URL) $(RUN) bench/approving.py

bench-reports: messages  ## Dashboards and reports at 100,000 and 1,000,000 sign-ups, on PostgreSQL (FEW, MANY, ROUNDS).
	TEST_DATABASE_URL=$(TEST_DATABASE_URL) $(RUN) bench/reports.py

bench-start: messages  ## Start and migrations beside a bare project.
	$(RUN) bench/start.py

reference: install  ## Write docs/reference from the code.
	@$(RUN) bin/messages.py
	$(RUN) manage.py write_reference

lock:  ## Maintainers, with uv: resolve the dependencies anew.
	uv pip compile pyproject.toml --python 3.11 --generate-hashes --no-annotate --no-header --universal -o requirements.lock
	uv pip compile pyproject.toml --group dev --python 3.11 --generate-hashes --no-annotate --no-header --universal -o requirements-dev.lock
