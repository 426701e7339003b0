# One command each; `make help` lists them. Everything lives in .venv (environment) and var (run-time data).
SHELL := /bin/bash
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := true
# Compiled once at installation, so that the first start does not do it.
export UV_COMPILE_BYTECODE := 1
UV_VERSION := 0.13.9
UV := var/boot/bin/uv
RUN := .venv/bin/
BENCH ?=

.DEFAULT_GOAL := help
.PHONY: help run exchange-demo upgrade reset test fast tools bench soak

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: $(UV) ## start a digital country on http://localhost:8080
	@$(UV) sync --frozen --inexact --no-dev --quiet
	@$(RUN)dinh run

exchange-demo: $(UV) ## a registry and three agencies on this machine: they join, ask, are refused, fall and go on
	@$(UV) sync --frozen --inexact --no-dev --quiet
	@$(RUN)dinh demo exchange

upgrade: $(UV) ## save a backup, then bring the data to this release while the one before still runs
	@$(UV) sync --frozen --inexact --no-dev --quiet
	@$(RUN)dinh upgrade

reset: ## forget all run-time data (the environment stays)
	@.ci/reset

test: develop tools ## everything that CI runs
	@$(RUN)ruff check . && $(RUN)ruff format --check . && $(RUN)mypy && $(RUN)lint-imports --no-logo
	@$(RUN)pytest tests -q -n 2 --ignore tests/browser --ignore tests/soak --durations=10
	@$(RUN)pytest tests/browser -q --durations=5

fast: develop ## rules and walls, no database: under ten seconds
	@$(RUN)ruff check . && $(RUN)pytest tests/walls tests/properties -q -x -n 2

tools: ## install the Debian packages that tests and benchmarks use
	@.ci/tools

bench: develop tools ## all benchmarks, or one: make bench BENCH=submit
	@$(RUN)python -m bench $(BENCH)

soak: develop tools ## slow tests of endurance
	@$(RUN)pytest tests/soak -q

.PHONY: develop
develop: $(UV)
	@$(UV) sync --frozen --quiet

$(UV):
	@python3 -m venv var/boot && var/boot/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
