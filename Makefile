# Lectern's commands. `make run` and `make test` do everything on a fresh machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The CPU build of torch, on machines whose pip would fetch the one for NVIDIA cards:
#   make run TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
TORCH := $(shell grep "^torch" requirements.txt)
LOCKED := $(BIN)/pip install -q --no-deps --require-hashes

.PHONY: run hall test check lint types browser screenshots examples benchmark lock audit clean
.PHONY: train-grammaticality train-answering train-generation train-captioning train-translation
.PHONY: train-next-sentence
.DELETE_ON_ERROR:

run: $(VENV)/.installed
	@$(BIN)/python app.py

# A lecture hall: all addresses are bound, and the QR codes carry this machine's own.
hall: $(VENV)/.installed
	@GRADIO_SERVER_NAME=0.0.0.0 $(BIN)/python app.py

# Two tests at a time, each on one thread; which side takes what: tests/conftest.py.
test: $(VENV)/.tested lint types browser
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

# What concerns one tab, in under two minutes: make check TAB=similarity
TAB ?= tokenization
check: $(VENV)/.tested lint types
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -k "$(TAB) or architecture" \
		tests/house/test_architecture.py tests/kit/test_tabs.py tests/weights/test_held.py \
		$(wildcard tests/$(TAB) tests/parity/test_$(TAB).py tests/weights/test_$(TAB)*.py) \
		tests/page/test_contract_links.py tests/browser/test_tabs.py

lint: $(VENV)/.tested
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.tested
	$(BIN)/mypy

# All that our requirements bring along, pinned with hashes; after a change of either file.
lock: $(VENV)/bin/uv
	$(BIN)/python -m tools.lock

# Known vulnerabilities of what is installed; without network it says so, and passes.
audit: $(VENV)/.tested
	$(BIN)/python -m tools.audit

# Looked at after every change of the look; README shows some of them.
screenshots: $(VENV)/.tested browser
	SCREENSHOTS=docs/screenshots $(BIN)/python -m pytest tests/browser -k screenshot

# What each tab shows before a model is loaded, and the quantiles that cosines are read against.
examples: $(VENV)/.installed
	$(BIN)/python -m training.similarity
	$(BIN)/python -m training.examples

# Train a pocket model; it goes on from its last checkpoint. The data lies outside the repository.
DATA ?= ../shared/data
# Every step allocates large tensors. glibc gives their pages back, and the kernel clears them anew;
# jemalloc (Debian: libjemalloc2), told to keep them, made long passages 2 to 4 times faster.
JEMALLOC := $(firstword $(wildcard /usr/lib/*/libjemalloc.so.2 /usr/lib64/libjemalloc.so.2))
KEEPING := LD_PRELOAD=$(JEMALLOC) MALLOC_CONF=thp:always,retain:true,dirty_decay_ms:-1,muzzy_decay_ms:-1
TRAIN = $(if $(JEMALLOC),$(KEEPING)) $(BIN)/python -m training.$* --data $(DATA) --resume
HASH = $(BIN)/python -m tools.hashes  # the page refuses files that the Spacefile has no hash of
train-grammaticality train-answering train-generation train-captioning: train-%: $(VENV)/.installed
	$(TRAIN)
	$(HASH)
train-translation: train-%: $(VENV)/.tested
	$(TRAIN)
	$(HASH)
train-next-sentence: $(VENV)/.installed
	$(subst training.$*,training.masking.next_sentence,$(TRAIN))
	$(HASH)

# All of them, in at most 15 minutes; docs/benchmarks.md says what came of it. Some of them alone:
#   make benchmark ONLY="generation crowd"
ONLY ?=
benchmark: $(VENV)/.tested browser
	$(BIN)/python -m benchmarks $(ONLY)

# Chromium from Debian's packages when root, an installed Chrome, or Playwright's own.
browser: $(VENV)/.tested
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
		command -v $$name >/dev/null && exit 0; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && apt-get install -qy --no-install-recommends chromium; \
	else $(BIN)/playwright install chromium; fi

# Everything by its hash but torch, whose right build the machine decides; so that nothing else is
# brought along, torch comes last, and finds what it needs.
$(VENV)/.installed: requirements.txt requirements.lock
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Lectern needs Python 3.11 or newer; this is %s. Another one: make run PYTHON=python3.12" % sys.version.split()[0])'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python has no venv module here; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(LOCKED) -r requirements.lock
	$(BIN)/pip install -q "$(TORCH)" $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX))
	@touch $@

$(VENV)/.tested: $(VENV)/.installed requirements-test.lock
	$(LOCKED) -r requirements-test.lock
	@touch $@

# The one tool that the lock files cannot bring.
$(VENV)/bin/uv:
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q "$$(grep "^uv==" requirements-test.txt)"

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
