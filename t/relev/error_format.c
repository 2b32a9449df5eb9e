/* relev_error_format: one line for the log. */

#include <math.h>
#include <unistd.h>

#include "mistakes_help.h"

/* Exported (with -rdynamic) or not, it is found out or its place is given. */
static void on_read(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static struct relev_error error_of(int type, void* watcher, int number)
{
    struct relev_error error = {RELEV_E_TIME,   0,       type, NULL, -1,
                                "all is wrong", (void*)0};
    error.watcher = watcher, error.number = number;
    return error;
}

static char line[300];

static const char* format(struct relev_error error)
{
    int length = relev_error_format(&error, line, sizeof line);
    assert_int_equal(length, strlen(line));
    return line;
}

static void test_format_names_kind_number_and_text(void** state)
{
    /* 1.1: kind, watcher, number and text, those of them that there are. */
    struct relev_error error = error_of(EV_SIGNAL, (void*)0x1f, 10);
    (void)state;

    assert_string_equal(format(error),
                        "ev_signal 0x1f, signal 10: all is wrong");
    error = error_of(EV_CHILD, (void*)0x1f, -3);
    assert_string_equal(format(error), "ev_child 0x1f, pid -3: all is wrong");
    error = error_of(EV_TIMER, (void*)0xabcdef, -1);
    assert_string_equal(format(error), "ev_timer 0xabcdef: all is wrong");
    error = error_of(EV_IO, (void*)0x10, 17), error.errnum = 12;
    assert_string_equal(format(error),
                        "ev_io 0x10, fd 17: all is wrong (errno 12)");
    error = error_of(0, NULL, -1);
    assert_string_equal(format(error), "all is wrong");
    error = error_of(0, NULL, 5), error.code = RELEV_E_FD_OWN;
    assert_string_equal(format(error), "fd 5: all is wrong");
}

#ifdef __linux__

/* <sys/auxv.h> has macros with names of ev.h. */
enum { base_of_dynamic_linker = 7 };
unsigned long getauxval(unsigned long type);

/* Without the dynamic linker, functions have no names. */
static int linked_dynamically(void)
{
    return getauxval(base_of_dynamic_linker) != 0;
}

#else

static int linked_dynamically(void) { return 1; }

#endif

static void formats_callback(const void* callback, const char* name)
{
    struct relev_error error = error_of(EV_IO, (void*)0x10, 1);
    char wanted[80];

    error.callback = callback;
    if (linked_dynamically())
        snprintf(wanted, sizeof wanted, "ev_io 0x10 (callback %s", name);
    else snprintf(wanted, sizeof wanted, "ev_io 0x10 (callback %p)", callback);
    assert_memory_equal(format(error), wanted, strlen(wanted));
    assert_non_null(strstr(line, "), fd 1: all is wrong"));
}

static void test_format_names_callbacks(void** state)
{
    /* 1.1: a function of a library by its name, one of this program by its
     * place in it, and both by their address in a static program. */
    struct relev_error error = error_of(EV_IO, NULL, 1);
    (void)state;

    formats_callback((void*)getpagesize, "getpagesize in ");
    formats_callback((void*)on_read, "");
    assert_int_equal(strstr(line, "error_format") != NULL,
                     linked_dynamically());
    error.callback = (void*)on_read;
    assert_non_null(strstr(format(error), "ev_io of ev_once (callback "));
}

static void test_format_fits_into_any_buffer(void** state)
{
    /* 1.1: the length is that of the whole line; what does not fit is left
     * out, and the rest is terminated. */
    struct relev_error error = error_of(EV_TIMER, (void*)0xab, -1);
    char buffer[sizeof line + 1];
    int whole;
    (void)state;

    error.callback = (void*)on_read, error.errnum = -12345;
    whole = relev_error_format(&error, NULL, 0);
    format(error);
    assert_int_equal(whole, strlen(line));
    for (int size = 0; size < (int)sizeof line; ++size) {
        memset(buffer, 'x', sizeof buffer);
        assert_int_equal(relev_error_format(&error, buffer, size), whole);
        assert_int_equal(buffer[size], 'x');
        if (!size) continue;
        int fits = size - 1 < whole ? size - 1 : whole;
        assert_int_equal(strlen(buffer), fits);
        assert_memory_equal(buffer, line, (size_t)fits);
    }
}

static void take(struct ev_loop* loop, const struct relev_error* error,
                 void* data)
{
    (void)loop;
    relev_error_format(error, data, sizeof line);
}

static void test_format_of_a_mistake_is_one_line(void** state)
{
    /* 1.1: as a program that logs what it receives. */
    struct ev_loop* loop = loop_fresh(0);
    ev_timer w = timer_of("t", NAN, 0);
    char wanted[80];
    (void)state;

    relev_set_error_cb(loop, take, line);
    ev_timer_start(loop, &w);
    snprintf(wanted, sizeof wanted, "ev_timer %p (callback ", (void*)&w);
    assert_memory_equal(line, wanted, strlen(wanted));
    assert_non_null(
        strstr(line, "): ev_timer_start: illegal repeat or timeout"));
    assert_null(strchr(line, '\n'));
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    ONCE(test_format_names_kind_number_and_text),
    ONCE(test_format_names_callbacks),
    ONCE(test_format_fits_into_any_buffer),
    EACH(test_format_of_a_mistake_is_one_line),
};

HARNESS_MAIN("relev_error_format", tests)
