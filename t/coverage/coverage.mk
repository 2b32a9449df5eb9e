# make coverage: which lines and branches of the library the tests reach, and
# why not the others (t/coverage/reasons). The programs of t/, the white-box
# tests and the fault injection run on a library that counts. Assertions are
# left out: that they never fail is their purpose.
#
# make report: writes t/README.md, from the reports of the checks that were
# made in this build directory.

cov = t/sh/coverage
cov_flags = -O0 --coverage -fprofile-abs-path -fprofile-update=atomic -DNDEBUG
cov_lib = $(CURDIR)/$(cov)/libev.so
cov_link = $(cov_lib) -Wl,-rpath,$(CURDIR)/$(cov) $(test_libs)
faults_dir = $(top)/t/faults
faults_c = $(wildcard $(faults_dir)/scene*.c) \
    $(addprefix $(faults_dir)/,inject.c plan.c faults.c)

$(cov)/ev.o: $(top)/ev.c config.h
	@mkdir -p $(@D)
	$(CXX) $(LIB_FLAGS) $(cov_flags) -I. -I$(top) -MMD -MP -x c++ -c $< -o $@

$(cov)/flush.o: $(top)/t/coverage/flush.c
	@mkdir -p $(@D)
	$(CC) -O1 -fPIC -c $< -o $@

$(cov)/libev.so: $(cov)/ev.o $(cov)/flush.o
	$(CXX) --coverage -shared -Wl,-soname,libev.so -o $@ $^ -lm

$(cov)/tests/%: $(top)/t/%.c $(cov)/libev.so
	@mkdir -p $(@D)
	$(CC) $(c_flags) $< -o $@ $(cov_link)

$(cov)/tests/%-cc: $(top)/t/%.cc $(cov)/libev.so
	@mkdir -p $(@D)
	$(CXX) $(compat_flags) $< -o $@ $(cov_link)

$(cov)/white/%: $(top)/t/%.cc config.h
	@mkdir -p $(@D)
	$(CXX) $(white_flags) $(cov_flags) -O0 -c $< -o $@.o
	$(CXX) --coverage $@.o -o $@ $(test_libs)

$(cov)/faults/faults: $(faults_c) $(cov)/libev.so
	@mkdir -p $(@D)
	$(CC) $(c_flags) $(faults_c) -o $@ $(cov_link)

$(cov)/faults/directed: $(cov)/libev.so
	@mkdir -p $(@D)
	$(CC) $(c_flags) $(faults_dir)/inject.c $(faults_dir)/directed.c -o $@ \
	    $(cov_link)

$(cov)/faults/without: $(faults_dir)/without.c $(cov)/libev.so
	@mkdir -p $(@D)
	$(CC) $(c_flags) $< -o $@ $(cov_link)

# A program on a kernel that lacks some calls: tests that are about those fail.

cov_old = eventfd,signalfd,timerfd,inotify

$(cov)/enosys/%.tap: $(cov)/tests/% $(cov)/faults/without FORCE
	@$(run) $@ $(cov)/faults/without ENOSYS $(cov_old) $<

$(cov)/eperm/%.tap: $(cov)/tests/% $(cov)/faults/without FORCE
	@$(run) $@ $(cov)/faults/without EPERM \
	    $(cov_old),epoll,epoll_pwait2 $<

$(cov)/faults/%.tap: $(cov)/faults/faults FORCE
	@TEST_TIMEOUT=900 $(run) $@ $< $*

$(cov)/faults/directed.tap: $(cov)/faults/directed FORCE
	@$(run) $@ $<

$(cov)/%.tap: $(cov)/% FORCE
	@$(run) $@ $<

cov_old_tests = io timer periodic signal child async stat_poll fork_wakeup \
    signal_order once
cov_taps = $(patsubst %,$(cov)/tests/%.tap,$(c_tests) $(cc_tests))
cov_taps += $(white_tests:%=$(cov)/white/%.tap)
cov_taps += $(patsubst %,$(cov)/faults/%.tap,select poll epoll directed)
cov_taps += $(foreach how,enosys eperm,$(cov_old_tests:%=$(cov)/$(how)/%.tap))

coverage: setup config.h
	@rm -f $(cov)/*.gcda $(cov)/*/*.gcda
	@mkdir -p $(cov); $(submake) $(cov_taps) >$(cov)/log 2>&1; \
	    $(run) --sum $(cov_taps) | tail -n 1
	@$(top)/t/coverage/coverage.py $(top) $(cov)

report:
	$(top)/t/coverage/report.py $(CURDIR) >$(top)/t/README.md.part
	mv $(top)/t/README.md.part $(top)/t/README.md

.PHONY: coverage report

-include $(wildcard $(cov)/*.d $(cov)/*/*.d $(cov)/*/*/*.d)
