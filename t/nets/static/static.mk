# MemorySanitizer (clang) over the tests and the fuzz targets' seeds, helgrind
# over the tests with threads, and the static checks of t/nets/static/check.sh.

static = $(top)/t/nets/static

# MemorySanitizer must have compiled everything that writes memory, so the tests
# are built with a cmocka of our own. Left out: run/order asks the kernel by
# syscall(2), which the sanitizer cannot follow; memory/destroy reads the state
# of malloc, which is the sanitizer's.

MSAN_CC ?= clang
MSAN_CXX ?= clang++
# relev/dump_safe reads what is half written, on purpose.
msan_without = run/order memory/destroy relev/dump_safe
msan_tests = $(filter-out $(msan_without),$(c_tests))
msan_flags = -g1 -fsanitize=memory -fno-sanitize-recover=all \
    -fno-omit-frame-pointer -I. -I$(top) -MMD -MP -MF $@.d
msan_c = -std=gnu11 -Wall -Wextra $(msan_flags)
msan_run = env MSAN_OPTIONS=exit_code=99

t/msan/ev.o: $(top)/ev.c config.h
	@mkdir -p $(@D)
	$(MSAN_CXX) $(LIB_FLAGS) -O1 $(msan_flags) -x c++ -c $< -o $@

t/msan/planted: $(static)/msan/planted.c t/msan/ev.o
	$(MSAN_CC) $(msan_c) $< -o $@ t/msan/ev.o -lm

t/msan/%: $(top)/t/%.c t/msan/ev.o
	@mkdir -p $(@D)
	$(MSAN_CC) $(msan_c) -I$(static)/msan -I$(top)/t/harness $< -o $@ t/msan/ev.o \
	    -lpthread -lm

t/msan/fuzz.o: $(top)/ev.c config.h
	@mkdir -p $(@D)
	$(MSAN_CXX) $(LIB_FLAGS) -O1 $(msan_flags) $(fuzz_renamed) \
	    -x c++ -c $< -o $@

t/msan/fuzz-%: $(fuzz_dir)/%.c $(fuzz_dir)/system.c t/msan/fuzz.o
	$(MSAN_CC) $(msan_c) -c $(fuzz_dir)/system.c -o $@-system.o
	$(MSAN_CC) $(msan_c) $(fuzz_renamed) -c $< -o $@.o
	$(MSAN_CXX) -fsanitize=fuzzer,memory $@.o $@-system.o t/msan/fuzz.o \
	    -o $@ -lm

t/msan/fuzz-%.tap: t/msan/fuzz-% FORCE
	@mkdir -p $<-work
	@$(run) $@ $(msan_run) sh -c 'cd $<-work && exec "$$@"' sh \
	    $(CURDIR)/$< -timeout=120 -runs=0 $(abspath $(fuzz_dir))/seeds/$*

t/msan/%.tap: t/msan/% FORCE
	@$(run) $@ $(msan_run) $<

msan = $(msan_tests:%=t/msan/%.tap) $(fuzz_targets:%=t/msan/fuzz-%.tap)

check-msan: setup config.h
	$(call report,$(msan))

# Helgrind runs the tests unchanged.

helgrind_run = valgrind -q --tool=helgrind --error-exitcode=99 \
    --fair-sched=yes --history-level=approx --child-silent-after-fork=yes \
    --suppressions=$(static)/helgrind.supp

t/helgrind/planted: $(static)/planted_race.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -g -O1 $< -o $@ -lpthread

t/helgrind/%.tap: t/ours/% FORCE
	@TEST_TIMEOUT=180 $(run) $@ $(helgrind_run) $<

# Left out: what orders threads by atomic variables, which only TSan
# understands. In threads/stack that is a signal handler in the first thread.
tsan_only = coro/% relev/progress_threads relev/metrics_threads \
    relev/post_threads signal/shared_threads threads/nowait threads/stack
helgrind = $(patsubst %,t/helgrind/%.tap,$(filter-out $(tsan_only),$(threaded)))

check-helgrind: setup all
	$(call report,$(helgrind))

# Exits with 99 if the tool finds the planted error.

planted-msan: t/msan/planted
	$(msan_run) $<

planted-helgrind: t/helgrind/planted
	$(helgrind_run) $<

static: setup config.h
	@BUILD=$(CURDIR) $(top)/t/nets/static/check.sh

.PHONY: planted-msan planted-helgrind

-include $(wildcard t/msan/*.d t/msan/*/*.d)
