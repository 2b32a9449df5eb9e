// The head of an HTTP/1.1 response, for coro_proxy.cpp and coro_crawl.cpp.

#ifndef HTTP_RESPONSE_HPP
#define HTTP_RESPONSE_HPP

#include <string>

#include "http_request.hpp"

namespace http {

struct response {
    int status = 0;
    std::size_t head = 0;  // its size
    // The body: of this length, in chunks, or until the connection ends.
    enum { counted, chunked, until_end } body = until_end;
    std::size_t length = 0;
    bool keep_alive = true;
};

namespace detail {

// A number, which is the whole text.
constexpr bool to_number(text t, unsigned base, std::size_t& number)
{
    std::size_t n = 0;
    for (char c : t) {
        unsigned digit = c >= '0' && c <= '9' ? unsigned(c - '0')
                       : c >= 'a' && c <= 'f' ? unsigned(c - 'a' + 10)
                       : c >= 'A' && c <= 'F' ? unsigned(c - 'A' + 10)
                                              : base;
        if (digit >= base || n > std::size_t(-1) / 32) return false;
        n = n * base + digit;
    }
    number = n;
    return !t.empty();
}

constexpr bool status_line(text line, response& r)
{
    std::size_t status = 0;
    text version = cut(line, " ");
    if (!to_number(cut(line, " "), 10, status)) return false;
    r.status = static_cast<int>(status);
    r.keep_alive = version == "HTTP/1.1";
    return status >= 100 && status < 1000
        && (r.keep_alive || version == "HTTP/1.0");
}

constexpr bool response_field(text line, response& r)
{
    std::size_t colon = line.find(':');
    if (colon == text::npos) return false;
    text name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    if (!is_token(name) || !is_value(value)) return false;
    if (same(name, "transfer-encoding")) {
        if (!same(value, "chunked")) return false;
        r.body = response::chunked;
    }
    if (same(name, "content-length")) {
        if (!to_number(value, 10, r.length)) return false;
        if (r.body == response::until_end) r.body = response::counted;
    }
    if (same(name, "connection")) {
        fields f;
        connection(value, f);
        r.keep_alive = !f.close && (r.keep_alive || f.keep_alive);
    }
    return true;
}

}  // namespace detail

// Reads a head, with the empty line at its end, from the start of the text.
constexpr bool parse(std::string_view text, bool head_only, response& r)
{
    r = {};
    r.head = text.find("\r\n\r\n") + 4;
    std::string_view head = text.substr(0, r.head - 4);
    if (!detail::status_line(detail::cut(head, "\r\n"), r)) return false;
    while (!head.empty())
        if (!detail::response_field(detail::cut(head, "\r\n"), r)) return false;
    if (head_only || r.status < 200 || r.status == 204 || r.status == 304)
        r.body = response::counted, r.length = 0;
    if (r.body == response::until_end) r.keep_alive = false;
    if (r.body == response::chunked) r.length = 0;
    return true;
}

// The size of a chunk, from its first line.
constexpr bool chunk_size(std::string_view line, std::size_t& size)
{
    std::string_view number = detail::cut(line, "\r\n");
    number = detail::trimmed(detail::cut(number, ";"));
    return detail::to_number(number, 16, size);
}

// To the response at the start of the text.
inline void add_close(std::string& text, response& r)
{
    std::string_view close = "Connection: close\r\n";
    text.insert(r.head - 2, close);
    r.head += close.size();
}

inline std::string refusal(const char* status)
{
    std::string text = "HTTP/1.1 ";
    text.append(status).append("\r\nContent-Length: 0\r\n");
    return text.append("Connection: close\r\n\r\n");
}

}  // namespace http

#endif
