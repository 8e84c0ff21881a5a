# `make demo` to see it, `make test` to try it, `make check` before you push.

# Words for the command lines below, such as DEMO="--cameras 4" or BENCH=archive.
DEMO ?=
BENCH ?= recording playback archive

.DEFAULT_GOAL := help
.PHONY: help demo test check bench build console screenshots setup generated

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup build ## Install what is missing, build, and watch two simulated cameras being recorded
	target/debug/afterimage demo $(if $(DISPLAY)$(WAYLAND_DISPLAY),,--headless) $(DEMO)

test: ## Install what is missing, run all tests, and fuzz for some minutes
	@.ci/run setup console-build console-test tests fuzz

check: ## Everything that CI runs: format, lints, arrows, generated files, all tests
	@.ci/run

bench: ## Measure beside rivals, in a release build; BENCH=archive for that part alone
	@scripts/setup bench
	@$(MAKE) --no-print-directory console
	cargo build --release --locked --package afterimage
	@PATH="$$PATH:$(CURDIR)/.cache/nginx/usr/sbin"; missed=0; for part in $(BENCH); do target/release/afterimage bench $$part || missed=1; done; exit $$missed

build: console ## Build the recorder and the desktop app
	cargo build --workspace --bins --locked

console: setup ## Build the console into ui/dist
	npm --prefix ui run build

screenshots: build ## Take the README's pictures anew, by the console's own tests
	@scripts/setup test
	AFTERIMAGE_SCREENSHOTS=$(CURDIR)/target/screenshots cargo test --locked --package afterimage-tests --test console
	mkdir -p docs/images
	cp $(addprefix target/screenshots/,dark-1440x900.png light-1440x900.png desktop-live.png) docs/images/
	cp target/screenshots/dark-1280x800-export.png docs/images/export.png

setup: ## Install what the demo needs and is missing
	@scripts/setup run

generated: ## Write the files that are generated from the code
	cargo build --locked --package afterimage
	cargo xtask generated --write
