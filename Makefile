# Yardstick: `make run` serves, `make test` tests. Both set up all that they need; the second time that takes a second.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
export PORT
# Where this is set, as in many containers, each of the tests' processes would compile the whole of the code anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test bench lint docs pictures lock clean assets
help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

.venv/.runtime: requirements.lock pyproject.toml .ci/system-packages
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Yardstick needs Python 3.11 or newer."; exit 1; }
	@.ci/system-packages run
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/.dev: .venv/.runtime requirements-dev.lock
	@.ci/system-packages test
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

node_modules/.installed: package-lock.json .venv/.runtime
	PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

DIST := webapp/static/dist
$(DIST)/.built: node_modules/.installed $(wildcard webapp/assets/*)
	mkdir -p $(DIST)
	PATH="$(CURDIR)/$(BIN):$$PATH" node node_modules/sass/sass.js --quiet-deps --no-source-map --style=compressed --load-path=node_modules webapp/assets/yardstick.scss $(DIST)/yardstick.css
	cp webapp/assets/print.css webapp/assets/*.js $(DIST)/
	cp node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js $(DIST)/
	cp node_modules/@fontsource/arimo/files/arimo-latin-[47]00-normal.woff2 $(DIST)/
	touch $@

assets: $(DIST)/.built

run: .venv/.runtime assets  ## set up, load the demo the first time, serve on http://127.0.0.1:$PORT
	@mkdir -p var
	@$(BIN)/yardstick db upgrade
	@$(BIN)/yardstick demo load --if-empty
	@exec $(BIN)/yardstick serve

lint: .venv/.dev  ## style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: .venv/.dev assets lint  ## lint, then every test; ARGS="tests/unit -k engine" runs a part
	$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

bench: .venv/.dev assets  ## measure pages, saving and memory beside a bare floor; ARGS="case_list" runs a part
	@$(BIN)/python -m tests.bench $(ARGS)

pictures: .venv/.dev assets  ## take the README's pictures from the demo that runs on http://127.0.0.1:$PORT
	$(BIN)/python -m tests.browser.pictures

docs: .venv/.runtime  ## make docs/workflows.md and docs/permissions.md from the declarations
	$(BIN)/yardstick workflow docs -o docs

lock: .venv/.dev  ## make the lock files anew
	$(BIN)/uv pip compile pyproject.toml --extra setup --universal --python-version 3.11 --generate-hashes --no-header --upgrade -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra setup --extra dev --universal --python-version 3.11 --generate-hashes --no-header -c requirements.lock -o requirements-dev.lock

clean:  ## remove what was installed and built, but not the data in var/
	rm -rf .venv node_modules $(DIST)
