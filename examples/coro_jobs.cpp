// A queue of jobs that keep a processor busy, by relev.hpp: each line that a
// client sends is a job, and is answered when it is done.
//
// Usage: coro_jobs [PORT [WORKERS]]        (default: a free port, 2 threads)
//        ./coro_jobs 7777 &  seq 1000000 1000009 | nc -N 127.0.0.1 7777
// Build: c++ -std=c++20 -o coro_jobs coro_jobs.cpp -lev -pthread
//
// A job counts the primes below a number. It is a task of its client's nursery,
// and runs in a thread of a pool. If too many wait, no more are read. After
// SIGTERM or SIGINT what has arrived is done and answered.

#include <relev.hpp>
#include <relevpp/blocking.hpp>
#include <relevpp/net.hpp>

#include <csignal>
#include <iostream>

#include "primes.hpp"

using namespace std::chrono_literals;
using namespace relev;

namespace {

constexpr auto grace = 300ms, limit = 30000ms;
constexpr std::size_t line_limit = 1000;

struct queue {
    blocking_pool workers;
    semaphore places{100};
};

// A job that fails is answered, too.
std::string answer_to(const std::string& text)
try {
    return text + ' ' + std::to_string(primes_below(text)) + '\n';
} catch (const std::exception& error) {
    return text + " error: " + error.what() + '\n';
}

task<> run_job(queue& q, std::string text, channel<std::string>& answers)
{
    std::string answer = co_await blocking(q.workers, answer_to, text);
    co_await answers.push(std::move(answer));
}

task<> job(queue& q, std::string text, channel<std::string>& answers, permit)
{
    co_await shielded(run_job(q, std::move(text), answers));
}

// When it is canceled it reads what is on its way. 0: there is no more.
task<std::size_t> read_line(stream& s, std::string& in)
{
    auto n = co_await nothrow(s.read_until(in, "\n", line_limit));
    if (n.error() == std::errc::operation_canceled)
        n = co_await nothrow(
            shielded(with_timeout(grace, s.read_until(in, "\n", line_limit))));
    co_return n ? *n : 0;
}

task<> read_jobs(queue& q, stream& s, channel<std::string>& answers)
{
    std::string in;
    co_await with_nursery([&](nursery& n) -> task<> {
        while (std::size_t size = co_await read_line(s, in)) {
            permit place = co_await shielded(q.places.acquire());
            n.spawn(job, std::ref(q), in.substr(0, size - 1), std::ref(answers),
                    std::move(place));
            in.erase(0, size);
        }
    });
    answers.close();
}

// If the client is gone, or does not read, its answers are dropped.
task<> write_answers(stream& s, channel<std::string>& answers)
{
    while (auto text = co_await answers.next())
        if (!co_await nothrow(with_timeout(limit, s.write_all(*text))))
            s.close();
}

task<> session(stream s, queue& q)
{
    channel<std::string> answers(100);
    co_await when_all(read_jobs(q, s, answers),
                      shielded(write_answers(s, answers)));
}

task<> run(std::uint16_t port, int workers)
{
    queue q{blocking_pool(workers)};
    listener l(address::ip("127.0.0.1", port));
    std::cout << "listening on " << l.local().text() << std::endl;
    co_await when_any(serve(l, session, std::ref(q)), relev::signal(SIGTERM),
                      relev::signal(SIGINT));
}

}  // namespace

int main(int argc, char** argv)
try {
    int port = argc > 1 ? std::stoi(argv[1]) : 0;
    loop().run(run(static_cast<std::uint16_t>(port),
                   argc > 2 ? std::stoi(argv[2]) : 2));
} catch (const std::exception& error) {
    std::cerr << "coro_jobs: " << error.what() << '\n';
    return EXIT_FAILURE;
}
