# The library, its tests and its installation. `make help` lists the goals.
#
# For GNU make. It works in any directory, through the makefile that configure
# writes there or by `make -f`: it builds in the current directory, and reads
# sources from $(top).

# What another make reads here is an error. GNU make leaves it out.
ifneq (,)
.error This Makefile needs GNU make: install it, and run gmake instead of make
endif
ifeq ($(filter oneshell,$(.FEATURES)),)
$(error GNU make 3.82 or newer is needed: brew install make, then run gmake)
endif

top := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
self := $(firstword $(MAKEFILE_LIST))

.DEFAULT_GOAL := all
.SUFFIXES:
.SECONDARY:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# All goals are in the list at the end. Most need packages (tools/setup), and a
# path without spaces.
listed := $(shell sed -nE 's/^\#: ([a-z -]+[a-z])  .*/\1/p' "$(top)/Makefile" \
    2>/dev/null)
no_setup := all install install-strip uninstall dist help clean distclean
anywhere := demo deb
setup_goals := $(filter $(filter-out $(no_setup),$(listed)),$(MAKECMDGOALS))
goals := $(or $(MAKECMDGOALS),all)

# What these goals do is done in places that make could not name.
ifeq ($(wildcard $(top)/configure.ac),)
$(error the path of the sources has a space: run make there, not elsewhere)
endif
ifneq ($(words $(CURDIR) $(top)),2)
bad_goals := $(filter-out $(no_setup) $(anywhere) setup config.mk,$(goals))
ifneq ($(bad_goals),)
$(error make $(firstword $(bad_goals)) cannot work in a path with a space)
endif
endif

# A line for each command, or with V=1 the command itself.
say = $(if $(filter-out 0,$(V)),,@$(if $(findstring s,$(filter-out \
    --%,$(firstword -$(MAKEFLAGS)))),,printf '  %-7s %s\n' $(1) $(2);))

# Without config.mk nothing is known yet: that first, then make again.
configured = config.mk config.h libev.pc libev-config.cmake \
    libev-config-version.cmake
ifneq ($(filter-out help clean distclean setup $(configured),$(goals)),)
ifneq ($(wildcard config.mk),)
include config.mk
else
$(goals): unconfigured
	@:

unconfigured: $(if $(setup_goals),setup)
	@$(MAKE) -f "$(self)" config.mk
	@RELEV_READY=1 $(MAKE) -f "$(self)" $(MAKECMDGOALS)

.PHONY: $(goals) unconfigured
unconfigured := yes
endif
endif

# One translation unit. What a callback throws passes through the loop: hence
# the unwind tables. -fno-exceptions would forbid that to programs with -flto.
LIB_FLAGS = $(CXXSTD) -fPIC -fvisibility=hidden -fno-rtti \
    -fno-threadsafe-statics -fasynchronous-unwind-tables $(SIZE_FLAGS)
WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow

include $(top)/tools/linking.mk
libs = $(if $(filter yes,$(STATIC)),libev.a) \
    $(if $(filter yes,$(SHARED)),$(shared) $(links))
debug_wanted = $(filter yesyes,$(SHARED)$(DEBUG_LIBRARY))
debug_lib = $(if $(debug_wanted),relev-debug/$(soname))
headers = $(shell $(top)/tools/headers $(LIBEVENT))

ifndef unconfigured

all: $(libs) $(debug_lib)

ev.o: $(top)/ev.c config.h $(self)
	$(call say,CXX,ev.c)$(CXX) $(LIB_FLAGS) $(WARNINGS) $(ASSERTIONS) \
	    -I. -I$(top) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -x c++ -c $< -o $@

libev.a: ev.o
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $<

# The same with assertions, and all that relev/debug.cc finds.
relev-debug/ev.o: $(top)/ev.c config.h $(self)
	@mkdir -p $(@D)
	$(call say,CXX,$@)$(CXX) $(LIB_FLAGS) $(WARNINGS) \
	    -ftls-model=initial-exec -DRELEV_DEBUG=1 -UNDEBUG -I. -I$(top) \
	    $(CPPFLAGS) $(CXXFLAGS) -fno-omit-frame-pointer -MMD -MP \
	    -x c++ -c $< -o $@

$(shared): ev.o
$(debug_lib): relev-debug/ev.o
$(shared) $(debug_lib): libev.sym
	$(call say,LINK,$@)$(CXX) $(CXXFLAGS) $(LDFLAGS) -nodefaultlibs \
	    $(link_shared) -o $@ $(filter %.o,$^) $(LIBS) $(link_end)

libev.sym: $(top)/tools/symbols $(top)/packaging/Symbols.relev
	@$< >$@

