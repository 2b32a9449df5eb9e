// A parser of the commands of Redis' protocol, RESP, for coro_redis.cpp.

#ifndef RESP_HPP
#define RESP_HPP

#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace resp {

constexpr std::size_t limit = 1 << 20;  // bytes and words of a command

using command = std::vector<std::string_view>;

struct error : std::runtime_error {
    using runtime_error::runtime_error;
};

namespace detail {

// The number in a line that begins with that sign. False if the line is not
// complete.
inline bool number(std::string_view text, std::size_t& at, char sign,
                   std::size_t& n)
{
    std::size_t end = text.find("\r\n", at);
    if (at < text.size() && text[at] != sign) throw error("protocol error");
    if (end == text.npos) {
        if (text.size() - at > 20) throw error("protocol error");
        return false;
    }
    const char *first = text.data() + at + 1, *last = text.data() + end;
    auto [stop, failure] = std::from_chars(first, last, n);
    if (failure != std::errc() || stop != last || n > limit)
        throw error("protocol error");
    at = end + 2;
    return true;
}

}  // namespace detail

// Reads a command from the start of the text: its size, or 0 if it is not
// complete. The words are views into the text.
inline std::size_t parse(std::string_view text, command& words)
{
    words.clear();
    std::size_t at = 0, count = 0, size = 0;
    if (!detail::number(text, at, '*', count)) return 0;
    while (count--) {
        if (!detail::number(text, at, '$', size)) return 0;
        if (text.size() < at + size + 2) return 0;
        words.push_back(text.substr(at, size));
        at += size + 2;
    }
    return at;
}

inline std::string bulk(std::string_view text)
{
    return '$' + std::to_string(text.size()) + "\r\n" + std::string(text)
         + "\r\n";
}

// As parse reads it.
inline std::string text_of(const command& words)
{
    std::string text = '*' + std::to_string(words.size()) + "\r\n";
    for (std::string_view word : words) text += bulk(word);
    return text;
}

}  // namespace resp

#endif
