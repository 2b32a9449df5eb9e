# make builds: every program with the library built in other ways (check.sh).

builds: setup all
	$(call report,,t/sh/builds.tap)

.PHONY: builds
