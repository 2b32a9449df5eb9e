/* Watchers of the first of two pipes, of which one is initialized again. */
#ifndef ANEW_IO_HELP_H_
#define ANEW_IO_HELP_H_

#include "anew_help.h"

/* After a mistake that leaves references behind. */
static inline void drop(void)
{
    ev_loop_destroy(loop);
    close(one[0]), close(one[1]), close(two[0]), close(two[1]);
}

/* libev would find some of these mistakes, and abort. */
static inline void turn_verified(int references)
{
    assert_int_equal(turn(loop), references);
    if (!REFERENCE) ev_verify(loop);
}

/* Each of these watchers was called once since the last look. */
static inline void called_once(const char* letters)
{
    assert_int_equal(strlen(calls), strlen(letters));
    for (const char* c = letters; *c; ++c) assert_non_null(strchr(calls, *c));
    calls_clear();
}

static inline void init(ev_io* w, const char* letter, int fd)
{
    ev_io_init(w, note_io, fd, EV_READ);
    w->data = (void*)(uintptr_t)letter;
}

static inline void start_three(ev_io* w, int count)
{
    for (int i = 0; i < count; ++i) {
        init(&w[i], letter_of("abc"[i]), one[0]);
        ev_io_start(loop, &w[i]);
    }
    turn(loop);
    calls_clear();
}

#endif
