# The checks. Every test program, shell test or tool writes a report in TAP
# (NAME.tap, see t/harness/report), and a goal sums up its reports. Sources are
# found by wildcard: a new file in t/SUBJECT/ is a new test.

CC ?= cc
JOBS ?= $(shell nproc 2>/dev/null || echo 1)
# The compiler is asked once, and only if this is needed.
REF ?= $(eval REF := $(shell $(CC) -print-file-name=libev.so.4))$(REF)
run = $(top)/t/harness/report

export BUILD = $(CURDIR)
export TOP = $(abspath $(top))
export CC CXX MAKE
# A library with assertions verifies itself: CORRUPTS, in t/harness/harness.h.
export VERIFIED = $(if $(filter -DNDEBUG,$(ASSERTIONS)),,1)

# Most of a check is compiling: -O1 and -g take half as long again.
test_flags = -O0 -g1 -Wall -Wextra -I. -I$(top) -I$(top)/t/harness \
    -MMD -MP -MF $@.d
c_flags = -std=gnu11 $(test_flags) $(CFLAGS)
compat_flags = -std=c++20 $(test_flags)
white_flags = -std=c++20 -fno-exceptions -fno-rtti $(test_flags) \
    -Wno-unused-function
test_libs = -lcmocka -lpthread -lm
# The tests of TLS say so themselves if they lack OpenSSL.
%-cc: test_libs += $(if $(findstring /tls,$@),$(tls_libs))
tls_libs = $(if $(filter openssl,$(shell $(call has,openssl/ssl.h,openssl))),,\
    -lssl -lcrypto)
san_flags = -fsanitize=address,undefined -fno-sanitize-recover=all \
    -fno-omit-frame-pointer
# UBSan doubles the time that a test of relev.hpp compiles: t/coro/clang.sh has
# it instead.
t/san/coro/%: private san_flags = -fsanitize=address -fno-omit-frame-pointer
# TSan's own clean-up code needs the C++ runtime.
tsan_flags = -fsanitize=thread
tsan_libs = -lstdc++

# The names: t/timer/again.c is timer/again; a program in C++ has the suffix
# -cc. t/core has white-box tests, which need no library. A net, t/nets/NAME, is
# a check with tools of its own.
SUBJECT ?=
of_subject = $(if $(SUBJECT),$(filter $(SUBJECT:%=%/%) $(SUBJECT),$(1)),$(1))
names = $(call of_subject,$(filter-out nets/% core/%,$(all_names)))
all_names = $(patsubst $(top)/t/%.$(1),%$(2),$(wildcard $(top)/t/$(3)))
c_tests := $(call names,c,,*/*.c)
cc_tests := $(call names,cc,-cc,*/*.cc)
white_tests := $(call of_subject,$(call all_names,cc,,core/*.cc))
threaded := $(filter async/% signal/feed,$(c_tests)) \
    $(foreach name,$(c_tests) $(cc_tests),\
        $(if $(findstring thread,$(name)),$(name)))
threaded := $(sort $(threaded))
net_tests := $(call of_subject,$(patsubst $(top)/t/nets/%/check.sh,%,\
    $(wildcard $(top)/t/nets/*/check.sh)))
sh_tests := $(call names,sh,,*/*.sh) $(net_tests)
# These say that they keep all processors busy: each runs alone.
alone := $(patsubst nets/%/check,%,$(patsubst %.sh,%,$(shell cd $(top)/t && \
    grep -lx '\# It keeps all processors busy by itself.' */*.sh \
    nets/*/check.sh)))
alone := $(filter $(alone),$(sh_tests))
sh_tests := $(filter-out $(alone),$(sh_tests))

lib = $(if $(filter yes,$(SHARED)),$(tested),libev.a)
link = -Wl,-rpath,$(CURDIR)

# Before each compilation; within a check it is counted.
compiling = @mkdir -p $(@D)$(if $(PROGRESS),; $(run) --compiling)

t/ours/%: $(top)/t/%.c $(libs)
	$(compiling)
	$(CC) $(c_flags) $< -o $@ $(lib) $(link) $(test_libs)

t/ours/%-cc: $(top)/t/%.cc $(libs)
	$(compiling)
	$(CXX) $(compat_flags) $< -o $@ $(lib) $(link) $(test_libs)

t/ref/%: $(top)/t/%.c
	$(compiling)
	$(CC) -DREFERENCE=1 $(c_flags) $< -o $@ $(REF) $(test_libs)

t/ref/%-cc: $(top)/t/%.cc
	$(compiling)
	$(CXX) -DREFERENCE=1 $(compat_flags) $< -o $@ $(REF) $(test_libs)

# Most programs are the same for both, and are compiled once: those in C that do
# not ask which library it is, and the tests of relev.hpp.

same := $(patsubst $(top)/t/%.c,%,$(shell \
    grep -LE 'REFERENCE|relev|mistakes_help|anew_.*help' \
    $(wildcard $(top)/t/*/*.c)))
