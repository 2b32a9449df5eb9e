// relevpp/net.hpp: writev, sendfile, half-close, datagrams, buffers, and what
// there is for any stream.

#include <array>
#include <span>

#include "net_help.hh"

using namespace relev;

namespace {

// Reads to the end.
task<std::string> read_all(stream& s)
{
    std::string got;
    char buf[4096];
    while (std::size_t size = co_await s.read_some(buf)) got.append(buf, size);
    co_return got;
}

// Issue 20, B2: parts are sent in order, more of them than one call takes, also
// empty ones, and when the call ends in the middle of one.
task<> sends_parts(stream* s, const std::string* all, std::size_t each)
{
    std::vector<const_buffer> parts;
    for (std::size_t at = 0; at < all->size(); at += each) {
        parts.push_back(std::string_view(*all).substr(at, each));
        if (at % 3 == 0) parts.push_back("");
    }
    partial left = co_await nothrow(s->write_all(parts));
    assert_true(!left);
    assert_int_equal(left.size, all->size());
    s->close();
}
task<> parts(std::size_t size, std::size_t each)
{
    stream_pair p(4096);
    std::string all = pattern(size), got;
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(sends_parts, &p.a, &all, each);
        got = co_await read_all(p.b);
    });
    assert_true(got == all);
}
void test_stream_write_all_sends_parts(void**)
{
    run_clean(parts, 0u, 1u);
    run_clean(parts, 5u, 2u);
    run_clean(parts, 1000u, 1u);
    run_clean(parts, 300000u, 777u);
}

// Issue 20, B2: a file is sent from an offset, up to its end.
task<> sends_file(stream* s, int file, std::size_t count, std::size_t* sent)
{
    *sent = co_await s->send_file(file, 10, count);
    s->close();
}
task<> files(int file, const std::string* all)
{
    for (std::size_t count : {0u, 5u, 200000u, 900000u}) {
        stream_pair p(4096);
        std::size_t sent = 0;
        std::string got;
        co_await with_nursery([&](nursery& n) -> task<> {
            n.spawn(sends_file, &p.a, file, count, &sent);
            got = co_await read_all(p.b);
        });
        assert_true(got == all->substr(10, count));
        assert_int_equal(sent, got.size());
    }
    stream_pair p;
    partial left = co_await nothrow(p.a.send_file(-1, 0, 1));
    assert_true(left == std::errc::bad_file_descriptor);
    p.b.close();
    left = co_await nothrow(p.a.send_file(file, 0, 1));
    assert_true(left == std::errc::broken_pipe);
}
void test_stream_send_file_sends_to_its_end(void**)
{
    char path[] = "/tmp/relev-send-XXXXXX";
    int file = mkstemp(path);
    std::string all = pattern(300000);
    assert_int_equal(write(file, all.data(), all.size()), all.size());
    signal(SIGPIPE, SIG_DFL);
    run_clean(files, file, &all);
    close(file), unlink(path);
}

// Issue 20, B2: after shutdown_write the other direction goes on.
task<> answers(stream* s)
{
    std::string asked = co_await read_all(*s);
    co_await s->write_all("you said " + asked);
    s->close();
}
task<> half_closes()
{
    stream_pair p;
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(answers, &p.b);
        co_await p.a.write_all("hello");
        p.a.shutdown_write();
        std::string answer = co_await read_all(p.a);
        assert_string_equal(answer.c_str(), "you said hello");
    });
    p.a.close();
    std::error_code error;
    p.a.shutdown_write(error);
    assert_true(error == std::errc::bad_file_descriptor);
}
void test_stream_half_closed_still_reads(void**) { run_clean(half_closes); }

// Issue 20, B2: datagrams keep their borders, and know who sent them.
task<> messages(address any)
{
    datagram a = datagram::bound(any), b(any.family());
    char buf[4];
    co_await b.send("one", a.local());
    co_await b.send("", a.local());
    co_await b.send("too long", a.local());
    received got = co_await a.receive(buf);
    assert_int_equal(got.size, 3);
    assert_memory_equal(buf, "one", 3);
    assert_false(got.truncated);
    assert_int_equal(got.from.port(), b.local().port());
    got = co_await a.receive(buf);
    assert_int_equal(got.size, 0);
    datagram c = datagram::connected(a.local());
    co_await c.send("c");
    received cut = co_await a.receive(buf);
    assert_true(cut.truncated);
    assert_int_equal(cut.size, 4);
    got = co_await a.receive(buf);
    assert_true(got.from == c.local());
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(
            [](datagram* from, address to) -> task<> {
                co_await sleep_for(1ms);
                co_await from->send("late", to);
            },
            &a, got.from);
        got = co_await c.receive(buf);
    });
    assert_memory_equal(buf, "late", 4);
    assert_true(got.from == a.local());
}
void test_datagram_borders_and_sender_are_kept(void**)
{
    run_clean(messages, address::ip("127.0.0.1", 0));
    run_clean(messages, address::ip("::1", 0));
}

