// relevpp/net.hpp: what the kernel does at the edges, and empty arguments.

#include <array>
#include <csignal>

#include "net_help.hh"

using namespace relev;

namespace {

// Issue 20: send_file raises no SIGPIPE, also if the other side is found to be
// gone after a part was sent.
volatile sig_atomic_t broken_pipes = 0;
task<> sends_to_nobody(int file)
{
    listener l(address::ip("127.0.0.1", 0));
    stream client = co_await connect(l.local());
    stream server = co_await l.accept();
    server.close();
    partial left = co_await nothrow(client.send_file(file, 0, 8 << 20));
    if (!left) left = co_await nothrow(client.send_file(file, 0, 8 << 20));
    assert_true(left.value() != 0);
}
void test_stream_send_file_partly_sent_raises_no_sigpipe(void**)
{
    char path[] = "/tmp/relev-send-XXXXXX";
    int file = mkstemp(path);
    assert_int_equal(ftruncate(file, 8 << 20), 0);
    signal(SIGPIPE, [](int) { broken_pipes = broken_pipes + 1; });
    run_clean(sends_to_nobody, file);
    assert_int_equal(broken_pipes, 0);
    close(file), unlink(path);
}

// Issue 20: only text has a null byte at its end: other arrays are sent whole.
void test_const_buffer_of_bytes_keeps_zero_at_end(void**)
{
    static constexpr std::byte bytes[] = {std::byte{1}, std::byte{0}};
    static constexpr unsigned char octets[] = {1, 2, 0};
    assert_int_equal(const_buffer(bytes).size(), 2);
    assert_int_equal(const_buffer(octets).size(), 3);
    assert_int_equal(const_buffer(u8"ab").size(), 2);
}

// Issue 20: a socket that is not connected is always writable: while the queue
// of the receiver is full, a timer waits, and the loop does not spin.
task<> send_until_full(datagram& d, const address& to, int& sent)
{
    for (;; ++sent) co_await d.send("x", to);
}
task<> sends_to_full_queue()
{
    std::string name =
        std::string("\0relev-queue-", 13) + std::to_string(getpid());
    address at = address::unix_path(name);
    datagram receiver = datagram::bound(at), sender(AF_UNIX);
    loop& l = co_await this_loop();
    int sent = 0, received = 0;
    while (co_await try_for(0s, sender.send("x", at))) ++sent;
    unsigned before = ev_iteration(l.raw());
    assert_false(co_await try_for(30ms, sender.send("x", at)));
    assert_in_range(ev_iteration(l.raw()) - before, 1, 100);
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(send_until_full, std::ref(sender), at, std::ref(sent));
        char buf[1];
        for (; received < 30; ++received) co_await receiver.receive(buf);
        n.cancel();
    });
    assert_true(sent >= received);
}
void test_datagram_full_unix_queue_does_not_spin(void**)
{
    run_clean(sends_to_full_queue);
}

// Issue 20: relev::read_until refuses an empty delimiter, as a stream does.
task<> no_delimiter()
{
    stream_pair p;
    std::string in = "abc";
    auto own = co_await nothrow(p.a.read_until(in, "", 10));
    auto left = co_await nothrow(relev::read_until(p.a, in, "", 10));
    assert_true(own.error() == std::errc::invalid_argument);
    assert_true(left.error() == std::errc::invalid_argument);
}
void test_read_until_empty_delimiter_is_refused(void**)
{
    run_clean(no_delimiter);
}

// Issue 20: a read into an empty buffer delivers 0 at once, also if the read
// before has taken all there was.
task<> reads_nothing()
{
    stream_pair p;
    char buf[8];
    buffer none(buf, 0);
    assert_int_equal(co_await p.b.read_some(none), 0);
    auto late = co_await try_for(1ms, p.b.read_some(buf));
    assert_false(late.has_value());
    co_await p.a.write_all("x");
    assert_int_equal(co_await p.b.read_some(buf), 1);
    auto left = co_await try_for(20ms, p.b.read_some(none));
    assert_true(left && *left == 0);
}
void test_stream_empty_read_never_waits(void**) { run_clean(reads_nothing); }

// Issue 20: of several addresses, too, connect waits for a Unix socket whose
// queue is full, if no other address is left.
task<> takes_two(listener& l)
{
    co_await sleep_for(25ms);
    stream first = co_await l.accept();
    stream second = co_await l.accept();
}
task<> full_socket_comes_last()
{
    std::string name =
        std::string("\0relev-last-", 12) + std::to_string(getpid());
    listener l(address::unix_path(name), {.backlog = 0});
    stream first = co_await connect(l.local());
    address list[] = {address::unix_path("/nothing/there"), l.local()};
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(takes_two, std::ref(l));
        auto made = co_await nothrow(connect(std::span<const address>(list)));
        assert_true(made.has_value());
    });
}
void test_connect_last_of_several_waits_for_full_queue(void**)
{
    run_clean(full_socket_comes_last);
}

const Test tests[] = {
    EACH(test_stream_send_file_partly_sent_raises_no_sigpipe),
    ONCE(test_const_buffer_of_bytes_keeps_zero_at_end),
    EACH(test_datagram_full_unix_queue_does_not_spin),
    EACH(test_read_until_empty_delimiter_is_refused),
    EACH(test_stream_empty_read_never_waits),
    EACH(test_connect_last_of_several_waits_for_full_queue),
};

}  // namespace

HARNESS_MAIN("net_edges", tests)
