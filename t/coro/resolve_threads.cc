// relev.hpp: resolve, and connect by name. Needs no network.

#include "block_help.hh"
#include "relevpp/net.hpp"
#include "relevpp/net/resolve.hpp"

using namespace relev;

namespace {

bool has(const std::vector<address>& all, const char* text)
{
    for (const address& a : all)
        if (a.text() == text) return true;
    return false;
}

task<> numbers(blocking_pool& p)
{
    no_threads from_here;
    auto all = co_await resolve(p, "127.0.0.1", "80");
    assert_int_equal(all.size(), 1);
    assert_true(all[0] == address::ip("127.0.0.1", 80));
    all = co_await resolve(p, "::1");
    assert_int_equal(all.size(), 1);
    assert_true(all[0] == address::ip("::1", 0));
    auto name = co_await nothrow(resolve(p, "localhost", "80"));
    assert_false(name.has_value());  // that needs a thread
    assert_true(name.error().category() == std::generic_category());
}

// Issue 20, B3: numbers are resolved without a thread.
void test_resolve_number_needs_no_thread(void**)
{
    blocking_pool p(1);
    run_clean(numbers, std::ref(p));
}

task<> names(blocking_pool& p)
{
    auto all = co_await resolve(p, "localhost", "80");
    assert_true(has(all, "127.0.0.1:80") || has(all, "[::1]:80"));
    for (std::size_t i = 1; i < all.size(); ++i)
        assert_false(all[i] == all[i - 1]);
}

// Issue 20, B3: a name of /etc/hosts.
void test_resolve_name_delivers_addresses(void**)
{
    blocking_pool p(1);
    run_clean(names, std::ref(p));
}

// Without a network it may come as "try again".
bool is_unknown(const std::error_code& error)
{
    if (error.category() != resolve_category()) return false;
    if (error.value() == EAI_AGAIN)
        return error == std::errc::resource_unavailable_try_again;
    return error.value() == EAI_NONAME;
}
task<> unknown(blocking_pool& p)
{
    auto all = co_await nothrow(resolve(p, "no.such.name.invalid", "80"));
    assert_true(is_unknown(all.error()));
    all = co_await nothrow(resolve(p, "localhost", "no such service"));
    assert_true(all.error().category() == resolve_category());
    all = co_await nothrow(resolve(p, std::string("localhost\0x", 11), "80"));
    assert_int_equal(all.error().value(), EAI_NONAME);
    all = co_await nothrow(resolve(p, "", "80"));
    assert_true(is_unknown(all.error()));
}
task<> throws_unknown(blocking_pool& p)
{
    co_await resolve(p, "no.such.name.invalid");
}

// Issue 20, B3: errors have a category of their own.
void test_resolve_unknown_name_is_error(void**)
{
    blocking_pool p(1);
    run_clean(unknown, std::ref(p));
    auto call = [&] { run_clean(throws_unknown, std::ref(p)); };
    assert_int_equal(thrown_by(call).find("resolve: "), 0);
    std::error_code noname(EAI_NONAME, resolve_category());
    assert_string_equal(noname.message().c_str(), gai_strerror(EAI_NONAME));
    assert_string_equal(noname.category().name(), "relev.resolve");
    std::error_code memory(EAI_MEMORY, resolve_category());
    assert_true(memory == std::errc::not_enough_memory);
}

task<> resolves(blocking_pool& p) { co_await resolve(p, "localhost", "80"); }
task<> gives_up(blocking_pool& p, door& d)
{
    auto occupy = [](blocking_pool& pool, door& at) -> task<> {
        co_await blocking(pool, at_door, &at);
    };
    co_await when_all(occupy(p, d),
                      [](blocking_pool& pool, door& at) -> task<> {
                          co_await until_at(at);
                          assert_false(co_await try_for(1ms, resolves(pool)));
                          at.open();
                      }(p, d));
}

// Issue 20, B3: a cancel does not wait for a thread.
void test_resolve_canceled_in_queue_returns(void**)
{
    blocking_pool p(1);
    door d;
    run_clean(gives_up, std::ref(p), std::ref(d));
}

// RFC 8305, 4: the families alternate, beginning with that of the first one.
void test_resolve_families_alternate(void**)
{
    auto four = [](std::uint16_t port) {
        return address::ip("127.0.0.1", port);
    };
    auto six = [](std::uint16_t port) { return address::ip("::1", port); };
    std::vector<address> all;
    detail::alternate(all);
    assert_int_equal(all.size(), 0);
    all = {six(1), six(2), six(3), four(1), four(2)};
    detail::alternate(all);
    assert_true(all == (std::vector{six(1), four(1), six(2), four(2), six(3)}));
    all = {four(1), six(1), six(2), six(3)};
    detail::alternate(all);
    assert_true(all == (std::vector{four(1), six(1), six(2), six(3)}));
}

task<> connects(blocking_pool& p)
{
    listener l(address::ip("127.0.0.1", 0));
    std::string port = std::to_string(l.local().port());
    stream s = co_await connect(p, "localhost", port);
    stream peer = co_await l.accept();
    co_await s.write_all("x");
    char c[1] = {};
    assert_int_equal(co_await peer.read_some(c), 1);
    assert_int_equal(c[0], 'x');
}
task<> connects_in_vain(blocking_pool& p)
{
    auto s = co_await nothrow(connect(p, "no.such.name.invalid", "80"));
    assert_true(is_unknown(s.error()));
}

// Issue 20, B3: connect by name.
void test_resolve_connect_by_name(void**)
{
    blocking_pool p(1);
    run_clean(connects, std::ref(p));
    run_clean(connects_in_vain, std::ref(p));
}

task<> shares()
{
    auto all = co_await resolve("localhost");
    assert_true(has(all, "127.0.0.1:0") || has(all, "[::1]:0"));
    auto s = co_await nothrow(connect("no.such.name.invalid", "80"));
    assert_true(is_unknown(s.error()));
}

// Issue 20, B3: the pool of the process, in a child: its threads remain.
void test_resolve_shared_pool(void**)
{
    int status = status_of_child([] {
        run_clean(shares);
        _exit(5);
    });
    assert_int_equal(status, 5);
}

const Test tests[] = {
    EACH(test_resolve_number_needs_no_thread),
    EACH(test_resolve_name_delivers_addresses),
    EACH(test_resolve_unknown_name_is_error),
    EACH(test_resolve_canceled_in_queue_returns),
    EACH(test_resolve_families_alternate),
    EACH(test_resolve_connect_by_name),
    EACH(test_resolve_shared_pool),
};

}  // namespace

HARNESS_MAIN("resolve", tests)
