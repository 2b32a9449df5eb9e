// relevpp/net.hpp: serve, and stream::read_more.

#include "net_help.hh"

using namespace relev;

namespace {

// Issue 20, B2: what there is is appended to the string; 0 at the end.
task<> appends()
{
    stream_pair p;
    std::string in = "x";
    co_await p.a.write_all("hello");
    assert_int_equal(co_await p.b.read_more(in), 5);
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(
            [](stream* s) -> task<> {
                co_await sleep_for(1ms);
                co_await s->write_all("world");
                s->close();
            },
            &p.a);
        assert_int_equal(co_await p.b.read_more(in, 3), 3);
        assert_int_equal(co_await p.b.read_more(in, 3), 2);
    });
    assert_int_equal(co_await p.b.read_more(in), 0);
    assert_string_equal(in.c_str(), "xhelloworld");
}
void test_stream_read_more_appends(void**) { run_clean(appends); }

// Issue 20, B2: a big transfer is read in pieces, and none is lost by
// time-outs.
task<> sends_all(stream* s, const std::string* all)
{
    co_await s->write_all(*all);
    s->close();
}
task<> reads_pieces()
{
    stream_pair p(4096);
    std::string sent = pattern(300000), got;
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(sends_all, &p.a, &sent);
        for (std::size_t size = 1; size;)
            if (auto more = co_await try_for(0ms, p.b.read_more(got, 20000)))
                size = *more;
    });
    assert_true(sent == got);
}
void test_stream_read_more_in_pieces_is_complete(void**)
{
    run_clean(reads_pieces);
}

// Issue 20, B2: an error of the system is thrown, and nothing is appended.
task<> fails()
{
    stream s;
    std::string in;
    auto left = co_await nothrow(s.read_more(in));
    assert_true(left.error() == std::errc::bad_file_descriptor);
    assert_true(in.empty());
}
void test_stream_read_more_without_fd_fails(void**) { run_clean(fails); }

// Answers a line; also what it reads in spite of a cancel.
task<> answers(stream s, int* count)
{
    std::string in;
    auto size = co_await nothrow(s.read_until(in, "\n", 100));
    if (size.error() == std::errc::operation_canceled)
        size = co_await nothrow(shielded(s.read_until(in, "\n", 100)));
    if (size) co_await shielded(s.write_all(in));
    ++*count;
}

task<std::string> ask(address server)
{
    stream s = co_await connect(server);
    co_await s.write_all("hello\n");
    std::string in;
    co_await s.read_until(in, "\n", 100);
    co_return in;
}

// Issue 20, B2: a task for each connection.
task<> three()
{
    listener l(address::ip("127.0.0.1", 0));
    int count = 0;
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn([](listener* at, int* c) { return serve(*at, answers, c); }, &l,
                &count);
        for (int i = 0; i < 3; ++i) {
            std::string in = co_await ask(l.local());
            assert_string_equal(in.c_str(), "hello\n");
        }
        n.cancel();
    });
    assert_int_equal(count, 3);
    assert_int_equal(l.fd(), -1);
}
void test_serve_runs_session_for_each_connection(void**) { run_clean(three); }

// Issue 20, B2: a cancel loses no connection that is in the listener's queue.
task<> in_queue()
{
    listener l(address::ip("127.0.0.1", 0));
    int count = 0;
    stream clients[5];
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn([](listener* at, int* c) { return serve(*at, answers, c); }, &l,
                &count);
        for (stream& c : clients) {
            c = co_await connect(l.local());
            co_await c.write_all("hello\n");
        }
        n.cancel();
    });
    assert_int_equal(count, 5);
    for (stream& c : clients) {
        std::string in;
        co_await c.read_until(in, "\n", 100);
        assert_string_equal(in.c_str(), "hello\n");
    }
}
void test_serve_canceled_accepts_queue(void**) { run_clean(in_queue); }

// Issue 20, B2: when the listener is closed it ends after the last session.
task<> closed()
{
    listener l(address::ip("127.0.0.1", 0));
    int count = 0;
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn([](listener* at, int* c) { return serve(*at, answers, c); }, &l,
                &count);
        stream client = co_await connect(l.local());
        co_await sleep_for(1ms);
        l.close();
        co_await sleep_for(1ms);
        assert_int_equal(count, 0);
        co_await client.write_all("hello\n");
    });
    assert_int_equal(count, 1);
}
void test_serve_closed_waits_for_sessions(void**) { run_clean(closed); }

// Issue 20, B2: another error of accept is thrown.
task<> no_listener()
{
    listener l(socket(AF_INET, SOCK_STREAM, 0));  // it does not listen
    int count = 0;
    auto left = co_await nothrow(serve(l, answers, &count));
    assert_true(left.error() == std::errc::invalid_argument);
}
void test_serve_error_of_accept_is_thrown(void**) { run_clean(no_listener); }

const Test tests[] = {
    EACH(test_stream_read_more_appends),
    EACH(test_stream_read_more_in_pieces_is_complete),
    EACH(test_stream_read_more_without_fd_fails),
    EACH(test_serve_runs_session_for_each_connection),
    EACH(test_serve_canceled_accepts_queue),
    EACH(test_serve_closed_waits_for_sessions),
    EACH(test_serve_error_of_accept_is_thrown),
};

}  // namespace

HARNESS_MAIN("net_serve", tests)
