# The benchmarks: a program per library, from the workloads and the library's
# adapter, bench/LIBRARY/lib.hh. README.md explains what is measured. They are
# built in bench/out.

bench_libs = ev uv event asio raw glib
bench_works := $(patsubst $(top)/bench/%.cc,%,$(wildcard $(top)/bench/*.cc))
bench_flags = -std=c++20 -O2 -g -Wall -Wextra -MMD -MP -I$(top) \
    -I$(top)/bench

# A workload that a library does not support is not measured.
bench_without_uv = feed
bench_without_event = hooks post
bench_without_asio = hooks
bench_without_raw = post
bench_without_glib = $(filter-out bench post,$(bench_works))

bench_link_ev = $(REF)
bench_link_uv = -luv
bench_flags_glib = `pkg-config --cflags glib-2.0`
bench_link_glib = -lglib-2.0
bench_link_event = -levent_core -levent_pthreads

bench_parts = $(patsubst %,bench/out/$(1)/%.o,\
    $(filter-out $(bench_without_$(1)),$(bench_works)) \
    $(patsubst $(top)/bench/$(1)/%.cc,%,$(wildcard $(top)/bench/$(1)/*.cc)))

define bench_rules
bench/out/$(1)/%.o: $(top)/bench/%.cc | $(bench_setup)
	@mkdir -p $$(@D)
	$(CXX) $(bench_flags) $(bench_flags_$(1)) -I$(top)/bench/$(1) \
	    -c $$< -o $$@

bench/out/$(1)/%.o: $(top)/bench/$(1)/%.cc | $(bench_setup)
	@mkdir -p $$(@D)
	$(CXX) $(bench_flags) -I$(top)/bench/$(1) -c $$< -o $$@

bench/out/run-$(1): $(call bench_parts,$(1))
	$(CXX) $$^ -o $$@ $$(bench_link_$(1)) -lpthread
endef

bench_setup = $(if $(setup_goals),setup)
$(foreach lib,$(bench_libs),$(eval $(call bench_rules,$(lib))))

bench/out/clock.so: $(top)/bench/clock.c
	@mkdir -p $(@D)
	$(CC) -O2 -shared -fPIC $< -o $@

bench_programs = bench/out/clock.so $(bench_libs:%=bench/out/run-%)
bench_ours = all bench/out/run-ev bench/out/clock.so

# Times, of ours and of the others: make bench QUICK=1 ROWS="timer io-1"
bench: setup all
	@+$(submake) $(bench_programs)
	@$(top)/bench/run.py $(if $(QUICK),--quick) $(ROWS)

# Plots of the last run. Debian's Python has matplotlib.
bench-plot: setup
	/usr/bin/python3 $(top)/bench/plot.py bench/out/results.json \
	    bench/out/plots

# How the time of an operation grows with the number of watchers, and its plot:
# make bench-growth QUICK=1 CURVES="io child"
bench-growth: setup all
	@+$(submake) $(bench_programs)
	@$(top)/bench/growth.py $(if $(QUICK),--quick) $(CURVES)
	/usr/bin/python3 $(top)/bench/plot.py --growth bench/out/growth.json \
	    bench/out/plots

# Copies the last run to README.md, and the plots next to it: that of growth if
# all of it was measured.
bench-publish: bench-plot
	$(top)/bench/publish.py bench/out/results.json
	cp bench/out/plots/summary.svg \
	    $(wildcard bench/out/plots/growth.svg) $(top)/bench/
	$(top)/bench/figures.py

# Copies the figures of the committed tables to the texts that have them.
bench-figures:
	$(top)/bench/figures.py

# Instructions of an operation: make bench-count ROWS="timer io-1"
# LIBRARIES=ours,libev,uv,event,asio,raw. The table is for one compiler only.
bench_compiler = $(shell $(CXX) --version | sed -n 1p) $(CXXFLAGS) $(ASSERTIONS)
bench_count = BENCH_COMPILER="$(bench_compiler)" $(top)/bench/count.py

bench-count: setup all
	@+$(submake) bench/out/clock.so $(if $(LIBRARIES),$(bench_programs),\
	    bench/out/run-ev)
	@$(bench_count) $(LIBRARIES:%=--libraries %) $(ROWS)

# The functions that execute them: make bench-profile ROWS=relay
bench-profile: setup $(bench_ours)
	@$(bench_count) --profile $(ROWS)

bench-table: setup $(bench_ours)
	$(bench_count) --table
	$(top)/bench/figures.py

# Compares ours with the table.
bench_reports = bench/out/check.tap

bench-check: setup all
	$(call report,,$(bench_reports) t/sh/coro/instructions.tap)

# The HTTP server of relev.hpp and that of asio, by h2load.
# How much slower the debug library is, and whether relev-debug(1) is right.
bench-debug: setup $(bench_ours)
	@$(top)/bench/debug.py $(ROWS)

bench-http: setup all
	@$(top)/bench/coro/http.py

# Three servers of relev.hpp, those of asio, and by epoll alone.
bench-servers: setup all
	@$(top)/bench/coro/servers.py

bench/out/check.tap: $(bench_ours) FORCE
	@TEST_TIMEOUT=300 $(run) $@ env $(bench_count) --check

clean: bench-clean

bench-clean:
	@rm -rf bench/out

.PHONY: bench-clean

-include $(wildcard bench/out/*/*.d)
