# Fuzzing: make fuzz SECONDS=60, with clang. Results are in t/fuzzed/ in the
# build directory; inputs that crash are stored there as TARGET-crash-*. To see
# what an input does: cd t/fuzzed && FUZZ_TRACE=1 ./loop FILE

SECONDS ?= 60
FUZZ_CXX ?= clang++
FUZZ_CC ?= clang
fuzz_targets = loop event
fuzz_dir = $(top)/t/nets/fuzz

# The sanitizer "function" is off: callbacks are declared with their watcher
# type and called with the common one, which the API requires.
fuzz_flags = -g -O1 -fno-omit-frame-pointer \
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=function \
    -fno-sanitize-recover=all -I. -I$(top) -MMD -MP
fuzz_renamed = -include $(fuzz_dir)/renamed.h
fuzz_c = -std=gnu11 -Wall -Wextra $(fuzz_flags)

t/fuzzed/ev.o: $(top)/ev.c config.h
	@mkdir -p $(@D)
	$(FUZZ_CXX) $(LIB_FLAGS) $(fuzz_flags) $(fuzz_renamed) -x c++ -c $< -o $@

t/fuzzed/system.o: $(fuzz_dir)/system.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(fuzz_c) -c $< -o $@

$(fuzz_targets:%=t/fuzzed/%.o): t/fuzzed/%.o: $(fuzz_dir)/%.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(fuzz_c) $(fuzz_renamed) -c $< -o $@

$(fuzz_targets:%=t/fuzzed/%): %: %.o t/fuzzed/ev.o t/fuzzed/system.o
	$(FUZZ_CXX) -fsanitize=fuzzer,address,undefined $^ -o $@ -lm

# No part of the library: an example.
t/fuzzed/http: $(fuzz_dir)/http.cc
	@mkdir -p $(@D)
	$(FUZZ_CXX) -std=c++20 -Wall -Wextra -g -O1 \
	    -fsanitize=fuzzer,address,undefined -fno-sanitize=function \
	    -fno-sanitize-recover=all -MMD -MP $< -o $@

fuzz-build: $(fuzz_targets:%=t/fuzzed/%) t/fuzzed/http

fuzz: setup fuzz-build
	@SECONDS=$(SECONDS) $(fuzz_dir)/run.sh $(CURDIR)/t/fuzzed $(fuzz_targets) http

.PHONY: fuzz-build

-include $(wildcard t/fuzzed/*.d)
