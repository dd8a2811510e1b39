# Everything a contributor types. `make help` lists it.

GO       ?= go
FUZZTIME ?= 30s
RELEASE  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
PROGRAM   = comanda
LINTER    = golangci-lint@v2.15.0
export PATH := $(CURDIR)/bin:$(PATH)

.PHONY: help build lambda release try-release run test check format lint race tour workshop srp server openapi bench prove fuzz generate clean

help: ## show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build ./comanda
	$(GO) build -ldflags "-X main.version=$(RELEASE)" -o $(PROGRAM) ./cmd/comanda

lambda: ## build build/lambda/lambda.zip for AWS Lambda
	RELEASE=$(RELEASE) scripts/lambda

release: ## build binaries, Debian packages and a container's files into build/release
	RELEASE=$(RELEASE) scripts/release

try-release: ## install the package into an overlay of this machine, run the container's files (as root)
	scripts/try-release

run: ## serve on 127.0.0.1:8080 with data in ./comanda-data
	$(GO) run ./cmd/comanda serve

test: ## the tests that need only Go
	$(GO) test ./...

check: format lint openapi race workshop srp server tour ## everything a change must pass
	@echo "make check: all passed"

format: # nothing that gofmt would change, nothing that vet objects to
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) mod verify

lint: # golangci-lint, which runs staticcheck among others
	golangci-lint run ./...

race: # every test with the race detector; a skip is a failure
	COMANDA_REQUIRE=all scripts/test-race

openapi: # the generated document is current, and a validator of its own accepts it
	$(GO) test -count=1 -run OpenAPI ./api
	scripts/python -m openapi_spec_validator api/openapi.json

workshop: # the workshop's own test_api.py, when it is at hand
	scripts/workshop

srp: # sign-in with the password proved and not sent, by a public client
	scripts/srp

server: # docs/server.md behind real proxies, with certificates exchanged while requests run
	scripts/server-proxy

tour: # every command of the README, in a fresh clone
	scripts/tour

bench: ## measure the budgets and print their table (takes a while; keep the machine quiet)
	$(GO) run ./bench

prove: ## the tests at full size
	COMANDA_REQUIRE=all scripts/test-race
	COMANDA_REQUIRE=all $(GO) test -race -count=1 -timeout 2h ./order ./user ./storagetest ./sqlite ./dynamo -rapid.checks=1000
	COMANDA_REQUIRE=all COMANDA_PROVE=1 $(GO) test -count=1 -timeout 1h -run OrdersMove ./cmd/comanda
	COMANDA_REQUIRE=all COMANDA_PROVE=1 $(GO) test -count=1 -timeout 1h ./report
	$(GO) vet -tags prove ./cognito
	$(GO) test -count=1 -timeout 30m -tags prove -run TimeDoesNotTell -v ./cognito
	$(MAKE) fuzz FUZZTIME=5m

fuzz: ## run every fuzz target for FUZZTIME (30s)
	FUZZTIME=$(FUZZTIME) scripts/fuzz

generate: ## write generated files again
	$(GO) run ./cmd/generate
	$(GO) test ./deploy -run GeneratedPartsOfTheDocs -update

clean: ## remove what was built
	rm -rf comanda bin build
