# Everything a developer runs. Each target sets up what it needs: Python 3.11 and make are enough.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench lock i18n image-test

READY := .venv/.ready

help: ## Show this
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with all that is needed

$(READY): pyproject.toml requirements.lock bin/setup
	@bin/setup
	@touch $@

demo: setup ## Show the fabric at work on a real Odoo
	.venv/bin/odoo-fabric demo

test: setup ## Run every test
	.venv/bin/pytest

# OCA's bot writes README.rst from readme/; and here a file has one concern.
NOT_OURS := missing-readme,consider-merging-classes-inherited

check: setup ## Run the linters and the type checker
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/pylint --disable=$(NOT_OURS) odoo_bridge/addons/*/
	.venv/bin/oxlint --deny-warnings odoo_bridge/addons/*/static/src

bench: setup ## Measure the fabric
	.venv/bin/python -m benchmarks

i18n: setup ## Write the addons' translation files anew
	.venv/bin/python bin/translations.py

image-test: setup ## Build the container image and try it (needs Docker)
	FABRIC_TEST_DOCKER=1 .venv/bin/pytest tests/acceptance/test_image.py

LOCK := .venv/bin/uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 --universal

lock: setup ## Resolve all locked requirements again
	$(LOCK) --all-extras pyproject.toml --output-file requirements.lock
	$(LOCK) --constraint requirements.lock --extra columns --extra documents --extra s3 pyproject.toml \
		--output-file docker/requirements.lock
	echo "hatchling==1.33.0" | $(LOCK) --no-annotate - --output-file docker/build.lock
	$(LOCK) --no-annotate workers/embedded/odoo-requirements.in \
		--output-file workers/embedded/odoo-requirements.txt