$(links): $(shared)
	@ln -sf $< $@

include $(top)/t/check.mk
include $(top)/bench/bench.mk
include $(top)/man/html/html.mk

demo: setup all
	@BUILD="$(CURDIR)" $(top)/tools/demo

endif

# Configuration: from a bare clone to config.mk without being asked. In a tree
# that must not be written to, configure is made here. A release has it, and
# does not ask how old it is.

ours_to_write := $(shell test -e $(top)/configure -o -w $(top) && echo yes)
configure := $(if $(ours_to_write),$(top)/,./)configure

$(configured) &: $(configure) $(wildcard $(top)/packaging/*.in) \
    $(if $(setup_goals),| setup)
	@$(if $(filter default,$(origin CXX)),unset CXX;) \
	if test -x config.status; then \
	    ./config.status -q --recheck && ./config.status -q; \
	else $(configure) -q --srcdir=$(top) $(CONFIGURE_FLAGS); fi \
	    && touch config.mk config.h

# autoheader writes config.h.in in its current directory, and the name of its
# input into it.
above = $(if $(filter ./,$(dir $(configure))),$(top),.)
from_top = -I $(above) $(above)/configure.ac

ifneq ($(wildcard $(top)/.git)$(if $(wildcard $(configure)),,none),)
$(configure): $(top)/configure.ac $(top)/libev.m4 \
    $(if $(setup_goals),| setup)
	@command -v autoconf autoheader >/dev/null || { \
	    echo "There is no autoconf to make configure: apt-get install" \
	        autoconf $$(command -v $(CXX) >/dev/null || echo g++) >&2; \
	    exit 1; }
	$(call say,GEN,$@)cd $(@D) && autoconf -o configure $(from_top) && \
	    autoheader $(from_top) && rm -rf autom4te.cache *.in~ && \
	    touch configure
endif

setup:
	@$(if $(RELEV_READY),,$(top)/tools/setup $(setup_goals))

# Set if setup ran before config.mk was made. Not for makes in tests.
unexport RELEV_READY

# Installation.

INSTALL ?= install
pkgconfig = $(libdir)/pkgconfig
cmake = $(libdir)/cmake/libev

# The prefix may have been changed since configure ran.
replace = sed -e 's|^prefix=.*|prefix=$(prefix)|' \
    -e 's|^libdir=.*|libdir=$(libdir)|' \
    -e 's|^includedir=.*|includedir=$(includedir)|' \
    -e 's|^\(set(_libev_includedir \).*|\1"$(from_cmake)")|'
from_bin = $(shell $(top)/tools/relative "$(bindir)" "$(libdir)")
from_cmake = $${CMAKE_CURRENT_LIST_DIR}/$(shell $(top)/tools/relative \
    "$(cmake)" "$(includedir)")

ifndef unconfigured

writable = $(top)/tools/writable $@ "$(DESTDIR)$(includedir)" \
    "$(DESTDIR)$(libdir)" "$(DESTDIR)$(bindir)" "$(DESTDIR)$(mandir)"

install: all
	@$(writable)
	@$(INSTALL) -d "$(DESTDIR)$(includedir)/relevpp/detail" \
	    "$(DESTDIR)$(includedir)/relevpp/net" \
	    "$(DESTDIR)$(pkgconfig)" "$(DESTDIR)$(cmake)"
	@for header in $(headers); do $(INSTALL) -m 644 "$(top)/$$header" \
	    "$(DESTDIR)$(includedir)/$$header" || exit; done
ifeq ($(STATIC),yes)
	@$(INSTALL) -m 644 libev.a "$(DESTDIR)$(libdir)"
endif
ifeq ($(SHARED),yes)
	@$(INSTALL) -m 755 $(shared) "$(DESTDIR)$(libdir)"
	@for link in $(links); do \
	    ln -sf $(shared) "$(DESTDIR)$(libdir)/$$link"; done
endif
ifneq ($(debug_lib),)
	@$(INSTALL) -d "$(DESTDIR)$(bindir)" "$(DESTDIR)$(libdir)/relev-debug"
	@$(INSTALL) -m 755 $(debug_lib) "$(DESTDIR)$(libdir)/relev-debug"
	@sed 's|@from_bin@|$(from_bin)|' $(top)/tools/relev-debug.in \
	    >"$(DESTDIR)$(bindir)/relev-debug"
	@chmod 755 "$(DESTDIR)$(bindir)/relev-debug"
endif
	@$(replace) libev.pc >"$(DESTDIR)$(pkgconfig)/libev.pc"
	@$(replace) libev-config.cmake >"$(DESTDIR)$(cmake)/libev-config.cmake"
	@$(INSTALL) -m 644 libev-config-version.cmake "$(DESTDIR)$(cmake)"
	@$(top)/tools/manual "$(DESTDIR)$(mandir)" $(VERSION)
	@$(top)/tools/installed "$(DESTDIR)" "$(includedir)" "$(libdir)" \
	    "$(bindir)" "$(mandir)" $(libs) $(debug_lib) $(headers)

install-strip: install
ifeq ($(STATIC),yes)
	@$(STRIP) $(strip_static) "$(DESTDIR)$(libdir)/libev.a"
endif
	@for file in $(if $(filter yes,$(SHARED)),$(shared)) $(debug_lib); do \
	    $(STRIP) $(strip_shared) "$(DESTDIR)$(libdir)/$$file" || exit; done

uninstall:
	@$(writable)
	@$(top)/tools/uninstall "$(DESTDIR)" "$(prefix)" "$(includedir)" \
	    "$(libdir)" "$(bindir)" "$(mandir)"

# The release: the sources and a finished configure. Everyone who makes it gets
# the same bytes.
dist: config.mk
	@$(top)/tools/dist $(VERSION) "$(CURDIR)"

# Debian's packages of the release, into deb/.
deb: dist
	@$(top)/tools/deb $(VERSION) "$(CURDIR)"

endif

built = ev.o ev.d libev.a libev.so libev.so.* libev.*dylib libev.sym relev-debug
built += deb relev-*.tar.gz t/ours t/ref t/white t/san t/tsan t/valgrind t/sh \
    t/fuzzed t/msan t/helgrind html

# The examples, as their comments say.
ifeq ($(top),.)
built += $(basename $(wildcard examples/*.c examples/*.cpp)) \
    $(patsubst %,examples/copied/%,stamp *.o) examples/cmake/build
endif

clean:
	@rm -rf $(built)

distclean: clean
	@rm -f $(configured) config.status config.log
ifneq ($(top),.)
	@rm -f Makefile configure config.h.in
	@rmdir t bench/out bench 2>/dev/null || true
endif

help:
	@sed -n 's/^#: //p' $(top)/Makefile

#: all             build the library (also the default)
#: check           the tests of behavior, the interface, the rules: 3 minutes
#: check-all       everything there is: 40 minutes, and many packages
#: report          write t/README.md from the reports of check-all
#: check-san       the tests under ASan and UBSan, those with threads under TSan
#: check-valgrind  the tests under valgrind
#: matrix          a smoke test in many configurations of the sources
#: tidy            the rules of the house as a test
#: fmt             format the sources
#: diff            random programs on ours and on libev (SEEDS=N, FIRST=N)
#: coverage        the lines and branches that the tests reach
#: mutants         break the library on purpose: the tests must notice
#: faults          fail every single system call and allocation
#: steps           stop a thread at every instruction, act in another
#: leave           leave at every callback and call: longjmp, cancel, fork
#: fuzz            random streams of operations under sanitizers (SECONDS=N)
#: check-msan      the tests under MemorySanitizer
#: check-helgrind  the tests with threads under helgrind
#: static          compilers' warnings, clang-tidy, cppcheck
#: platforms       musl, 32 bits, other processors: every test there
#: builds          -flto, -O0 to -Os, static-pie, long double: every test there
#: growth          what operations cost with much of something (GROWTH=...)
#: scale soak      the full doses of scale; everything at once (SECONDS=N)
#: bench           libev, libuv, libevent, asio compared (QUICK=1, ROWS=...)
#: bench-plot bench-publish  pictures of it; copy them and the results here
#: bench-count bench-check bench-table  instructions; compare, write the table
#: bench-figures   copy the figures of the tables to the texts that name them
#: bench-profile   the functions that execute them (ROWS=...)
#: bench-http bench-servers  servers with coroutines, and with asio
#: bench-debug     the debug library against this one, with 1,000 watchers
#: bench-growth    times as the number of watchers grows, and their picture
#: demo            Debian's nghttpd and h2load on this library
#: html            the manual for a browser, in ./html
#: install install-strip uninstall  PREFIX, DESTDIR
#: dist            a release: relev-VERSION.tar.gz
#: deb             Debian's packages of it, in deb/
#: clean distclean  remove what was built; and what configure wrote
#: help            this list
#:
#: Variables: V=1 shows the commands; SUBJECT=timer: check only t/timer; CXX,
#: CXXFLAGS, CC (for the tests), CONFIGURE_FLAGS, JOBS.

.PHONY: setup $(listed)

-include ev.d relev-debug/ev.d
