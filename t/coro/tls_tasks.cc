// relevpp/tls.hpp: several tasks, cancels and time-outs, at each step.

#include "tls_help.hh"

#if __has_include(<openssl/ssl.h>)

using namespace relev;
using namespace std::string_view_literals;

namespace {

constexpr size_t much = 1000000;

// Little room, so that who writes has to wait.
void shrink(const tls_pair& p)
{
    int size = 4096;
    for (int fd : p.fds)
        assert_int_equal(
            setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
}

// Issue 20, B4: both sides write much while they read; with keys that change
// midway, as both sides ask for it.
task<> write_much(tls_stream& s, bool updates)
{
    std::string text = numbers(much);
    co_await write_text(s, std::string_view(text).substr(0, much / 2));
    if (updates) assert_true(SSL_key_update(s.raw(), SSL_KEY_UPDATE_REQUESTED));
    co_await write_text(s, std::string_view(text).substr(much / 2));
}
task<> read_much(tls_stream& s)
{
    assert_true(co_await read_text(s, much) == numbers(much));
}
task<> both_ways(int version)
{
    tls_pair p(version);
    shrink(p);
    tls_stream client = p.client(), server = p.server();
    co_await shake_hands(client, server);
    bool updates = version == TLS1_3_VERSION;
    co_await when_all(write_much(client, updates), read_much(client),
                      write_much(server, updates), read_much(server));
}
void test_tls_both_ways_at_once(void**)
{
    run_clean(both_ways, TLS1_2_VERSION);
    run_clean(both_ways, TLS1_3_VERSION);
}

// Issue 20, B4: after half of a record and a cancel the next read delivers the
// whole.
task<> forward(int from, int to)
{
    char part[1000];
    for (;;) {
        co_await readable(from);
        ssize_t got = read(from, part, sizeof part);
        if (got <= 0) co_return;
        assert_int_equal(write(to, part, static_cast<size_t>(got)), got);
    }
}
task<> connect_by(int a, int b, tls_stream& client, tls_stream& server)
{
    co_await when_any(
        [](int from, int to) -> task<> {
            co_await when_all(forward(from, to), forward(to, from));
        }(a, b),
        shake_hands(client, server));
}
task<> half_of_a_record()
{
    tls_pair p, q;
    int a = p.fds[1], b = q.fds[1];
    q.of_server = p.of_server;
    q.fds[1] = q.fds[0];
    tls_stream client = p.client(), server = q.server();
    co_await connect_by(a, b, client, server);
    char part[1000];
    for (ssize_t n; (n = recv(b, part, sizeof part, MSG_DONTWAIT)) > 0;)
        assert_int_equal(write(a, part, static_cast<size_t>(n)), n);
    co_await write_text(server, "hello");
    ssize_t size = read(b, part, sizeof part);
    assert_true(size > 20);
    for (ssize_t i = 0; i < size; ++i) {
        char text[10];
        auto got = co_await try_for(0ms, client.read_some(text));
        assert_false(got.has_value());
        assert_int_equal(write(a, part + i, 1), 1);
    }
    assert_true(co_await read_text(client, 5) == "hello");
    close(a), close(b);
}
void test_tls_read_canceled_in_record_loses_nothing(void**)
{
    run_clean(half_of_a_record);
}

// Writes parts of the text until there is no room, and a time-out cancels one
// that is midway.
task<> fill(tls_stream& s, const std::string& text)
{
    for (bool fits = true; fits;) {
        auto n = co_await try_for(2ms, s.write_some(text));
        fits = n.has_value();
    }
}

// Issue 20, B4: after a write that was canceled midway no other one can follow,
// also not with the same buffer: half of a record may be sent. It can be read.
task<> canceled_write()
{
    tls_pair p;
    shrink(p);
    tls_stream client = p.client(), server = p.server();
    co_await shake_hands(client, server);
    std::string text = numbers(much);
    co_await fill(client, text);
    for (std::string_view later : {std::string_view(text), "x"sv}) {
        auto sent = co_await nothrow(client.write_some(later));
        assert_true(sent.error() == std::errc::broken_pipe);
    }
    auto end = co_await nothrow(client.shutdown());
    assert_true(end.error() == std::errc::broken_pipe);
    co_await write_text(server, "hello");
    assert_true(co_await read_text(client, 5) == "hello");
    client.lower().close();
    auto got = co_await nothrow(read_text(server, much));
    assert_true(got.error() == tls_errc::truncated);
}
void test_tls_write_canceled_in_record_is_the_last(void**)
{
    run_clean(canceled_write);
}

// Issue 20, B4: a handshake that was canceled goes on with the next one.
task<> slow_handshake()
{
    tls_pair p;
    tls_stream client = p.client();
    auto late = co_await nothrow(with_timeout(1ms, client.handshake()));
    assert_true(late.error() == std::errc::timed_out);
    tls_stream server = p.server();
    co_await shake_hands(client, server);
    co_await write_text(server, "hello");
    assert_true(co_await read_text(client, 5) == "hello");
}
void test_tls_handshake_canceled_goes_on(void**) { run_clean(slow_handshake); }

// Issue 20, B4: of tasks that wait for the handshake the first is canceled, or
// the second: the other one goes on.
task<> read_hello(tls_stream& s)
{
    assert_true(co_await read_text(s, 5) == "hello");
}
task<> taken_over(bool reads_first, bool cancels_first)
{
    tls_pair p;
    tls_stream client = p.client(), server = p.server();
    bool cancels_read = reads_first == cancels_first;
    auto read = [&]() -> task<> {
        if (cancels_read)
            assert_false(co_await try_for(1ms, read_hello(client)));
        else co_await read_hello(client);
    };
    auto write = [&]() -> task<> {
        auto f = [&]() -> task<> { co_await write_text(client, "hello"); };
        if (cancels_read) co_await f();
        else assert_false(co_await try_for(1ms, f()));
    };
    auto serve = [&]() -> task<> {
        co_await sleep_for(3ms);
        if (cancels_read) co_await read_hello(server);
        else co_await write_text(server, "hello");
    };
    co_await with_nursery([&](nursery& n) -> task<> {
        if (!reads_first) n.spawn(write);
        n.spawn(read);
        if (reads_first) n.spawn(write);
        n.spawn(serve);
        co_return;
    });
}
void test_tls_handshake_canceled_is_taken_over(void**)
{
    for (int i = 0; i < 4; ++i) run_clean(taken_over, bool(i & 1), bool(i & 2));
}

// Issue 20, B4: nothing is tried in a scope that is canceled already.
task<> canceled_before()
{
    tls_pair p;
    tls_stream client = p.client(), server = p.server();
    co_await shake_hands(client, server);
    co_await write_text(server, "hello");
    co_await with_nursery([&](nursery& n) -> task<> {
        n.cancel();
        char part[10];
        auto got = co_await nothrow(client.read_some(part));
        assert_true(got.error() == std::errc::operation_canceled);
        auto sent = co_await nothrow(client.write_some("x"));
        assert_true(sent.error() == std::errc::operation_canceled);
    });
    assert_true(co_await read_text(client, 5) == "hello");
    co_await client.shutdown();
    assert_true(co_await read_text(server, 10) == "");
}
void test_tls_canceled_before_does_nothing(void**)
{
    run_clean(canceled_before);
}

// Issue 20, B4: a client does not renegotiate.
task<> answer(tls_stream& s, const std::string& question)
{
    assert_true(co_await read_text(s, question.size()) == question);
    co_await write_text(s, "answer");
}
task<std::error_code> ask(tls_stream& s)
{
    co_await write_text(s, "question");
    char part[6];
    co_return (co_await nothrow(s.read_some(part))).error();
}
task<> renegotiate()
{
    tls_pair p(TLS1_2_VERSION);
    SSL_CTX_clear_options(p.of_server.raw(), SSL_OP_NO_RENEGOTIATION);
    tls_stream client = p.client(), server = p.server();
    co_await shake_hands(client, server);
    assert_true(SSL_renegotiate(server.raw()));
    assert_int_equal(SSL_do_handshake(server.raw()), 1);  // asks for it
    auto [none, error] =
        co_await when_all(answer(client, "question"), ask(server));
    assert_int_equal(SSL_num_renegotiations(client.raw()), 0);
    assert_true(error.message() == "no renegotiation");
}
void test_tls_renegotiation_is_refused(void**) { run_clean(renegotiate); }

// Issue 20, B4: destroyed at each iteration, it leaves nothing.
task<> session(tls_pair& p)
{
    alive here;
    tls_stream client = p.client(), server = p.server();
    co_await shake_hands(client, server);
    co_await when_all(write_much(client, true), read_much(server),
                      write_much(server, true), read_much(client));
}
void test_tls_destroyed_midway_leaves_nothing(void**)
{
    for (int turns = 0; turns < 30; ++turns) {
        tls_pair p;
        shrink(p);
        {
            loop l(flags());
            int left = turns;
            on_prepare end(l, [&] {
                if (left-- == 0) l.break_with(std::make_exception_ptr(0));
            });
            try {
                l.run(session(p));
            } catch (int) {
            }
        }
        assert_int_equal(alive::count, 0);
    }
}

const Test tests[] = {
    EACH(test_tls_both_ways_at_once),
    EACH(test_tls_read_canceled_in_record_loses_nothing),
    EACH(test_tls_write_canceled_in_record_is_the_last),
    EACH(test_tls_handshake_canceled_goes_on),
    EACH(test_tls_handshake_canceled_is_taken_over),
    ONCE(test_tls_canceled_before_does_nothing),
    ONCE(test_tls_renegotiation_is_refused),
    EACH(test_tls_destroyed_midway_leaves_nothing),
};

}  // namespace

#endif

HARNESS_MAIN("tls_tasks", tests)
