# The portal's commands. `make demo` and `make test` are all that a newcomer needs; `make help` lists the rest.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo run test handbook bench drill mutants fake-stripe check lint format messages requirements stop clean

help: ## List these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# Packages are installed when the pinned list has changed since the last time, and only then.
$(READY): requirements-dev.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "Python 3.11, 3.12 or 3.13 is needed; this is %d.%d. Name one: make demo PYTHON=python3.12" % v)'
	@test -x $(BIN)/python || { echo "Virtual environment"; $(PYTHON) -m venv $(VENV); }
	@echo "Packages (about a minute the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

demo: $(READY) ## Set up and serve the demonstration on http://127.0.0.1:8000 (PORT=… for another)
	@exec env DEBUG=0 $(BIN)/python manage.py demo --port $(PORT)

run: $(READY) ## Serve with debugging and automatic reload, for developers
	@$(BIN)/python manage.py migrate --verbosity 0 && exec $(BIN)/python manage.py runserver 127.0.0.1:$(PORT)

test: $(READY) ## Run every test
	@exec $(BIN)/python -m pytest

handbook: $(READY) ## Walk the editors' handbook and take its pictures again (some minutes)
	@exec $(BIN)/python -m tests.handbook

bench: $(READY) ## Measure the directory at 50,000 departments, the editor, receipts (minutes; on an idle machine)
	@$(BIN)/python -m tests.bench.directory
	@exec $(BIN)/python -m pytest -n 0 -s -q tests/browser/bench_editor.py tests/donations/bench_receipts.py

drill: $(READY) ## 10,000 random lives of gifts (ROUNDS=…, SEED=… to have one again; an hour)
	@exec $(BIN)/python -m tests.drill_gifts --rounds $(or $(ROUNDS),10000) $(if $(SEED),--seed $(SEED))

mutants: $(READY) ## Break single lines of giving and see that a test notices each (minutes)
	@exec $(BIN)/python -m tests.mutate_lifecycle

fake-stripe: $(READY) ## A Stripe that moves no money on port 12111, telling the portal on port 8000 (WEBHOOK=…)
	@exec $(BIN)/python -m tests.fake_stripe --port 12111 --webhook $(or $(WEBHOOK),http://127.0.0.1:8000/giving/webhooks/stripe/)

lint: $(READY) ## Check the code's form and the directions of import
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports && $(BIN)/djhtml --check --tabwidth 2 templates

format: $(READY) ## Bring code and templates into form
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format . ; $(BIN)/djhtml --tabwidth 2 templates

messages: $(READY) ## Gather and compile the interface's words (needs GNU gettext)
	@$(BIN)/python manage.py makemessages --locale fr --no-obsolete --add-location file --ignore .venv --ignore var
	@$(BIN)/python manage.py compilemessages --locale fr --ignore .venv --ignore var

requirements: $(READY) ## Pin the newest packages that the .in files allow, with hashes
	@for name in requirements requirements-dev; do \
	  $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-annotate --custom-compile-command "make requirements" $$name.in --output-file $$name.txt; done

stop: ## Stop the embedded database servers
	@for data in var/postgres var/postgres-test; do \
	  test ! -x $(BIN)/python || $(BIN)/python -m portal.embedded_postgres stop $$data; done

clean: ## Remove the virtual environment, the databases and all that was uploaded (asks first)
	@printf 'This deletes the demonstration with every edit made in it. Type yes: '; read answer; test "$$answer" = yes
	@for data in var/postgres var/postgres-test; do \
	  test ! -x $(BIN)/python || $(BIN)/python -m portal.embedded_postgres remove $$data; done
	@rm -rf $(VENV) var
