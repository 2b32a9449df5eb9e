// A test of time-outs that takes no time, to be copied: a task asks a server,
// and tries again, later and later. The tests run it in virtual time: see
// relev_virtual(3).
//
// Build: c++ -std=c++20 -Wall -o test_timeouts test_timeouts.cpp -lev
// Usage: test_timeouts; exit status 0 if all is well.

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include <relev.hpp>
#include <relevpp/virtual_time.hpp>

using namespace std::chrono_literals;
using relev::task;
using seconds = std::chrono::duration<double>;

// What is to be tested.

struct no_answer : std::runtime_error {
    no_answer() : runtime_error("no answer") {}
};

task<char> ask(int fd)
{
    char byte = '?';
    if (write(fd, &byte, 1) != 1) throw no_answer();
    co_await relev::readable(fd);
    if (read(fd, &byte, 1) != 1) throw no_answer();
    co_return byte;
}

task<char> ask_again_and_again(int fd)
{
    seconds pause = 1s;
    for (int attempt = 1;; ++attempt) {
        try {
            co_return co_await relev::with_timeout(5s, ask(fd));
        } catch (const relev::timed_out&) {
            if (attempt == 6) throw no_answer();
        }
        co_await relev::sleep_for(pause);
        pause = std::min(pause * 2, seconds(8s));
    }
}

// The tests. A socket pair is the network; the server answers the n-th request,
// after a time.

#define CHECK(x)                                                       \
    do {                                                               \
        if (!(x)) {                                                    \
            std::fprintf(stderr, "line %d: %s fails\n", __LINE__, #x); \
            std::exit(1);                                              \
        }                                                              \
    } while (0)

class network {
public:
    network() { CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends_)); }
    ~network() { close(ends_[0]), close(ends_[1]); }
    network(const network&) = delete;

    int client() const { return ends_[0]; }
    int server() const { return ends_[1]; }

private:
    int ends_[2];
};

const double start = 1e9;  // seconds since 1970

// A time is never early, and late by less than a millisecond.
bool is_at(double now, double s)
{
    return now >= start + s && now < start + s + 1e-3;
}

task<> serve(relev::virtual_loop& l, int fd, std::vector<double>& asked,
             std::size_t answers_to, seconds after)
{
    for (char byte;;) {
        co_await relev::readable(fd);
        CHECK(read(fd, &byte, 1) == 1);
        asked.push_back(l.time());
        if (asked.size() != answers_to) continue;
        co_await relev::sleep_for(after);
        CHECK(write(fd, "!", 1) == 1);
    }
}

// Runs client and server until the client ends; the server is canceled then.
task<char> meet(relev::virtual_loop& l, const network& net,
                std::vector<double>& asked, std::size_t answers_to,
                seconds after)
{
    auto first = co_await relev::when_any(
        ask_again_and_again(net.client()),
        serve(l, net.server(), asked, answers_to, after));
    CHECK(first.index == 0);
    co_return *std::get<0>(first.values);
}

void test_an_answer_ends_it()
{
    relev::virtual_loop l(0, start);
    network net;
    std::vector<double> asked;
    CHECK(l.run(meet(l, net, asked, 1, 4900ms)) == '!');
    CHECK(is_at(l.time(), 4.9) && asked.size() == 1);
}

void test_it_asks_later_and_later()
{
    relev::virtual_loop l(0, start);
    network net;
    std::vector<double> asked;
    bool given_up = false;
    try {
        l.run(meet(l, net, asked, 0, 0s));
    } catch (const no_answer&) {
        given_up = true;
    }
    CHECK(given_up && is_at(l.time(), 53));
    const double times[] = {0, 6, 13, 22, 35, 48};
    CHECK(asked.size() == 6);
    for (std::size_t i = 0; i < 6; ++i) CHECK(is_at(asked[i], times[i]));
}

int main()
{
    test_an_answer_ends_it();
    test_it_asks_later_and_later();
    std::printf("2 tests, a minute in virtual time\n");
}
