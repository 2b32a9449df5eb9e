# make builds: every test program with other builds of the library (check.sh).

builds: export PROGRAMS = all

builds: setup all
	$(call report,,t/sh/builds.tap)
