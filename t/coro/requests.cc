// The parser of examples/hello_http.cpp.

#include "../../examples/http_request.hpp"

#include <string>

#include "harness.h"

using http::parsed;

namespace {

parsed how(std::string_view text)
{
    http::request r;
    return http::parse(text, r);
}

constexpr char plain[] = "GET /a HTTP/1.1\r\nHost: b\r\n\r\n";

// The parts of a request; what follows it is left.
void test_request_is_read(void**)
{
    http::request r;
    std::string two = std::string(plain) + "GET";
    assert_true(http::parse(two, r) == parsed::complete);
    assert_true(r.method == "GET" && r.path == "/a" && r.keep_alive);
    assert_int_equal(r.size, sizeof plain - 1);
    assert_true(http::parse(std::string_view(two).substr(r.size), r)
                == parsed::incomplete);
}

// Each part of a request is incomplete.
void test_request_in_parts_is_incomplete(void**)
{
    for (std::size_t n = 0; n < sizeof plain - 1; ++n)
        assert_true(how({plain, n}) == parsed::incomplete);
}

// The body belongs to the request.
void test_request_with_body_waits_for_it(void**)
{
    std::string text =
        "PUT / HTTP/1.1\r\nHost: b\r\ncontent-length:  3\r\n\r\nab";
    assert_true(how(text) == parsed::incomplete);
    http::request r;
    text += "cd";
    assert_true(http::parse(text, r) == parsed::complete);
    assert_int_equal(r.size, text.size() - 1);
}

// HTTP/1.0 closes unless it is asked not to; HTTP/1.1 the other way round.
void test_request_keep_alive(void**)
{
    http::request r;
    assert_true(http::parse("GET / HTTP/1.0\r\n\r\n", r) == parsed::complete);
    assert_false(r.keep_alive);
    http::parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", r);
    assert_true(r.keep_alive);
    http::parse("GET / HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n", r);
    assert_false(r.keep_alive);
    http::parse("GET / HTTP/1.1\r\nHost: b\r\nConnection: TE , Close\r\n\r\n",
                r);
    assert_false(r.keep_alive);
    http::parse(
        "GET / HTTP/1.0\r\nConnection: TE\r\n"
        "Connection: keep-alive, TE\r\n\r\n",
        r);
    assert_true(r.keep_alive);
}

// Issue 20, A25: a proxy may send the absolute-form.
void test_request_with_absolute_form_has_its_path(void**)
{
    const std::string h = " HTTP/1.1\r\nHost: b\r\n\r\n";
    const char* const forms[][2] = {{"http://b/a?x=http://c", "/a?x=http://c"},
                                    {"HTTP://b:80/", "/"},
                                    {"http://b", "/"},
                                    {"/http://b", "/http://b"}};
    for (auto& form : forms) {
        http::request r;
        std::string text = std::string("GET ") + form[0] + h;
        assert_true(http::parse(text, r) == parsed::complete);
        assert_true(r.path == form[1]);
    }
    assert_true(how("GET http:///a" + h) == parsed::bad);
    assert_true(how("GET ftp://b/a" + h) == parsed::bad);
}

// Issue 20, A25: empty lines before a request are skipped (RFC 9112, 2.2).
void test_request_after_empty_lines_is_read(void**)
{
    http::request r;
    std::string text = std::string("\r\n\r\n") + plain;
    assert_true(http::parse(text, r) == parsed::complete);
    assert_true(r.path == "/a");
    assert_int_equal(r.size, text.size());
    assert_true(how("\r\n\r\n") == parsed::incomplete);
    assert_true(how("\r") == parsed::incomplete);
    std::string many;
    while (many.size() < http::head_limit) many += "\r\n";
    assert_true(how(many) == parsed::bad);
}

// Issue 20, A25: a client may send the body only after 100 Continue.
void test_request_that_expects_continue_is_told(void**)
{
    std::string text =
        "PUT / HTTP/1.1\r\nHost: b\r\nContent-Length: 2\r\n"
        "Expect: 100-Continue\r\n\r\n";
    http::request r;
    assert_true(http::parse(text, r) == parsed::incomplete);
    assert_true(r.expects_continue);
    text += "ab";
    assert_true(http::parse(text, r) == parsed::complete);
    assert_false(r.expects_continue);
    http::parse("GET / HTTP/1.1\r\nHost: b\r\nExpect: 100-continue\r\n\r\n", r);
    assert_false(r.expects_continue);  // it has no body
}

// What is no request.
void test_bad_request_is_refused(void**)
{
    const std::string h = " HTTP/1.1\r\nHost: b\r\n";
    const std::string bad[] = {
        "GET /\r\n\r\n",
        "GET /a b" + h + "\r\n",
        "G(T /" + h + "\r\n",
        " /" + h + "\r\n",
        "GET a" + h + "\r\n",
        "GET /\x01" + h + "\r\n",
        "GET / HTTP/2.0\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET /" + h + "Host: c\r\n\r\n",
        "GET /" + h + "no colon\r\n\r\n",
        "GET /" + h + " folded: x\r\n\r\n",
        "GET /" + h + ": x\r\n\r\n",
        "GET /" + h + "a : x\r\n\r\n",
        "GET /" + h + "a: x\ny\r\n\r\n",
        "GET /" + h + "Content-Length: -1\r\n\r\n",
        "GET /" + h + "Content-Length: \r\n\r\n",
        "GET /" + h + "Content-Length: 1x\r\n\r\n",
        "GET /" + h + "Content-Length: 65537\r\n\r\n",
        "GET /" + h + "Content-Length: 99999999999999999999999\r\n\r\n",
        "GET /" + h + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "GET /" + h + "Transfer-Encoding: chunked\r\n\r\n",
        std::string(http::head_limit, 'a'),
    };
    for (const std::string& text : bad)
        if (how(text) != parsed::bad) fail_msg("accepted: %s", text.c_str());
}

const Test tests[] = {
    ONCE(test_request_is_read),
    ONCE(test_request_in_parts_is_incomplete),
    ONCE(test_request_with_body_waits_for_it),
    ONCE(test_request_keep_alive),
    ONCE(test_request_with_absolute_form_has_its_path),
    ONCE(test_request_after_empty_lines_is_read),
    ONCE(test_request_that_expects_continue_is_told),
    ONCE(test_bad_request_is_refused),
};

}  // namespace

HARNESS_MAIN("requests", tests)
