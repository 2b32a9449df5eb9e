# Stack: how much of it each function of the API uses. One program, linked with
# our library and, without relev.h, with the reference.

stack = t/sh/stack
stack_sources = $(wildcard $(top)/t/nets/stack/*.[ch])
stack_flags = -std=gnu11 -O1 -Wall -Wextra -Wno-unused-value -I. -I$(top)

$(stack)/ours: $(stack_sources) $(libs)
	@mkdir -p $(@D)
	$(CC) $(stack_flags) $(filter %.c,$^) -o $@ $(lib) $(link) -lpthread

$(stack)/reference: $(stack_sources)
	@mkdir -p $(@D)
	$(CC) $(stack_flags) -DREFERENCE $(filter %.c,$^) -o $@ $(REF) -lpthread

t/sh/stack.tap: $(stack)/ours $(stack)/reference
