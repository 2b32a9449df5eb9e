# make steps: every interleaving of one thread, at each of its instructions,
# with what another one does; t/sh/steps/run.tap plays a part of it in a check.

steps: setup all
	$(top)/t/steps/run.sh full

.PHONY: steps
