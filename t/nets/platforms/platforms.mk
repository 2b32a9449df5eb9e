# make platforms: every test program on every other platform (check.sh).

platforms: export PROGRAMS = all
platforms: setup all
	$(call report,,t/sh/platforms.tap)
