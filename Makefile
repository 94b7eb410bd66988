# Each target does its own set-up. What it needs of the machine: Python 3.11 or later, pip, make.

.DEFAULT_GOAL := help
PYTHON ?= python3
RUN := .venv/bin/python -m
PROOFS := tests/reliability tests/execution/test_lease.py tests/ledger/test_lease.py \
    tests/ledger/test_verify.py tests/commands/test_secrets.py

help: ## Show this help
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 20

demo: .venv/ready ## Plan and apply the example company, from nothing to an empty plan
	@sh examples/demo.sh

test: .venv/ready ## Run the tests
	@$(RUN) pytest -q -n 3

check: .venv/ready ## What CI runs: format, lint, types, tests with coverage
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) pytest -q -n 2 --cov --cov-report=term --cov-fail-under=95

bench: .venv/ready ## Measure against the peers; writes benchmarks/README.md
	$(RUN) benchmarks

reliability: .venv/ready ## Kill an apply at every point, a thousand schedules of faults, and all else that is proven; an hour
	@RELIABILITY=all $(RUN) pytest -q $(PROOFS)
	@$(RUN) benchmarks --journal

fuzz: .venv/ready ## Read 100,000 odd inputs of each kind; FUZZ='--kind plan --inputs 5000' for fewer; hours
	@$(RUN) tests.fuzz --inputs 100000 --note $(FUZZ)

schemas: .venv/ready ## Write schemas/ from the models
	$(RUN) reconciler schema policy > schemas/policy.schema.json
	$(RUN) reconciler schema workspace > schemas/workspace.schema.json
	$(RUN) reconciler schema plan > schemas/plan.schema.json
	$(RUN) reconciler schema lms > schemas/lms.openapi.json

pipelines: ## Write docs/ci from what `init --ci` writes
	cp reconciler/commands/templates/gitlab-ci.yml docs/ci/gitlab-ci.yml
	cp reconciler/commands/templates/ci-inputs.sh docs/ci/inputs.sh
	for name in review apply nightly drift; do \
	    cp reconciler/commands/templates/github-$$name.yml docs/ci/github/$$name.yml; done

golden: .venv/ready ## Write the expected plans of tests/scenarios anew; review the difference
	GOLDEN=write $(RUN) pytest -q tests/test_scenarios.py

clean: ## Take away what the other targets made
	rm -rf .venv build .hypothesis .mypy_cache .pytest_cache .ruff_cache

.venv/ready: pyproject.toml constraints.txt
	@sh .ci/environment "$(PYTHON)"
	@touch .venv/ready

.PHONY: help demo test check bench reliability fuzz schemas pipelines golden clean
