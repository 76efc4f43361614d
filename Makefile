# Every target runs from a fresh clone: what it needs beside Go and git it installs itself, or skips by name.
GO ?= go

.PHONY: help demo test lint generate check conformance clouds realtypes bench fuzz soak nightly

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: ## annotate, generate, build and call: the main job in one command
	$(GO) run ./cmd/alloygen demo

test: ## all tests, in three minutes, in seven from an empty build cache
	@scripts/test.sh

lint: ## formatting, vet, staticcheck, tidy
	@scripts/lint.sh

generate: ## write the generated files of the examples
	$(GO) run ./cmd/alloygen ./examples/...

check: ## fail when a generated file is stale
	$(GO) run ./cmd/alloygen check ./examples/...

conformance: ## the same calls through the vendors' SDKs and through alloygen
	cd conformance && $(GO) vet ./... && $(GO) test -v ./...

clouds: ## the transports for Azure, Bedrock and Vertex AI
	cd clouds && $(GO) vet ./... && $(GO) test ./...

realtypes: ## types of large public modules as answers
	cd realtypes && $(GO) run .

bench: ## measure, and print ratios
	cd bench && $(GO) run .
	$(GO) test ./runtime/output -run '^$$' -bench HostileTexts -benchtime 1x

fuzz: ## each fuzz target for a minute
	@scripts/fuzz.sh 60s

soak: ## calls of every sort to a server with every fault, for five minutes
	ALLOY_SOAK=5m $(GO) test -race -count=1 -run '^TestSoak$$' -timeout 15m -v ./runtime

nightly: test lint check conformance clouds realtypes fuzz soak bench ## everything
