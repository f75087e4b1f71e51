# Everything a developer runs. Each target sets up what it needs: Python 3.11 and make are enough.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench lock

READY := .venv/.ready

help: ## Show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with all that is needed

$(READY): pyproject.toml requirements.lock bin/setup
	@bin/setup
	@touch $@

demo: setup ## Show the fabric at work on a real Odoo
	.venv/bin/odoo-fabric demo

test: setup ## Run every test
	.venv/bin/pytest

check: setup ## Run the linters and the type checker
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: setup ## Measure the fabric
	.venv/bin/python -m benchmarks

lock: setup ## Resolve requirements.lock and Odoo's requirements again
	.venv/bin/uv pip compile --quiet --generate-hashes --no-header --all-extras \
		--python-version 3.11 --universal pyproject.toml --output-file requirements.lock
	.venv/bin/uv pip compile --quiet --generate-hashes --no-header --no-annotate \
		--python-version 3.11 --universal workers/embedded/odoo-requirements.in \
		--output-file workers/embedded/odoo-requirements.txt
