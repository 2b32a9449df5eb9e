# make steps: every interleaving of one thread, at each of its instructions,
# with what another one does; t/sh/steps.tap plays a part of it in a check.

steps: setup all
	$(top)/t/nets/steps/check.sh full