same_cc := $(patsubst $(top)/t/%.cc,%-cc,$(wildcard $(top)/t/coro/*.cc))
linker = $(if $(filter %-cc,$@),$(CXX) $(fast_linker),$(CC) $(CFLAGS))
# gold, if it is there: it links C++ in a third of the time.
fast_linker = $(eval fast_linker := $(shell $(CXX) -fuse-ld=gold \
    -Wl,--version >/dev/null 2>&1 && echo -fuse-ld=gold))$(fast_linker)
# Precompiled, for the tests of relev.hpp: they compile in two thirds of the
# time. One defines NDEBUG before it.
coro_help = coro/coro_help.hh
precompiled = $(if $(findstring /coro/,$@),-include \
    t/$(firstword $(subst /, ,$(@:t/%=%)))/$(coro_help))
t/%/coro/net_cancel-cc t/%/coro/net_cancel-cc.o: precompiled =
$(same_cc:%=t/san/%): t/san/$(coro_help).gch
$(same_cc:%=t/tsan/%): t/tsan/$(coro_help).gch
for_reference = -Wl,--defsym,harness_reference=1,--defsym,relev_set_error_cb=0

t/ours/%.o: $(top)/t/%.c
	$(compiling)
	$(CC) $(c_flags) -c $< -o $@

t/ours/%-cc.o: $(top)/t/%.cc t/ours/$(coro_help).gch
	$(compiling)
	$(CXX) $(compat_flags) $(precompiled) -c $< -o $@

t/ours/$(coro_help).gch t/san/$(coro_help).gch t/tsan/$(coro_help).gch: \
    t/%/$(coro_help).gch: $(top)/t/$(coro_help)
	@mkdir -p $(@D)
	$(CXX) $($*_flags) $(compat_flags) -x c++-header $< -o $@

$(same:%=t/ours/%) $(same_cc:%=t/ours/%): %: %.o $(libs)
	$(linker) $< -o $@ $(lib) $(link) $(test_libs)

$(same:%=t/ref/%) $(same_cc:%=t/ref/%): t/ref/%: t/ours/%.o
	@mkdir -p $(@D)
	$(linker) $(for_reference) $< -o $@ $(REF) $(test_libs)

t/white/%: $(top)/t/%.cc config.h
	$(compiling)
	$(CXX) $(white_flags) $< -o $@ $(test_libs)

# With sanitizers the library is linked as an object.

t/tsan/ev.o: optimized = -O1
t/san/ev.o t/tsan/ev.o: t/%/ev.o: $(top)/ev.c config.h
	$(compiling)
	$(CXX) $(LIB_FLAGS) $($*_flags) $(test_flags) $(optimized) -x c++ -c $< \
	    -o $@

t/san/%: $(top)/t/%.c t/san/ev.o
	$(compiling)
	$(CC) $(san_flags) $(c_flags) $< -o $@ t/san/ev.o $(test_libs)

t/san/%-cc: $(top)/t/%.cc t/san/ev.o
	$(compiling)
	$(CXX) $(san_flags) $(compat_flags) $(precompiled) $< -o $@ \
	    t/san/ev.o -lubsan $(test_libs)

t/san/white/%: $(top)/t/%.cc config.h
	$(compiling)
	$(CXX) $(san_flags) $(white_flags) $< -o $@ $(test_libs)

t/tsan/%: $(top)/t/%.c t/tsan/ev.o
	$(compiling)
	$(CC) $(tsan_flags) $(c_flags) $< -o $@ t/tsan/ev.o $(test_libs) $(tsan_libs)

t/tsan/%-cc: $(top)/t/%.cc t/tsan/ev.o
	$(compiling)
	$(CXX) $(tsan_flags) $(compat_flags) $(precompiled) $< -o $@ \
	    t/tsan/ev.o $(test_libs)

# Reports. A program that does not compile has no report, which counts as a
# failure.

# A program that cannot be built here is reported as skipped; LACKS says why.
skipped = @$(run) $@ sh -c 'echo "\# skipped: no $(1)"; exit 77'

ifneq ($(filter cmocka,$(LACKS)),)
t/%.tap: FORCE
	$(call skipped,cmocka)
else

t/ours/%.tap: t/ours/% FORCE
	@$(run) $@ $<

ifneq ($(filter libev,$(LACKS)),)
t/ref/%.tap: FORCE
	$(call skipped,libev 4.33)
else
t/ref/%.tap: t/ref/% FORCE
	@$(run) $@ $<
endif

t/white/%.tap: t/white/% FORCE
	@$(run) $@ $<

t/san/%.tap: t/san/% FORCE
	@$(run) $@ env UBSAN_OPTIONS=print_stacktrace=1 $<

# A thread that has ended may be a leak in a forked child: nobody can join it.
t/tsan/%.tap: t/tsan/% FORCE
	@$(run) $@ env TSAN_OPTIONS="report_thread_leaks=0 \
	    suppressions=$(top)/t/harness/races" $<

t/valgrind/%.tap: t/% FORCE
	@TEST_TIMEOUT=300 $(run) $@ $(top)/t/harness/memcheck $<

endif

t/sh/%.tap: $(top)/t/%.sh all FORCE
	@TEST_TIMEOUT=900 $(run) $@ bash $<

t/sh/%.tap: $(top)/t/nets/%/check.sh all FORCE
	@TEST_TIMEOUT=900 $(run) $@ bash $<

ours := $(patsubst %,t/ours/%.tap,$(c_tests) $(cc_tests))
white := $(white_tests:%=t/white/%.tap)
# The reference has no relev.h.
ref := $(patsubst %,t/ref/%.tap,$(filter-out relev/%,$(c_tests) $(cc_tests)))
sh := $(sh_tests:%=t/sh/%.tap)
san := $(patsubst %,t/san/%.tap,$(c_tests) $(cc_tests) $(white_tests:%=white/%))
san += $(threaded:%=t/tsan/%.tap)
# Not of OpenSSL: the arithmetic of a handshake takes a minute there.
valgrinds := $(patsubst t/%,t/valgrind/%,$(filter-out t/ours/coro/tls%,\
    $(ours) $(white)))

jobs = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))
submake = $(MAKE) -f $(self) -sk $(jobs)

has = echo '\#include <$(1)>' | $(CC) -E - >/dev/null 2>&1 || echo $(2)
lacks = $(call has,cmocka.h,cmocka); test -e "$(REF)" || echo libev

# Makes the given reports, even if some fail, then those that use all processors
# by themselves, and sums them up. The names are written once: a command must be
# shorter than 128 KiB.
report = @reports="$(1)" alone="$(2)"; rm -f $$reports $$alone; \
    PROGRESS=$$(mktemp) REPORTS=$(words $(1) $(2)); export PROGRESS REPORTS; \
    trap 'rm -f $$PROGRESS*' EXIT; LACKS="$$($(lacks))"; export LACKS; \
    $(if $(1),COMPILES=$$($(submake) -n $$reports | \
        grep -c -e --compiling); export COMPILES; $(submake) $$reports;) \
    $(if $(2),ALONE=1 $(MAKE) -f $(self) -sk -j1 $$alone;) \
    $(run) --sum $$reports $$alone

# What `make check` runs of the slow tools: the sanitizers, of each subject the
# program that has its name, t/timer/timer.c and the like. With SUBJECT it runs
# these under valgrind, too, and all tests of relev.hpp. Without SUBJECT it
# leaves out, of these, the headers that relev.hpp does not include and threads:
# they were a third of its work.
main := $(foreach name,$(c_tests),\
    $(if $(filter $(patsubst %/,%,$(dir $(name))),$(notdir $(name))),$(name)))
quick := compat/symbols house/contributing house/tidy
slow := $(if $(SUBJECT),,$(patsubst $(top)/t/%.cc,%-cc,$(sort \
    $(wildcard $(top)/t/coro/*_threads.cc) \
    $(shell grep -lE '"relevpp/|"(net|tls|block)_(help|server)' \
        $(wildcard $(top)/t/coro/*.cc)))))
slow := $(foreach name,$(slow),t/ours/$(name).tap t/ref/$(name).tap)
quick := $(filter-out $(slow),$(ours) $(white) $(ref)) \
    $(patsubst %,t/sh/%.tap,$(filter $(quick),$(sh_tests) $(alone))) \
    $(main:%=t/san/%.tap) $(if $(SUBJECT),$(main:%=t/valgrind/ours/%.tap))
checked := $(ours) $(white) $(ref) $(sh) $(san) $(valgrinds)
checked_alone = $(alone:%=t/sh/%.tap) $(bench_reports)

# `make` builds the debug library; none of these tests needs it.
check: submake += $(if $(SUBJECT),,DEBUG_LIBRARY=no)
check: setup $(libs)
	$(call report,$(quick))

check-all: setup all
	$(call report,$(checked),$(checked_alone))

check-san: setup
	$(call report,$(san))

check-valgrind: setup all
	$(call report,$(valgrinds))

matrix: setup all
	$(call report,,t/sh/matrix.tap)

tidy: setup all
	$(call report,,t/sh/house/tidy.tap t/sh/house/alone.tap)

# More than a check has time for.

diff: setup all
	status=0; for net in diff wild; do \
	    $(top)/t/nets/$$net/check.sh || status=$$?; \
	done; exit $$status

mutants: setup all $(c_tests:%=t/ours/%) $(cc_tests:%=t/ours/%)
	$(top)/t/nets/mutants/check.sh --all

faults: setup all
	$(top)/t/nets/faults/check.sh deep

soak: setup all
	$(top)/t/nets/soak/check.sh \
	    $(if $(filter file,$(origin SECONDS)),600,$(SECONDS))

scale: setup all
	$(top)/t/nets/soak/check.sh full

fmt: setup
	cd $(top) && clang-format -i $$(tools/sources)

# Parts with rules of their own.
-include $(wildcard $(top)/t/nets/*/*.mk)

FORCE:

.PHONY: FORCE

-include $(wildcard t/*/*.d t/*/*/*.d t/*/*/*/*.d)
