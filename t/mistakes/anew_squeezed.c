/* A watcher initialized while active and started for another fd, where it gets
 * the position that it had; then the list that it left loses its gaps. */

#include "anew_io_help.h"

enum { first = 8, more = 32, place = 3 };

static void moved(void)
{
    static ev_io left[first + more], there[place];
    ev_io w;
    begin();
    for (int i = 0; i < first; ++i)
        anew(i == place ? &w : &left[i], i == place ? "w" : "l", two[0]);
    for (int i = 0; i < place; ++i) anew(&there[i], "t", one[0]);
    turn(loop);
    for (int i = 0; i < place; ++i) ev_io_stop(loop, &left[i]);
    anew(&w, "w", one[0]);
    for (int i = first; i < first + more; ++i) anew(&left[i], "l", two[0]);
    turn(loop);
    assert_told(REINIT, EV_IO, &w, one[0]);
    calls_clear();
    for (int i = 0; i < first + more; ++i) ev_io_stop(loop, &left[i]);
    turn_leaves(loop, place + 1);
    assert_calls("tttw");
    ev_io_stop(loop, &w);
    turn_leaves(loop, place);
    assert_calls("ttt");
    stop_all(there, place);
    end();
}

static void test_anew_io_moved_to_the_same_position_leaves_its_list(void** s)
{
    /* R4.12: it is active once, and a stop finds it. In 4.33 it stays in the
     * first list. */
    (void)s;
    made_twice(moved);
}

static const Test tests[] = {
    OURS(test_anew_io_moved_to_the_same_position_leaves_its_list),
};

HARNESS_MAIN("anew_squeezed", tests)
