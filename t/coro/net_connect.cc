// relevpp/net.hpp: addresses, connect and class listener.

#include <sys/syscall.h>

#include "net_help.hh"

using namespace relev;

// What accept4 fails with, if not 0. A true lack of descriptors disturbs the
// checks of UBSan.
static int accept_error = 0;
extern "C" int accept4(int fd, sockaddr* from, socklen_t* size, int flags)
{
    if (accept_error) return errno = accept_error, -1;
    return static_cast<int>(syscall(SYS_accept4, fd, from, size, flags));
}

namespace {

// Issue 20, B2: addresses are made of text, and give it back.
void test_address_text_is_kept(void**)
{
    assert_string_equal(address::ip("127.0.0.1", 80).text().c_str(),
                        "127.0.0.1:80");
    assert_string_equal(address::ip("::1", 8080).text().c_str(), "[::1]:8080");
    assert_string_equal(address::ip("fe80::1%1", 1).text().c_str(),
                        "[fe80::1%1]:1");
    assert_string_equal(address::unix_path("/tmp/x").text().c_str(), "/tmp/x");
    assert_string_equal(
        address::unix_path(std::string_view("\0x", 2)).text().c_str(), "@x");
    assert_string_equal(address().text().c_str(), "");
    assert_int_equal(address::ip("::1", 8080).port(), 8080);
    assert_true(address::ip("1.2.3.4", 5) == address::ip("1.2.3.4", 5));
    assert_false(address::ip("1.2.3.4", 5) == address::ip("1.2.3.4", 6));
}

// Issue 20, B2: what is no address is refused.
template <class Make>
int refused(Make make)
{
    try {
        (void)make();
    } catch (const std::system_error& error) {
        return error.code().value();
    }
    return 0;
}
void test_address_invalid_is_refused(void**)
{
    for (const char* text : {"", "localhost", "1.2.3", "::1%", "::1%no-such"})
        assert_int_equal(refused([&] { return address::ip(text, 1); }), EINVAL);
    auto path = [](std::string_view text) {
        return refused([&] { return address::unix_path(text); });
    };
    assert_int_equal(path(""), EINVAL);
    assert_int_equal(path(std::string_view("a\0b", 3)), EINVAL);
    assert_int_equal(path(std::string(107, 'x')), 0);
    assert_int_equal(path(std::string(108, 'x')), ENAMETOOLONG);
}

// Issue 20, B2: connect and accept, over IPv4, IPv6 and a Unix socket.
task<> client(address to)
{
    stream s = co_await connect(to);
    co_await s.write_all("ping");
    char buf[4];
    co_await s.read_exactly(buf);
    assert_memory_equal(buf, "pong", 4);
}
task<> meets(address at)
{
    listener l(at);
    assert_int_equal(l.local().family(), at.family());
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(client, l.local());
        stream s = co_await l.accept();
        char buf[4];
        co_await s.read_exactly(buf);
        assert_memory_equal(buf, "ping", 4);
        co_await s.write_all("pong");
    });
}
void test_listener_meets_connect(void**)
{
    std::string name =
        std::string("\0relev-net-", 11) + std::to_string(getpid());
    run_clean(meets, address::ip("127.0.0.1", 0));
    run_clean(meets, address::ip("::1", 0));
    run_clean(meets, address::unix_path(name));
}

// An address of this machine at which nobody listens.
address refused_address()
{
    listener l(address::ip("127.0.0.1", 0));
    return l.local();
}

// Issue 20, B2: the error of connect is that of the system; nothing is left.
task<> is_refused()
{
    auto left = co_await nothrow(connect(refused_address()));
    assert_true(left.error() == std::errc::connection_refused);
    left = co_await nothrow(connect(address()));
    assert_true(left.error() == std::errc::address_family_not_supported);
    left = co_await nothrow(connect(address::unix_path("/no/such/socket")));
    assert_true(left.error() == std::errc::no_such_file_or_directory);
    left = co_await nothrow(connect(std::span<const address>()));
    assert_true(left.error() == std::errc::invalid_argument);
}
void test_connect_refused_is_reported(void**)
{
    int before = open_fds();
    run_clean(is_refused);
    assert_int_equal(open_fds(), before);
}

