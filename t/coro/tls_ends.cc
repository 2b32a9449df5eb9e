// relevpp/tls.hpp: how a connection ends, and other errors.

#include "tls_help.hh"

#if __has_include(<openssl/ssl.h>)

#include "relevpp/net.hpp"

using namespace relev;

namespace {

// Issue 20, B4: the end that is announced is 0, again and again; then this side
// may still write.
task<> half_closed(int version)
{
    tls_pair p(version);
    tls_stream client = p.client(), server = p.server();
    co_await shake_hands(client, server);
    co_await write_text(client, "bye");
    co_await client.shutdown();
    co_await client.shutdown();
    assert_true(co_await read_text(server, 10) == "bye");
    char part[10];
    assert_int_equal(co_await server.read_some(part), 0);
    co_await write_text(server, "answer");
    assert_true(co_await read_text(client, 6) == "answer");
    co_await server.shutdown();
    assert_int_equal(co_await client.read_some(part), 0);
    auto late = co_await nothrow(client.write_some("late"));
    assert_string_equal(late.error().message().c_str(), "protocol is shutdown");
}
void test_tls_shutdown_ends_one_direction(void**)
{
    run_clean(half_closed, TLS1_2_VERSION);
    run_clean(half_closed, TLS1_3_VERSION);
}

// Issue 20, B4: an end that nobody announced is an error, again and again.
task<> truncated(int version)
{
    tls_pair p(version);
    tls_stream client = p.client();
    {
        tls_stream server = p.server();
        co_await shake_hands(client, server);
        co_await write_text(server, "part");
    }
    assert_true(co_await read_text(client, 4) == "part");
    char part[10];
    for (int i = 0; i < 3; ++i) {
        auto got = co_await nothrow(client.read_some(part));
        assert_false(got.has_value());
        if (i == 0) assert_true(got.error() == tls_errc::truncated);
    }
}
void test_tls_truncated_stream_throws(void**)
{
    run_clean(truncated, TLS1_2_VERSION);
    run_clean(truncated, TLS1_3_VERSION);
}

// Issue 20, B4: the other side leaves during the handshake, announced or not.
task<> left_in_handshake()
{
    tls_pair p;
    tls_stream client = p.client();
    close(p.fds[1]);
    auto left = co_await nothrow(client.handshake());
    assert_true(left.error() == std::errc::broken_pipe
                || left.error() == tls_errc::truncated);
}
void test_tls_end_in_handshake_throws(void**) { run_clean(left_in_handshake); }

// Issue 20, B4: what is no TLS is an error.
task<> no_tls()
{
    tls_pair p;
    tls_stream server = p.server();
    stream plain(p.fds[0]);
    co_await plain.write_some("GET / HTTP/1.1\r\n\r\n");
    auto left = co_await nothrow(server.handshake());
    assert_string_equal(left.error().message().c_str(), "http request");
    assert_string_equal(left.error().category().name(), "relev.tls");
}
void test_tls_plain_text_is_refused(void**) { run_clean(no_tls); }

// Issue 20, B4: nobody reads any more: an error, and no SIGPIPE, which would
// end this program.
task<> broken()
{
    tls_pair p;
    tls_stream client = p.client();
    {
        tls_stream server = p.server();
        co_await shake_hands(client, server);
    }
    for (int i = 0; i < 2; ++i) {
        auto sent = co_await nothrow(client.write_some("x"));
        assert_true(sent.error() == std::errc::broken_pipe);
    }
}
void test_tls_broken_pipe_is_an_error(void**) { run_clean(broken); }

// Issue 20, B4: one task reads and one writes; others get EBUSY.
task<std::error_code> read_error(tls_stream& s)
{
    char part[10];
    auto got = co_await nothrow(s.read_some(part));
    co_return got.error();
}
task<> busy()
{
    tls_pair p;
    tls_stream client = p.client(), server = p.server();
    co_await shake_hands(client, server);
    auto r = co_await when_all(read_error(client), read_error(client),
                               write_text(server, "x"));
    assert_true(!std::get<0>(r));
    assert_true(std::get<1>(r) == std::errc::device_or_resource_busy);
}
void test_tls_second_reader_gets_an_error(void**) { run_clean(busy); }

// Issue 20, B4: who waits gets an error if the stream below is closed; if the
// connection is destroyed or moved, nothing happens.
task<> closed(int how)
{
    tls_pair p;
    tls_stream server = p.server();
    std::optional<tls_stream> client(p.client()), moved;
    co_await shake_hands(*client, server);
    auto [error, none] =
        co_await when_all(read_error(*client),
                          [](int h, auto& c, auto& m, tls_stream& s) -> task<> {
                              co_await sleep_for(1ms);
                              if (h == 0) c->lower().close();
                              if (h == 1) c.reset();
                              if (h == 2) m.emplace(std::move(*c));
                              if (h != 0) co_await write_text(s, "x");
                          }(how, client, moved, server));
    if (how) assert_true(!error);
    else assert_true(error == std::errc::bad_file_descriptor);
    if (how) co_return;
    assert_true(co_await read_error(*client) == error);
    auto late = co_await nothrow(client->write_some("x"));
    assert_true(late.error() == error);
}
void test_tls_closed_while_read_throws(void**)
{
    for (int how = 0; how < 3; ++how) run_clean(closed, how);
}

// Issue 20, B4: a peer that asks for answers, and does not read them, does not
// make them grow without limit: if they are many, a read sends them first.
task<> asks_for_answers()
{
    tls_pair p;
    int small = 4096;
    setsockopt(p.fds[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    tls_stream client = p.client(), server = p.server();
    co_await shake_hands(client, server);
    auto unsent = [&] { return BIO_ctrl_pending(SSL_get_wbio(server.raw())); };
    for (int i = 0; i < 4000; ++i) {
        SSL_key_update(client.raw(), SSL_KEY_UPDATE_REQUESTED);
        co_await write_text(client, "xy");
        auto got = co_await try_for(50ms, read_text(server, 1));
        if (!got) break;
        got = co_await try_for(50ms, read_text(server, 1));
        if (!got) break;
        assert_in_range(unsent(), 0, 65536);
    }
    auto r = co_await when_any(read_text(server, 1), read_text(client, 1));
    assert_int_equal(r.index, 0);
}
void test_tls_answers_nobody_reads_are_limited(void**)
{
    run_clean(asks_for_answers);
}

// Issue 20, B4: a task that writes waits while a read sends many answers.
task<> asks_often(tls_stream& client, int times, int& asked)
{
    for (; asked < times; ++asked) {
        SSL_key_update(client.raw(), SSL_KEY_UPDATE_REQUESTED);
        co_await write_text(client, "x");
    }
}
task<> answers_while_writing()
{
    constexpr int times = 3000;
    int asked = 0;
    tls_pair p;
    int small = 4096;
    setsockopt(p.fds[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    tls_stream client = p.client(), server = p.server();
    co_await shake_hands(client, server);
    auto write = [&]() -> task<> {
        for (int i = 0; i < times; ++i) co_await write_text(server, "y");
    };
    auto read_later = [&]() -> task<> {
        for (int before = -1; before != asked;) {  // until it is blocked
            before = asked;
            for (int i = 0; i < 20; ++i) co_await yield();
        }
        assert_int_equal((co_await read_text(client, times)).size(), times);
    };
    auto r = co_await when_all(read_text(server, times), write(),
                               asks_often(client, times, asked), read_later());
    assert_int_equal(std::get<0>(r).size(), times);
}
void test_tls_write_waits_for_answers(void**)
{
    run_clean(answers_while_writing);
}

// Issue 20, B4: an end with an error reaches the task that reads, also while
// one that writes waits for room.
task<> ends_while_blocked()
{
    tls_pair p;
    tls_stream client = p.client(), server = p.server();
    co_await shake_hands(client, server);
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(
            [&]() -> task<> { co_await write_text(server, numbers(5000000)); });
        co_await sleep_for(1ms);
        client.lower().shutdown_write();
        auto r = co_await when_any(read_error(server), []() -> task<> {
            for (int i = 0; i < 1000; ++i) co_await yield();
        }());
        assert_int_equal(r.index, 0);
        assert_true(*std::get<0>(r.values) == tls_errc::truncated);
        n.cancel();
    });
}
void test_tls_read_error_does_not_wait_for_writer(void**)
{
    run_clean(ends_while_blocked);
}

// Issue 20, B4: dump says where a task waits.
task<> dumped()
{
    tls_pair p;
    tls_stream client = p.client();
    loop& l = co_await this_loop();
    char* text = nullptr;
    size_t size = 0;
    co_await when_all(read_error(client), [&]() -> task<> {
        co_await sleep_for(1ms);
        FILE* file = open_memstream(&text, &size);
        l.dump(file);
        fclose(file);
        client.lower().close();
        co_return;
    }());
    assert_non_null(strstr(text, "stream::readable"));
    assert_non_null(strstr(text, "tls_ends.cc"));
    free(text);
    close(p.fds[1]);
}
void test_tls_dump_says_where(void**) { run_clean(dumped); }

const Test tests[] = {
    EACH(test_tls_shutdown_ends_one_direction),
    EACH(test_tls_truncated_stream_throws),
    EACH(test_tls_end_in_handshake_throws),
    ONCE(test_tls_plain_text_is_refused),
    EACH(test_tls_broken_pipe_is_an_error),
    ONCE(test_tls_second_reader_gets_an_error),
    EACH(test_tls_closed_while_read_throws),
    EACH(test_tls_answers_nobody_reads_are_limited),
    EACH(test_tls_write_waits_for_answers),
    EACH(test_tls_read_error_does_not_wait_for_writer),
    ONCE(test_tls_dump_says_where),
};

}  // namespace

#endif

HARNESS_MAIN("tls_ends", tests)
