# make coverage: the lines and branches of the library that the tests reach, and
# the reasons for the others (t/nets/coverage/reasons). The programs of t/, the
# white-box tests, the fault injection and some random programs run on an
# instrumented library. Their results are shown, but do not count here.
# Assertions are left out, since they never fail.
#
# make report: writes t/README.md, from the reports of the checks that were
# made in this build directory.

cov = t/sh/coverage
cov_flags = -O0 --coverage -fprofile-abs-path -fprofile-update=atomic -DNDEBUG
cov_link = $(cov)/libev.so -Wl,-rpath,$(CURDIR)/$(cov) $(test_libs)

$(cov)/ev.o: $(top)/ev.c config.h
	@mkdir -p $(@D)
	$(CXX) $(LIB_FLAGS) $(cov_flags) -I. -I$(top) -MMD -MP -x c++ -c $< -o $@

$(cov)/flush.o: $(top)/t/nets/coverage/flush.c
	@mkdir -p $(@D)
	$(CC) -O1 -fPIC -c $< -o $@

$(cov)/libev.so: $(cov)/ev.o $(cov)/flush.o
	$(CXX) --coverage -shared -Wl,-soname,libev.so -o $@ $^ -lm

$(cov)/%: $(top)/t/%.c $(cov)/libev.so
	@mkdir -p $(@D)
	$(CC) $(c_flags) $(with) $< -o $@ $(cov_link)

$(cov)/coro/%-cc: t/ours/coro/%-cc.o $(cov)/libev.so
	@mkdir -p $(@D)
	$(CXX) $< -o $@ $(cov_link)

$(cov)/%-cc: $(top)/t/%.cc $(cov)/libev.so
	@mkdir -p $(@D)
	$(CXX) $(compat_flags) $< -o $@ $(cov_link)

$(cov)/white/%: $(top)/t/%.cc config.h $(cov)/flush.o
	@mkdir -p $(@D)
	$(CXX) $(white_flags) $(cov_flags) -MMD -MP -MT $@ -c $< -o $@.o
	$(CXX) --coverage $@.o $(cov)/flush.o -o $@ $(test_libs)

faults = $(top)/t/nets/faults
$(cov)/nets/faults/faults: with = $(wildcard $(faults)/scene*.c) \
    $(faults)/inject.c $(faults)/plan.c
$(cov)/nets/faults/directed: with = $(faults)/inject.c

$(cov)/%.tap: $(cov)/% FORCE
	@$(run) $@ $<

# The scenes of the fault injection mostly wait: nine parts run in parallel.
cov_scenes = $(foreach part,1 2 3,$(foreach backend,select poll epoll,\
    $(cov)/scenes/$(backend)-$(part).tap))

$(cov)/scenes/%.tap: $(cov)/nets/faults/faults FORCE
	@FAULTS_PART=$(lastword $(subst -, ,$*))/3 TEST_TIMEOUT=300 \
	    $(run) $@ $< $(firstword $(subst -, ,$*))

$(cov)/diff.tap: $(cov)/libev.so FORCE
	@BUILD=$(CURDIR)/$(cov) SEEDS=100 $(run) $@ $(top)/t/nets/diff/check.sh

cov_programs = $(addprefix $(cov)/,$(c_tests) $(cc_tests) \
    $(white_tests:%=white/%) nets/faults/directed)
cov_taps = $(cov_programs:%=%.tap) $(cov)/diff.tap

coverage: setup config.h
	@mkdir -p $(cov); find $(cov) -name '*.gcda' -o -name '*.tap' | xargs rm -f
	@$(submake) $(cov_programs) $(cov)/nets/faults/faults >$(cov)/log 2>&1; \
	    $(submake) -j9 $(cov_scenes) >>$(cov)/log 2>&1 & \
	    $(submake) $(cov_taps) >>$(cov)/log 2>&1; wait; \
	    $(run) --sum $(cov_taps) $(cov_scenes) || \
	    grep -v ': [0-9]* passed, 0 failed' $(cov)/log | head -n 40 | \
	    sed 's/^/  /'
	@$(top)/t/nets/coverage/coverage.py $(top) $(cov)

# Runs first what is missing here, or older than the library.
missing = $(shell for report in $(1); do \
    [ $$report -nt ev.o ] || echo $$report; done)

report: setup all
	@set -- $(call missing,$(checked)); [ $$# = 0 ] || $(submake) $$@
	@set -- $(call missing,$(checked_alone)); [ $$# = 0 ] || \
	    $(MAKE) -f $(self) -sk -j1 $$@
	@$(top)/t/nets/coverage/report.py $(CURDIR) $(checked) $(checked_alone) \
	    >t/sh/README.md && cp t/sh/README.md $(top)/t
	@cat $(top)/t/README.md

# A dose larger than a check has, with a report for `make report`: for example
# make t/sh/full/diff.tap SEEDS=100000, likewise mutants, faults, fuzz, soak.
t/sh/full/%.tap: all FORCE
	@TEST_TIMEOUT=100000 $(run) $@ $(MAKE) -f $(self) -s $*

-include $(wildcard $(cov)/*.d $(cov)/*/*.d $(cov)/*/*/*.d)
