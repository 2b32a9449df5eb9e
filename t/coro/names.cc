// relev.hpp: a program that uses all names of it without a prefix, and has
// ordinary names of its own.

#include <algorithm>
#include <functional>
#include <list>
#include <mutex>
#include <queue>

#include "coro_help.hh"
#include "relevpp/error_group.hpp"
#include "relevpp/generator.hpp"
#include "relevpp/net.hpp"

using namespace std;
using namespace relev;

// In a namespace its own names come first.
namespace app {

struct child {
    int pid = 1;
};
struct event {
    int type = 2;
};
struct process {
    child first;
    list<event> events;
};
struct job {
    string name;
};
struct result {
    int value = 3;
};
struct connection {
    int fd = -1;
};
enum class signal { none, hangup };
using callback = function<int(const event&)>;
using buffer = vector<char>;
struct stream {
    buffer data;
};
struct channel {
    queue<job> jobs;
};

int on(const event& e, const callback& f) { return f(e); }
bool ready(const stream& s) { return !s.data.empty(); }
int connect(connection& c) { return c.fd = 4; }
bool has(const process& p, int type)
{
    return any_of(p.events.begin(), p.events.end(),
                  [type](const event& e) { return e.type == type; });
}

// Issue 20, B6: they are of the program, and the others of relev.hpp.
task<int> uses_both()
{
    process p;
    p.events.push_back(event());
    stream s{buffer(1)};
    channel c;
    c.jobs.push(job{"one"});
    connection to;
    result r;
    int sum = on(p.events.front(), [](const event& e) { return e.type; });
    sum += p.first.pid + r.value + connect(to) + (signal::none == signal());
    sum += ready(s) + has(p, 2) + static_cast<int>(c.jobs.size());
    relev::channel<int> numbers(1);
    co_await numbers.push(sum);
    co_await sleep_for(1ms);
    loop& here = co_await this_loop();
    assert_int_equal(co_await relev::on(here, later, 5), 5);
    co_return co_await with_timeout(10s, numbers.pop());
}

}  // namespace app

namespace {

// Of the names of std, only these need the prefix.
task<> locks(relev::mutex& m)
{
    auto guard = co_await m.lock();
    std::mutex other;
    lock_guard<std::mutex> locked(other);
    auto error = co_await relev::nothrow(sleep_for(0s));
    assert_int_equal(error.value(), 0);
}
void test_names_of_program_come_first(void**)
{
    relev::mutex m;
    run_clean([&] { return locks(m); });
    assert_int_equal(run_clean(app::uses_both), 14);
}

const Test tests[] = {EACH(test_names_of_program_come_first)};

}  // namespace

HARNESS_MAIN("names", tests)
