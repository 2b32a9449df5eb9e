// The work of coro_jobs.cpp: it keeps a processor busy.

#ifndef PRIMES_HPP
#define PRIMES_HPP

#include <stdexcept>
#include <string>
#include <vector>

// How many primes there are below the number in the text.
inline std::size_t primes_below(const std::string& text)
{
    std::size_t read = 0;
    unsigned long n = std::stoul(text, &read);
    if (read != text.size() || n > 100000000)
        throw std::invalid_argument("no number, or too large");
    std::vector<bool> is_composite(n);
    std::size_t count = 0;
    for (unsigned long i = 2; i < n; ++i) {
        if (is_composite[i]) continue;
        ++count;
        for (unsigned long k = 2 * i; k < n; k += i) is_composite[k] = true;
    }
    return count;
}

#endif
