# SmartCart's door. `make run` starts the shop, `make test` tests it; each prepares what it still lacks.

HOST ?= 127.0.0.1
PORT ?= 8000
# For pytest: make test ARGS="tests/rules -x -n 0"; for the bench: make bench ARGS=poll measures one part
ARGS ?=
# Three for two cores go on at a time, each with a browser and a PostgreSQL of its own: a third of a test's time it waits
# for what it has started, and so the whole takes a quarter less than with one a core.
SIDE_BY_SIDE := --numprocesses $(shell echo $$(( ($$(getconf _NPROCESSORS_ONLN) * 3 + 1) / 2 ))) --maxprocesses 6 --dist loadscope --no-loadscope-reorder
# For make quick: what is decided, sold and on record, on SQLite alone; no browser, and nothing that starts a process.
QUICK := tests/rules tests/money tests/shop tests/payments/core tests/payments/refunds
# For uv: make lock UPGRADE=--upgrade takes newer versions of everything
UPGRADE ?=

# A file under .venv says what is in it: gone with it, and older than its lock when there is something to do.
SHOP := .venv/bin/smartcart
PACKAGES := .venv/packages-installed
TEST_PACKAGES := .venv/test-packages-installed
WHEELS := .venv/wheels-fetched
COMPILED := .venv/shop-compiled
HTMX := static/vendor/htmx.min.js
# What browsers load, and what it is made of: the folders too, whose time changes when a file is gone.
BUILT := static/built
STATIC := $(shell find static/* -path $(BUILT) -prune -o -print)
YARDSTICKS := bench/express/node_modules
MERMAID := tools/mermaid/node_modules
SITE_PACKAGES := .venv/site-packages-installed
# uv pip compile keeps the versions of the lock it finds, and writes no index address into it.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE)

# An environment that is half made, has lost its Python or was moved here from another folder is made anew.
$(shell { test -x .venv/bin/python && grep -qF '$(CURDIR)/.venv/' .venv/bin/pip; } 2>/dev/null || rm -rf .venv)

# A target whose recipe broke off is not there: the next run makes it anew.
.DELETE_ON_ERROR:
.PHONY: run test quick bench setup check format documents docs screenshots dist lock clean

run: setup
	@$(SHOP) migrate && $(SHOP) demo && exec $(SHOP) serve --host '$(HOST)' --port '$(PORT)'

test: setup $(TEST_PACKAGES) $(WHEELS) $(MERMAID) $(SITE_PACKAGES)
	@tools/find-curl >/dev/null && \
	SMARTCART_TEST_CHROMIUM=$$(tools/find-chromium) && export SMARTCART_TEST_CHROMIUM && \
	SMARTCART_TEST_PGBOUNCER=$$(tools/find-pgbouncer) && export SMARTCART_TEST_PGBOUNCER && \
	SMARTCART_TEST_CADDY=$$(tools/find-caddy) && export SMARTCART_TEST_CADDY && exec .venv/bin/pytest $(SIDE_BY_SIDE) $(ARGS)

# Under a minute on two cores, for while one works.
quick: setup $(TEST_PACKAGES)
	@exec .venv/bin/pytest $(SIDE_BY_SIDE) -k 'not postgresql' $(QUICK) $(ARGS)

# Writes docs/bench.md; an hour on an idle machine with ARGS="--rounds 3", longer with the usual seven. A part alone takes
# half a minute to ten: make bench ARGS=poll
bench: setup $(TEST_PACKAGES) $(YARDSTICKS)
	@exec .venv/bin/python -m bench $(ARGS)

setup: $(SHOP) $(COMPILED) $(BUILT)

check: $(SHOP) $(TEST_PACKAGES)
	@tools/check

format: $(TEST_PACKAGES)
	@.venv/bin/ruff check --fix-only --quiet
	@.venv/bin/ruff format --quiet
	@.venv/bin/djlint --reformat --quiet templates

# Tables in documents that are made from the code; a test compares them with it.
documents: setup
	@.venv/bin/python -m tools.documents

# The documents as a site, into dist/docs: to be read and searched from the folder, without a server.
docs: documents $(MERMAID) $(SITE_PACKAGES)
	@.venv/bin/python -m tools.documents.site && echo "dist/docs/index.html"

# The pictures of the documents, from a shop that runs: half a minute.
screenshots: setup $(TEST_PACKAGES)
	@SMARTCART_TEST_CHROMIUM=$$(tools/find-chromium) && export SMARTCART_TEST_CHROMIUM && \
	exec .venv/bin/python -m tools.documents.screenshots

# The wheel and the source distribution, into dist/.
dist: setup
	@.venv/bin/hatchling build --directory dist

lock:
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
	$(COMPILE) pyproject.toml --group build -o requirements.lock
	$(COMPILE) pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock
	$(COMPILE) --group node -o requirements-node.lock
	$(COMPILE) --group site -c requirements-dev.lock -o requirements-site.lock
	npm install --package-lock-only --ignore-scripts --no-audit --no-fund
	cd bench/express && npm install --package-lock-only --ignore-scripts --no-audit --no-fund
	cd tools/mermaid && npm install --package-lock-only --ignore-scripts --no-audit --no-fund

# The shop's data under instance/ stays.
clean:
	rm -rf .venv node_modules $(YARDSTICKS) $(MERMAID) static/vendor $(BUILT) dist test-results .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@python=$$(tools/find-python) && echo "Making a virtual environment with $$("$$python" --version) …" && "$$python" -m venv .venv

$(PACKAGES): requirements.lock .venv/bin/python
	@echo "Installing Python packages (about 30 s) …"
	@tools/install-locked $<
	@touch $@

$(TEST_PACKAGES): requirements-dev.lock $(PACKAGES)
	@echo "Installing test packages (about 30 s) …"
	@tools/install-locked $<
	@touch $@

# Beside the shop's own, whose versions its lock has too.
$(SITE_PACKAGES): requirements-site.lock $(TEST_PACKAGES)
	@echo "Installing Zensical (about 10 s) …"
	@tools/install-locked $<
	@touch $@

# So that the tests can install the shop's own wheel from files; a new lock begins with none.
$(WHEELS): requirements.lock $(PACKAGES)
	@echo "Fetching Python packages as files (about 20 s) …"
	@rm -rf .venv/wheels && tools/fetch-wheels $<
	@touch $@

# From the clone itself, so that it finds templates/ and static/ beside the package.
$(SHOP): pyproject.toml $(PACKAGES)
	@.venv/bin/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# For who runs the shop and may not write here, or has told Python not to: each start would compile all of it, for 0.4 s.
$(COMPILED): $(shell find smartcart -name '*.py') | $(PACKAGES)
	@.venv/bin/python -m compileall -q smartcart
	@touch $@

$(HTMX): package.json package-lock.json | $(PACKAGES)
	@tools/fetch-browser-libraries

$(BUILT): tools/build_static.py $(STATIC) $(HTMX) | $(PACKAGES)
	@.venv/bin/python tools/build_static.py static $@
	@touch $@

$(YARDSTICKS): bench/express/package.json bench/express/package-lock.json | $(PACKAGES)
	@tools/fetch-yardsticks

$(MERMAID): tools/mermaid/package.json tools/mermaid/package-lock.json | $(PACKAGES)
	@tools/fetch-mermaid
