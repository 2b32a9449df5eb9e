// A parser of HTTP/1.1 requests, for hello_http.cpp.

#ifndef HTTP_REQUEST_HPP
#define HTTP_REQUEST_HPP

#include <cstddef>
#include <string_view>

namespace http {

enum class parsed { incomplete, bad, complete };

struct request {
    std::string_view method, path;
    bool keep_alive = true;
    bool expects_continue = false;  // incomplete: it waits for 100 Continue
    std::size_t size = 0;           // of all of it, with its body
};

constexpr std::size_t head_limit = 8192, body_limit = 65536;

namespace detail {

using text = std::string_view;

constexpr bool is_token(text t)
{
    for (char c : t) {
        bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                         || (c >= '0' && c <= '9');
        if (!alphanumeric && text("!#$%&'*+-.^_`|~").find(c) == text::npos)
            return false;
    }
    return !t.empty();
}

// No blank, and no control character.
constexpr bool is_printable(text t)
{
    for (char c : t)
        if (static_cast<unsigned char>(c) <= ' ' || c == 127) return false;
    return true;
}

constexpr bool is_value(text t)
{
    for (char c : t)
        if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 127)
            return false;
    return true;
}

constexpr bool same(text a, text b)
{
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        char c =
            a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] + 32) : a[i];
        if (c != b[i]) return false;
    }
    return true;
}

// What is before the separator, which is removed with it; all if there is none.
constexpr text cut(text& from, text separator)
{
    std::size_t end = from.find(separator);
    text first = from.substr(0, end);
    from.remove_prefix(end == text::npos ? from.size()
                                         : end + separator.size());
    return first;
}

constexpr text trimmed(text t)
{
    while (!t.empty() && (t.front() == ' ' || t.front() == '\t'))
        t.remove_prefix(1);
    while (!t.empty() && (t.back() == ' ' || t.back() == '\t'))
        t.remove_suffix(1);
    return t;
}

// False unless it is a number of at most body_limit.
constexpr bool to_length(text t, std::size_t& length)
{
    std::size_t n = 0;
    for (char c : t) {
        if (c < '0' || c > '9' || n > body_limit) return false;
        n = n * 10 + static_cast<std::size_t>(c - '0');
    }
    length = n;
    return !t.empty() && n <= body_limit;
}

// The path of an absolute-form, http://host/path; others are left as they are.
constexpr text path_of(text target)
{
    std::size_t colon = target.find("://");
    if (colon == text::npos || !same(target.substr(0, colon), "http"))
        return target;
    std::size_t slash = target.find('/', colon + 3);
    if (slash == colon + 3) return {};  // no host
    if (slash != text::npos) return target.substr(slash);
    return target.substr(colon + 1, 1);  // no path: "/"
}

constexpr bool request_line(text line, request& r, bool& is_1_1)
{
    r.method = cut(line, " ");
    r.path = path_of(cut(line, " "));
    is_1_1 = line == "HTTP/1.1";
    return is_token(r.method) && !r.path.empty() && is_printable(r.path)
        && (r.path[0] == '/' || r.path == "*")
        && (is_1_1 || line == "HTTP/1.0");
}

struct fields {
    std::size_t hosts = 0, lengths = 0, length = 0;
    bool close = false, keep_alive = false, expects_continue = false;
};

// The value is a list of options.
constexpr void connection(text value, fields& f)
{
    while (!value.empty()) {
        text option = trimmed(cut(value, ","));
        if (same(option, "close")) f.close = true;
        if (same(option, "keep-alive")) f.keep_alive = true;
    }
}

constexpr bool field(text line, fields& f)
{
    std::size_t colon = line.find(':');
    if (colon == text::npos) return false;
    text name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    if (!is_token(name) || !is_value(value)) return false;
    if (same(name, "transfer-encoding")) return false;  // not supported
    if (same(name, "host")) ++f.hosts;
    if (same(name, "content-length"))
        return ++f.lengths == 1 && to_length(value, f.length);
    if (same(name, "connection")) connection(value, f);
    if (same(name, "expect") && same(value, "100-continue"))
        f.expects_continue = true;
    return true;
}

}  // namespace detail

// Reads one request from the start of the text. The views are into the text.
constexpr parsed parse(std::string_view text, request& r)
{
    std::size_t begin = 0;  // empty lines before a request are skipped
    while (begin < head_limit && text.substr(begin, 2) == "\r\n") begin += 2;
    std::size_t end = text.substr(0, head_limit).find("\r\n\r\n", begin);
    if (end == text.npos)
        return text.size() < head_limit ? parsed::incomplete : parsed::bad;

    std::string_view head = text.substr(begin, end - begin);
    bool is_1_1 = false;
    if (!detail::request_line(detail::cut(head, "\r\n"), r, is_1_1))
        return parsed::bad;
    detail::fields f;
    while (!head.empty())
        if (!detail::field(detail::cut(head, "\r\n"), f)) return parsed::bad;
    if (f.hosts > 1 || (is_1_1 && f.hosts == 0)) return parsed::bad;

    r.keep_alive = !f.close && (is_1_1 || f.keep_alive);
    r.size = end + 4 + f.length;
    r.expects_continue =
        f.expects_continue && is_1_1 && text.size() == end + 4 && f.length > 0;
    return text.size() < r.size ? parsed::incomplete : parsed::complete;
}

}  // namespace http

#endif