// Issue 20, B2: the same for a Unix socket; an error is the system's.
task<> local_messages()
{
    std::string name =
        std::string("\0relev-dgram-", 13) + std::to_string(getpid());
    address at = address::unix_path(name);
    datagram a = datagram::bound(at), b(AF_UNIX);
    char buf[8];
    co_await b.send("hi", at);
    received got = co_await a.receive(buf);
    assert_int_equal(got.size, 2);
    a.close();
    std::error_code error = co_await nothrow(b.send("hi", at));
    assert_true(error == std::errc::connection_refused);
    auto left = co_await nothrow(a.receive(buf));
    assert_true(left.error() == std::errc::bad_file_descriptor);
}
void test_datagram_of_unix_socket(void**) { run_clean(local_messages); }

// A stream of the program, which reads and writes a byte at a time.
struct slow {
    stream& s;
    auto read_some(buffer into)
    {
        return s.read_some(buffer(into.data(), into.size() ? 1 : 0));
    }
    auto write_some(const_buffer from)
    {
        return s.write_some(const_buffer(from.data(), from.size() ? 1 : 0));
    }
};
static_assert(byte_stream<slow> && byte_stream<stream>);
static_assert(!byte_stream<descriptor>);

// Issue 20, B2: read_exactly, read_until and write_all for any byte_stream.
task<> any_stream()
{
    stream_pair p;
    slow a{p.a}, b{p.b};
    char buf[3];
    std::string in;
    co_await write_all(a, "abcline\r\nrest");
    co_await read_exactly(b, buf);
    assert_memory_equal(buf, "abc", 3);
    assert_int_equal(co_await read_until(b, in, "\r\n", 6), 6);
    assert_string_equal(in.c_str(), "line\r\n");
    in.clear();
    auto left = co_await nothrow(read_until(b, in, "\r\n", 3));
    assert_true(left.error() == stream_errc::too_long);
    assert_string_equal(in.c_str(), "res");
    assert_false(co_await try_for(1ms, read_exactly(b, in)));
    assert_string_equal(in.c_str(), "tes");
    in = "t";
    p.a.close();
    left = co_await nothrow(read_until(b, in, "\r\n", 30));
    assert_true(left.error() == stream_errc::end);
    assert_string_equal(in.c_str(), "t");
    auto ended = co_await nothrow(read_exactly(b, buf));
    assert_true(ended == stream_errc::end);
}
void test_byte_stream_functions_serve_any(void**) { run_clean(any_stream); }

// Issue 20, B2: what bytes are in can be passed as it is.
void test_buffer_is_made_of_bytes(void**)
{
    std::string text = "abc";
    const std::vector<unsigned char> bytes(5);
    std::array<std::byte, 4> array{};
    char raw[2] = {'a', 0};
    const char unended[] = {'a', 'b'};
    assert_int_equal(buffer(text).size(), 3);
    assert_int_equal(buffer(array).size(), 4);
    assert_int_equal(buffer(std::span(array).first(2)).size(), 2);
    assert_int_equal(buffer(raw).size(), 2);
    assert_int_equal(buffer(raw).after(5).size(), 0);
    assert_int_equal(const_buffer(raw).size(), 2);
    assert_int_equal(const_buffer(unended).size(), 2);
    assert_int_equal(const_buffer("abc").size(), 3);
    assert_int_equal(const_buffer("abc").after(1).size(), 2);
    assert_int_equal(const_buffer(bytes).size(), 5);
    assert_int_equal(const_buffer(std::string_view("ab")).size(), 2);
    static_assert(!std::is_constructible_v<buffer, const std::string&>);
    static_assert(!std::is_constructible_v<buffer, std::string>);
    static_assert(!std::is_constructible_v<buffer, const char(&)[3]>);
    static_assert(!std::is_constructible_v<buffer, std::vector<int>&>);
    static_assert(!std::is_constructible_v<const_buffer, std::vector<int>&>);
}

const Test tests[] = {
    EACH(test_stream_write_all_sends_parts),
    EACH(test_stream_send_file_sends_to_its_end),
    EACH(test_stream_half_closed_still_reads),
    EACH(test_datagram_borders_and_sender_are_kept),
    EACH(test_datagram_of_unix_socket),
    EACH(test_byte_stream_functions_serve_any),
    ONCE(test_buffer_is_made_of_bytes),
};

}  // namespace

HARNESS_MAIN("net_transfers", tests)
