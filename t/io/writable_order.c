/* ev_io: the order in which a newly started writer, ready at once, is
 * dispatched among watchers that were registered before, as in 4.33. */
#define _GNU_SOURCE
#include "calls.h"
#include "fds.h"

enum { most = 6 };

static struct ev_loop* loop;
static ev_io readers[most], writers[most];
static int in[most][2], out[most][2];

static void start(ev_io* w, int fd, int events, const char* letter)
{
    *w = io_of(letter, fd, events);
    ev_io_start(loop, w);
}

static void begin(int count)
{
    loop = loop_new(0);
    for (int i = 0; i < most; ++i) pair_open(in[i]), pair_open(out[i]);
    for (int i = 0; i < count; ++i)
        start(&readers[i], in[i][0], EV_READ, letter_of("abcdef"[i]));
    turn(loop);
    for (int i = 0; i < count; ++i) byte_put(in[i][1]);
}

static void finish(void)
{
    ev_loop_destroy(loop);
    for (int i = 0; i < most; ++i) both_close(in[i]), both_close(out[i]);
}

static const char* turn_line(void)
{
    calls_clear();
    turn(loop);
    return calls;
}

static void test_io_writer_started_last_is_called_before_readers(void** state)
{
    /* R4.10, A18: on epoll the kernel reports it last, and the last event is
     * dispatched first. */
    (void)state;
    backend = EVBACKEND_EPOLL;
    begin(1);
    start(&writers[0], out[0][0], EV_WRITE, "A");
    assert_string_equal(turn_line(), "Aa");
    finish();
}

static void test_io_writers_started_last_are_called_in_turn(void** state)
{
    /* R4.10, A18: several writers, and several readers. */
    (void)state;
    backend = EVBACKEND_EPOLL;
    begin(3);
    for (int i = 0; i < 3; ++i)
        start(&writers[i], out[i][0], EV_WRITE, letter_of("ABC"[i]));
    assert_string_equal(turn_line(), "CBAcba");
    finish();
}

static void test_io_writer_of_lower_priority_is_called_later(void** state)
{
    /* R4.10: among watchers of one priority. */
    (void)state;
    backend = EVBACKEND_EPOLL;
    begin(2);
    writers[0] = io_of("A", out[0][0], EV_WRITE);
    ev_set_priority(&writers[0], -1);
    ev_io_start(loop, &writers[0]);
    start(&writers[1], out[1][0], EV_WRITE, "B");
    assert_string_equal(turn_line(), "BbaA");
    finish();
}

static void test_io_writer_of_a_reader_s_fd_is_called_in_order(void** state)
{
    /* R4.10, R2.2: a writer of the fd of the first reader is called after that
     * reader, a writer of its own fd before all. */
    const char* got;
    (void)state;
    backend = EVBACKEND_EPOLL;
    begin(2);
    start(&writers[0], in[0][0], EV_WRITE, "A");
    start(&writers[1], out[1][0], EV_WRITE, "B");
    got = turn_line();
    assert_int_equal(strlen(got), 4);
    assert_int_equal(got[0], 'B');
    assert_non_null(strchr(got, 'b'));
    assert_non_null(strchr(got, 'a'));
    assert_non_null(strchr(strchr(got, 'a'), 'A'));
    finish();
}

static void test_io_writers_and_readers_started_together_keep_order(
    void** state)
{
    /* R4.10, A18: writers and readers that start in one iteration, in turn; the
     * order stays in later iterations. */
    (void)state;
    backend = EVBACKEND_EPOLL;
    begin(0);
    for (int i = 0; i < 3; ++i) {
        byte_put(in[i][1]);
        start(&writers[i], out[i][0], EV_WRITE, letter_of("ABC"[i]));
        start(&readers[i], in[i][0], EV_READ, letter_of("abc"[i]));
    }
    start(&writers[3], out[3][0], EV_WRITE, "D");
    for (int i = 0; i < 3; ++i) assert_string_equal(turn_line(), "DcCbBaA");
    finish();
}

static void test_io_writer_started_by_a_reader_is_called_first(void** state)
{
    /* R4.10, A18: as a server does that answers: in the next iteration, in
     * which its reader is ready again. */
    (void)state;
    backend = EVBACKEND_EPOLL;
    begin(2);
    assert_string_equal(turn_line(), "ba");
    start(&writers[0], out[0][0], EV_WRITE, "A");
    assert_string_equal(turn_line(), "Aba");
    assert_string_equal(turn_line(), "Aba");
    finish();
}

static void test_io_file_written_with_sockets_keeps_its_order(void** state)
{
    /* Issue 18, R4.10: a regular file is not put off like a socket: from its
     * first iteration on it is dispatched before them, as in 4.33. */
    char path[] = "/tmp/writable_order.XXXXXX";
    int files[2] = {mkstemp(path), -1};
    (void)state;
    backend = EVBACKEND_EPOLL;
    assert_true(files[0] >= 0);
    unlink(path);
    files[1] = dup(files[0]);
    begin(1);
    start(&writers[0], out[0][0], EV_WRITE, "A");
    start(&writers[1], files[0], EV_WRITE, "F");
    start(&writers[2], out[1][0], EV_WRITE, "B");
    start(&writers[3], files[1], EV_WRITE, "G");
    start(&writers[4], out[2][0], EV_WRITE, "C");
    for (int i = 0; i < 3; ++i) assert_string_equal(turn_line(), "FGCBAa");
    finish();
    both_close(files);
}

static const Test tests[] = {
    ONCE(test_io_writer_started_last_is_called_before_readers),
    ONCE(test_io_writers_started_last_are_called_in_turn),
    ONCE(test_io_writer_of_lower_priority_is_called_later),
    ONCE(test_io_writer_of_a_reader_s_fd_is_called_in_order),
    ONCE(test_io_writers_and_readers_started_together_keep_order),
    ONCE(test_io_writer_started_by_a_reader_is_called_first),
    ONCE(test_io_file_written_with_sockets_keeps_its_order),
};

HARNESS_MAIN("io_writable_order", tests)
