// relevpp/net.hpp: class stream on sockets and pipes.

#include <csignal>

#include "net_help.hh"

using namespace relev;

namespace {

// Issue 20, B2: what there is is delivered without a wait, and 0 at the end.
task<> reads()
{
    stream_pair p;
    char buf[16];
    assert_int_equal(co_await p.a.write_some("hello"), 5);
    assert_int_equal(co_await p.b.read_some(buf), 5);
    assert_memory_equal(buf, "hello", 5);
    p.a.close();
    assert_int_equal(co_await p.b.read_some(buf), 0);
    assert_int_equal(co_await p.b.read_some(buf), 0);
}
void test_stream_read_some_delivers_bytes_and_end(void**) { run_clean(reads); }

// Issue 20, B2: read_some waits for bytes that come later, again and again.
task<> writes_late(stream* s)
{
    for (int i = 0; i < 3; ++i) {
        co_await sleep_for(1ms);
        co_await s->write_all(std::string_view(i == 1 ? "second" : "other"));
    }
}
task<> waits()
{
    stream_pair p;
    std::string got;
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(writes_late, &p.a);
        char buf[16];
        while (got.size() < 16) {
            std::size_t size = co_await p.b.read_some(buf);
            got.append(buf, size);
        }
    });
    assert_string_equal(got.c_str(), "othersecondother");
}
void test_stream_read_some_waits(void**) { run_clean(waits); }

// Issue 20, B2: write_all waits for room, and read_exactly for all bytes.
task<> sends_all(stream* s, const std::string* all)
{
    co_await s->write_all(*all);
    s->close();
}
task<> transfers()
{
    stream_pair p(4096);
    std::string sent = pattern(300000), got(300000, ' ');
    char more[1];
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(sends_all, &p.a, &sent);
        co_await p.b.read_exactly(got);
        assert_int_equal(co_await p.b.read_some(more), 0);
    });
    assert_true(sent == got);
}
void test_stream_big_transfer_is_complete(void**) { run_clean(transfers); }

// Issue 20, B2: read_exactly reports the end, and nothrow how much came.
task<> ends_early()
{
    stream_pair p;
    char buf[8];
    co_await p.a.write_all("abc");
    p.a.close();
    partial left = co_await nothrow(p.b.read_exactly(buf));
    assert_true(left == stream_errc::end);
    assert_int_equal(left.size, 3);
    assert_memory_equal(buf, "abc", 3);
    int thrown = 0;
    try {
        co_await p.b.read_exactly(buf);
    } catch (const std::system_error& error) {
        thrown = error.code() == stream_errc::end;
    }
    assert_true(thrown);
}
void test_stream_that_ends_fails_read_exactly(void**) { run_clean(ends_early); }

// Issue 20, B2: what came after the delimiter is for the next call.
task<> lines()
{
    stream_pair p;
    std::string in;
    co_await p.a.write_all("one\r\ntwo\r\nth");
    assert_int_equal(co_await p.b.read_until(in, "\r\n", 100), 5);
    assert_string_equal(in.c_str(), "one\r\ntwo\r\nth");
    in.erase(0, 5);
    assert_int_equal(co_await p.b.read_until(in, "\r\n", 100), 5);
    in.erase(0, 5);
    assert_string_equal(in.c_str(), "th");
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(
            [](stream* s) -> task<> {
                for (const char* part : {"ree\r", "\nfour"}) {
                    co_await sleep_for(1ms);
                    co_await s->write_all(std::string_view(part));
                }
                s->close();
            },
            &p.a);
        assert_int_equal(co_await p.b.read_until(in, "\r\n", 100), 7);
    });
    in.erase(0, 7);
    auto left = co_await nothrow(p.b.read_until(in, "\r\n", 100));
    assert_true(left.error() == stream_errc::end);
    assert_string_equal(in.c_str(), "four");
}
void test_stream_read_until_leaves_what_follows(void**) { run_clean(lines); }

// Issue 20: a connection that waits for short lines needs little memory; one
// with many lines reads more and more of them by one system call.
task<> lines_by_size()
{
    stream_pair p;
    std::string in, many;
    auto ends = [&] { return p.b.read_until(in, "\n", 100000); };
    for (int i = 0; i < 3; ++i) {
        co_await p.a.write_all("line\n");
        in.erase(0, co_await ends());
    }
    assert_in_range(in.capacity(), 1, 1100);
    while (many.size() < 20000) many += "line\n";
    co_await p.a.write_all(many);
    for (std::size_t left = many.size(), most = 0; left; left -= 5) {
        assert_int_equal(co_await ends(), 5);
        most = std::max(most, in.size());
        in.erase(0, 5);
        if (left == 5) assert_in_range(most, 4096, 4200);
    }
}
void test_stream_read_until_reads_by_need(void**) { run_clean(lines_by_size); }

