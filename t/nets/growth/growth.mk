# Growth: make growth, with more of everything than the check has. One program,
# linked with our library and with the reference. Some scenarios:
# make growth GROWTH="io_one_fd timer_same.put_off"

growth = t/sh/growth
growth_objects := $(patsubst $(top)/t/nets/growth/%.c,$(growth)/%.o,\
    $(wildcard $(top)/t/nets/growth/*.c))

$(growth)/%.o: $(top)/t/nets/growth/%.c $(if $(setup_goals),| setup)
	@mkdir -p $(@D)
	$(CC) $(c_flags) -c $< -o $@

$(growth)/ours: $(growth_objects) $(libs)
	$(CC) $(growth_objects) -o $@ $(lib) $(link) -lm

$(growth)/reference: $(growth_objects)
	$(CC) $^ -o $@ $(REF)

growth_drivers = $(growth)/ours $(growth)/reference

t/sh/growth.tap: $(growth_drivers)

growth: setup all $(growth_drivers)
	$(top)/t/nets/growth/check.sh $(or $(GROWTH),full)
