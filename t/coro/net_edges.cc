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

const Test tests[] = {
    EACH(test_stream_send_file_partly_sent_raises_no_sigpipe),
    ONCE(test_const_buffer_of_bytes_keeps_zero_at_end),
};

}  // namespace

HARNESS_MAIN("net_edges", tests)
