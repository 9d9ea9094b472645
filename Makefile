# `make help` lists the targets.
SHELL       := /bin/bash
GO          ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME    ?= 10s
VERSION     := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.DEFAULT_GOAL := help
.PHONY: help build run test test-long lint bench fuzz duckdb browser golden pictures clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/sim
	$(GO) build -trimpath -ldflags "-X main.buildVersion=$(VERSION)" -o bin/sim ./cmd/sim

run: ## run the default scenario, r1-shock
	$(GO) run ./cmd/sim run

test: duckdb browser ## all tests that finish in minutes
	$(GO) vet ./...
	$(GO) test ./...

test-long: ## the longer suites: validations at full size, whole presets in step mode
	JEVONS_LONG=1 $(GO) test -timeout 30m -run '^TestLong' -v ./cmd/sim

duckdb: ## install what the check of results by DuckDB needs (Node.js and npm; skipped without)
	@if command -v npm >/dev/null; then cd test/duckdb && npm install --no-audit --no-fund --silent; \
	else echo "npm is not installed: the check of results by DuckDB will be skipped"; fi

browser: ## install what the check of reports in a browser needs (Node.js and npm; skipped without, or without a Chromium)
	@if command -v npm >/dev/null; then cd test/browser && npm install --no-audit --no-fund --no-package-lock --silent; \
	else echo "npm is not installed: the check of reports in a browser will be skipped"; fi

lint: ## gofmt, vet and staticcheck
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo "run gofmt -w on the files above" >&2; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

bench: ## every benchmark once, with allocations
	$(GO) test -run '^$$' -bench . -benchmem ./...

fuzz: ## every fuzz target for FUZZTIME (default 10s)
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 50x $$pkg; \
	  done; done

golden: ## re-make the golden files from what the code does now
	$(GO) test $$(grep -rl '"update"' --include='*_test.go' . | xargs -n1 dirname | sort -u) -update

# PRESET/CHART of the pictures in docs.
PICTURES := r1-shock/gpus-by-class r1-shock/ttft r1-shock/demand-answer investors/gpus-by-class jevons/gpus-by-class jevons/queue-wait measured-elasticities/replicas \
	post-transformer/gpus-by-class no-gpu/gpus-by-class capex/gpus-by-class three-laws/gpus-by-class

pictures: build ## re-make the pictures in docs from runs of the presets (some minutes)
	@rm -rf results/pictures results/jevons-sweep results/r1-shock-sweep; mkdir -p docs/pictures; set -e; for x in $(PICTURES); do p=$${x%%/*}; c=$${x##*/}; r=results/pictures/$$p; \
	  if [ ! -d $$r ]; then echo "$$p"; bin/sim run $$p --out $$r >/dev/null; bin/sim report $$r --pictures $$r-svg >/dev/null; fi; \
	  cp $$r-svg/$$c.svg docs/pictures/$$p-$$c.svg; done
	bin/sim sweep jevons --vary elasticity=0:2:0.5 --vary nodes=3,6,30 --figure demand.gpu_hours_ratio \
	  --out results/jevons-sweep --plot docs/pictures/jevons-ratio.svg
	bin/sim sweep r1-shock --vary elasticity=0:2:0.5 --figure demand.gpu_hours_ratio --out results/r1-shock-sweep --plot docs/pictures/r1-shock-elasticity.svg

clean: ## remove what was built
	rm -rf bin results test/duckdb/node_modules test/browser/node_modules
