# SPDX-License-Identifier: MIT
# What a newcomer types. The build itself is meson and ninja, in build/.
# Each target first installs what it needs with apt (asking for sudo only when not root).

BUILD ?= build

.PHONY: all demo check check-full bench fuzz deb dist static format install clean help

all: build

help:
	@echo "make demo        boot a throwaway guest and talk to the agent in it"
	@echo "make check       the test suite (under 12 minutes on 2 cores)"
	@echo "make check-full  the same and the long tail: soak, fuzzing, more sanitizers"
	@echo "make bench       measure, side by side with the packaged qemu-ga"
	@echo "make             build into $(BUILD)/"
	@echo "make install     install (DESTDIR and meson's prefix apply)"
	@echo "make deb         Debian packages, into $(BUILD)/deb/"
	@echo "make static      a static, stripped virtagent for appliances, into $(BUILD)/static/"
	@echo "make dist        the release archive of this commit, into $(BUILD)/dist/"
	@echo "make format      reformat the sources"
	@echo "make clean       remove what was built; downloads in $(BUILD)/cache stay"

.PHONY: build deps-build deps-vm deps-check deps-deb deps-static deps-full
deps-build:
	@scripts/install-deps build
deps-vm:
	@scripts/install-deps build vm
deps-check:
	@scripts/install-deps all
deps-deb:
	@scripts/install-deps build deb
deps-static:
	@scripts/install-deps build static
deps-full:
	@scripts/install-deps all full

$(BUILD)/build.ninja:
	@echo "configuring $(BUILD)"
	@mkdir -p $(BUILD)
	@meson setup $(BUILD) . >$(BUILD)/setup.log 2>&1 || { cat $(BUILD)/setup.log; exit 1; }

build: deps-build
	@[ -f $(BUILD)/build.ninja ] || $(MAKE) --no-print-directory $(BUILD)/build.ninja
	@echo "building $(BUILD)"
	@ninja -C $(BUILD) --quiet

demo: deps-vm
	@$(MAKE) --no-print-directory build
	@scripts/demo

check: deps-check
	@$(MAKE) --no-print-directory build
	@scripts/check.py --build $(BUILD)

check-full: deps-full
	@$(MAKE) --no-print-directory build
	@scripts/check.py --build $(BUILD) --full

bench: deps-check
	@$(MAKE) --no-print-directory build
	@tests/bench/run

fuzz: deps-check
	@tests/fuzz/run 60

deb: deps-deb
	@scripts/build-deb $(BUILD)/deb

static: deps-static
	@scripts/build-static $(BUILD)/static $${VIRTAGENT_CACHE:-$(BUILD)/cache}

dist:
	@scripts/make-dist $(BUILD)/dist

format:
	@scripts/format.sh --write

install: build
	@meson install -C $(BUILD) --no-rebuild

clean:
	@if [ -d $(BUILD) ]; then find $(BUILD) -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +; fi
