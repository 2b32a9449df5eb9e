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

const Test tests[] = {
    EACH(test_stream_send_file_partly_sent_raises_no_sigpipe),
};

}  // namespace

HARNESS_MAIN("net_edges", tests)
