# make platforms: every program on every other platform (t/platforms.sh).

platforms: export PROGRAMS = all
platforms: setup all
	$(call report,,t/sh/platforms.tap)

.PHONY: platforms