// Issue 20, B2: `at_most` is the length with the delimiter; no more is read.
task<> long_lines()
{
    stream_pair p;
    std::string in;
    co_await p.a.write_all("12345678\n");
    auto left = co_await nothrow(p.b.read_until(in, "\n", 8));
    assert_true(left.error() == stream_errc::too_long);
    assert_string_equal(in.c_str(), "12345678");
    assert_int_equal(co_await p.b.read_until(in, "\n", 9), 9);
    in = "x\n";
    left = co_await nothrow(p.b.read_until(in, "\n", 1));
    assert_true(left.error() == stream_errc::too_long);
    left = co_await nothrow(p.b.read_until(in, "", 1));
    assert_true(left.error() == std::errc::invalid_argument);
    std::string text = pattern(20000) + '\n';
    in.clear();
    co_await p.a.write_all(text);
    assert_int_equal(co_await p.b.read_until(in, "\n", 30000), 20001);
    assert_true(in == text);
}
void test_stream_line_too_long_is_reported(void**) { run_clean(long_lines); }

// Issue 20, B2: a cancel loses no byte: `into` and `partial` have them.
task<> reads_until(stream* s, std::string* into)
{
    co_await s->read_until(*into, "\n", 100);
}
task<> reads_exactly(stream* s, std::string* into, std::size_t* done)
{
    partial left = co_await nothrow(s->read_exactly(*into));
    assert_true(left == std::errc::operation_canceled);
    *done = left.size;
}
task<> cancels()
{
    stream_pair p;
    std::string in, exact(10, '.');
    co_await p.a.write_all("half");
    assert_false(co_await try_for(50ms, reads_until(&p.b, &in)));
    assert_string_equal(in.c_str(), "half");
    co_await p.a.write_all(" full\n");
    assert_int_equal(co_await p.b.read_until(in, "\n", 100), 10);
    co_await p.a.write_all("abc");
    std::size_t done = 0;
    (void)co_await try_for(50ms, reads_exactly(&p.b, &exact, &done));
    assert_int_equal(done, 3);
    assert_string_equal(exact.c_str(), "abc.......");
}
void test_stream_cancel_loses_no_byte(void**) { run_clean(cancels); }

// Issue 20, B2: the same for what write_all had written.
task<> writes_all(stream* s, const std::string* all, std::size_t* done)
{
    partial left = co_await nothrow(s->write_all(*all));
    assert_true(left == std::errc::operation_canceled);
    *done = left.size;
}
task<> cancels_write()
{
    stream_pair p(4096);
    std::string all = pattern(1000000), got;
    std::size_t done = 0;
    (void)co_await try_for(1ms, writes_all(&p.a, &all, &done));
    p.a.close();
    assert_in_range(done, 1, all.size() - 1);
    char buf[65536];
    while (std::size_t size = co_await p.b.read_some(buf))
        got.append(buf, size);
    assert_true(got == all.substr(0, done));
}
void test_stream_canceled_write_says_how_much(void**)
{
    run_clean(cancels_write);
}

// Issue 20, B2: a pipe is a stream, too, and no write raises SIGPIPE.
task<> pipes(bool is_pipe)
{
    int fds[2];
    assert_int_equal(
        is_pipe ? pipe(fds) : socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    stream in(fds[0]), out(fds[1]);
    char buf[5];
    co_await out.write_all("12345");
    co_await in.read_exactly(buf);
    assert_memory_equal(buf, "12345", 5);
    in.close();
    partial left = co_await nothrow(out.write_all("x"));
    assert_true(left == std::errc::broken_pipe);
    sigset_t pending;
    sigpending(&pending);
    assert_false(sigismember(&pending, SIGPIPE));
}
void test_stream_without_reader_raises_no_sigpipe(void**)
{
    signal(SIGPIPE, SIG_DFL);
    run_clean(pipes, true);
    run_clean(pipes, false);
}

// Issue 20, B2: a stream moves while nobody waits; a close wakes who waits.
task<> waits_for_close(stream* s, int* error)
{
    char buf[1];
    auto left = co_await nothrow(s->read_some(buf));
    *error = left.error().value();
}
task<> moves()
{
    stream_pair p;
    int error = 0;
    char buf[3];
    assert_false(co_await try_for(1ms, [](stream* s) -> task<> {
        char b[1];
        co_await s->read_some(b);
    }(&p.b)));
    stream moved(std::move(p.b));
    assert_int_equal(p.b.fd(), -1);
    co_await p.a.write_all("abc");
    p.b = std::move(moved);
    co_await p.b.read_exactly(buf);
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(waits_for_close, &p.b, &error);
        co_await sleep_for(1ms);
        p.b = stream();
    });
    assert_int_equal(error, EBADF);
    auto left = co_await nothrow(p.b.read_some(buf));
    assert_int_equal(left.error().value(), EBADF);
}
void test_stream_moves_and_closes(void**) { run_clean(moves); }

const Test tests[] = {
    EACH(test_stream_read_some_delivers_bytes_and_end),
    EACH(test_stream_read_some_waits),
    EACH(test_stream_big_transfer_is_complete),
    EACH(test_stream_that_ends_fails_read_exactly),
    EACH(test_stream_read_until_leaves_what_follows),
    EACH(test_stream_read_until_reads_by_need),
    EACH(test_stream_line_too_long_is_reported),
    EACH(test_stream_cancel_loses_no_byte),
    EACH(test_stream_canceled_write_says_how_much),
    EACH(test_stream_without_reader_raises_no_sigpipe),
    EACH(test_stream_moves_and_closes),
};

}  // namespace

HARNESS_MAIN("net_stream", tests)