// Issue 20, B2: RFC 8305: after a failure the next address is tried at once.
task<> tries_all(std::size_t good, std::size_t count)
{
    listener l(address::ip("127.0.0.1", 0));
    std::vector<address> list(count, refused_address());
    if (good < count) list[good] = l.local();
    auto left = co_await nothrow(connect(list));
    if (good == count) {
        assert_true(left.error() == std::errc::connection_refused);
    } else {
        stream accepted = co_await l.accept();
        co_await left->write_all("x");
        char buf[1];
        assert_int_equal(co_await accepted.read_some(buf), 1);
    }
}
void test_connect_tries_addresses_in_turn(void**)
{
    int before = open_fds();
    for (std::size_t count = 1; count < 4; ++count)
        for (std::size_t good = 0; good <= count; ++good)
            run_clean(tries_all, good, count);
    assert_int_equal(open_fds(), before);
}

// Issue 20, B2: without a free descriptor accept waits, and does not spin.
task<> frees_one(struct ev_loop* raw)
{
    unsigned before = ev_iteration(raw);
    co_await sleep_for(20ms);
    assert_in_range(ev_iteration(raw) - before, 0, 5);
    accept_error = 0;
}
task<> accepts_late(int error)
{
    listener l(address::ip("127.0.0.1", 0));
    stream first = co_await connect(l.local());
    accept_error = error;
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(frees_one, (co_await this_loop()).raw());
        stream s = co_await l.accept();
        assert_int_equal(accept_error, 0);
        co_await first.write_all("x");
        char buf[1];
        co_await s.read_exactly(buf);
    });
}
void test_listener_without_descriptors_waits(void**)
{
    for (int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM})
        run_clean(accepts_late, error);
}

// Issue 20, B2: the time until it tries again counts from the failure, however
// long the task has computed before.
task<> accepts_after_work()
{
    listener l(address::ip("127.0.0.1", 0));
    stream first = co_await connect(l.local());
    accept_error = EMFILE;
    ev_sleep(0.05);
    ev_tstamp failed = ev_time();
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn([]() -> task<> {
            accept_error = 0;
            co_return;
        });
        stream s = co_await l.accept();
    });
    assert_true(ev_time() - failed >= 0.09);
}
void test_listener_retry_counts_from_failure(void**)
{
    run_clean(accepts_after_work);
}

// Issue 20, B2: who waits in accept is woken by close, and can be canceled.
task<> accepts(listener* l, int* error)
{
    auto left = co_await nothrow(l->accept());
    *error = left.error().value();
}
task<> closes()
{
    listener l(address::ip("127.0.0.1", 0));
    int error = 0;
    (void)co_await try_for(1ms, accepts(&l, &error));
    assert_int_equal(error, ECANCELED);
    listener moved(std::move(l));
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(accepts, &moved, &error);
        co_await sleep_for(1ms);
        moved.close();
    });
    assert_int_equal(error, EBADF);
}
void test_listener_closed_wakes_accept(void**) { run_clean(closes); }

// Issue 20, B2: a second listener at the same address is refused, or not.
task<> listens_twice()
{
    listener l(address::ip("127.0.0.1", 0), {.reuse_port = true});
    assert_int_equal(refused([&] { return listener(l.local()).fd(); }),
                     EADDRINUSE);
    listener second(l.local(), {.reuse_port = true});
    co_return;
}
void test_listener_at_used_address_is_refused(void**)
{
    run_clean(listens_twice);
}

const Test tests[] = {
    ONCE(test_address_text_is_kept),
    ONCE(test_address_invalid_is_refused),
    EACH(test_listener_meets_connect),
    EACH(test_connect_refused_is_reported),
    EACH(test_connect_tries_addresses_in_turn),
    EACH(test_listener_without_descriptors_waits),
    EACH(test_listener_retry_counts_from_failure),
    EACH(test_listener_closed_wakes_accept),
    EACH(test_listener_at_used_address_is_refused),
};

}  // namespace

HARNESS_MAIN("net_connect", tests)
