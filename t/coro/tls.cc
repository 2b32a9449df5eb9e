// relevpp/tls.hpp: handshake, verification, data, and the end of both sides.

#include "tls_help.hh"

#if __has_include(<openssl/ssl.h>)

#include "relevpp/net.hpp"

using namespace relev;

namespace {

// Issue 20, B4: what one side writes the other one reads, by both versions of
// TLS; the best common protocol of ALPN is chosen by the server.
task<> hello(int version)
{
    tls_pair p(version);
    p.of_client.alpn({"http/1.0", "http/1.1", "h2"});
    p.of_server.alpn({"h2", "http/1.1"});
    tls_stream client = p.client(), server = p.server();
    assert_true(client.alpn().empty());
    co_await shake_hands(client, server);
    assert_int_equal(SSL_version(client.raw()), version);
    assert_true(client.alpn() == "h2" && server.alpn() == "h2");
    co_await write_text(client, "hello");
    assert_true(co_await read_text(server, 5) == "hello");
    char part[1];
    assert_int_equal(co_await client.read_some(buffer(part, 0)), 0);
    assert_int_equal(co_await server.write_some(const_buffer(part, 0)), 0);
    co_await write_text(server, "world");
    assert_true(co_await read_text(client, 5) == "world");
}
void test_tls_handshake_then_data(void**)
{
    run_clean(hello, TLS1_2_VERSION);
    run_clean(hello, TLS1_3_VERSION);
}

// Issue 20, B4: the first read and the first write do the handshake.
task<> hello_at_once()
{
    tls_pair p;
    tls_stream client = p.client(), server = p.server();
    auto [got, none] =
        co_await when_all(read_text(server, 5), write_text(client, "hello"));
    assert_true(got == "hello");
}

// Issue 20, B4: also if both tasks of both sides begin at the same time, in any
// order, and whatever the other side sends first.
task<> echo_once(tls_stream& s, const std::string& text)
{
    co_await write_text(s, co_await read_text(s, text.size()));
}
task<> all_at_once(int order, int version)
{
    tls_pair p(version);
    tls_stream client = p.client(), server = p.server();
    std::string text = numbers(100000);
    auto read = [&]() -> task<> {
        assert_true(co_await read_text(client, text.size()) == text);
    };
    auto write = [&]() -> task<> { co_await write_text(client, text); };
    co_await with_nursery([&](nursery& n) -> task<> {
        if (order & 1) n.spawn(echo_once, std::ref(server), std::cref(text));
        if (order & 2) n.spawn(read), n.spawn(write);
        else n.spawn(write), n.spawn(read);
        if (order & 4)
            n.spawn([&]() -> task<> { co_await client.handshake(); });
        if (!(order & 1)) n.spawn(echo_once, std::ref(server), std::cref(text));
        co_return;
    });
}
void test_tls_without_handshake_does_it(void**)
{
    run_clean(hello_at_once);
    for (int order = 0; order < 8; ++order) {
        run_clean(all_at_once, order, TLS1_2_VERSION);
        run_clean(all_at_once, order, TLS1_3_VERSION);
    }
}

task<std::error_code> error_in_handshake(tls_stream& s)
{
    co_return (co_await nothrow(s.handshake())).error();
}

// Issue 20, B4: without a common protocol the server refuses; a bad name of a
// protocol is refused at once.
task<> no_protocol()
{
    tls_pair p;
    p.of_client.alpn({"a"});
    p.of_server.alpn({"b"});
    tls_stream client = p.client(), server = p.server();
    auto [c, s] = co_await when_all(error_in_handshake(client),
                                    error_in_handshake(server));
    assert_true(c.category() == tls_category());
    assert_true(c.message().find("no application protocol")
                != std::string::npos);
    assert_true(s.message() == "no application protocol");
    assert_string_equal(thrown_by([&] { p.of_client.alpn({""}); }).c_str(),
                        "tls_context::alpn: Invalid argument");
}
void test_tls_no_common_protocol_is_refused(void**) { run_clean(no_protocol); }

// What the handshake of a client says of a server with this certificate.
task<int> verdict(const identity& id, const char* host, bool trusts)
{
    tls_pair p(TLS1_3_VERSION, id);
    if (!trusts) p.of_client = tls_context::client();
    tls_stream client = p.client(host), server = p.server();
    auto [c, s] = co_await when_all(error_in_handshake(client),
                                    error_in_handshake(server));
    if (c) assert_true(s.message().find("alert") != std::string::npos);
    assert_true(!c || c.category() == tls_category());
    co_return c.value();
}

// Issue 20, B4: a certificate that is not trusted, has another name or has
// expired is refused, and the error says why.
task<> verified()
{
    const identity& good = default_identity();
    identity expired("DNS:localhost", -3600), wildcard("DNS:*.example.com");
    assert_false(co_await verdict(good, "localhost", true));
    assert_false(co_await verdict(good, "localhost.", true));
    assert_false(co_await verdict(good, "127.0.0.1", true));
    assert_false(co_await verdict(wildcard, "a.example.com", true));

    int e = co_await verdict(good, "example.com", true);
    assert_int_equal(e, X509_V_ERR_HOSTNAME_MISMATCH);
    e = co_await verdict(good, "127.0.0.2", true);
    assert_int_equal(e, X509_V_ERR_IP_ADDRESS_MISMATCH);
    e = co_await verdict(wildcard, "a.b.example.com", true);
    assert_int_equal(e, X509_V_ERR_HOSTNAME_MISMATCH);
    e = co_await verdict(good, "localhost", false);
    assert_int_equal(e, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
    e = co_await verdict(expired, "localhost", true);
    assert_int_equal(e, X509_V_ERR_CERT_HAS_EXPIRED);
    assert_true(tls_category().message(e) == "certificate has expired");
}
void test_tls_bad_certificate_is_refused(void**) { run_clean(verified); }

// Issue 20, B4: the client tells the server the name, unless it is an address.
task<> server_name(const char* host, const char* expected)
{
    tls_pair p;
    tls_stream client = p.client(host), server = p.server();
    co_await shake_hands(client, server);
    const char* name =
        SSL_get_servername(server.raw(), TLSEXT_NAMETYPE_host_name);
    if (expected) assert_string_equal(name, expected);
    else assert_null(name);
}
void test_tls_name_is_sent(void**)
{
    run_clean(server_name, "localhost", "localhost");
    run_clean(server_name, "localhost.", "localhost");
    run_clean(server_name, "127.0.0.1", static_cast<const char*>(nullptr));
}

// Issue 20, B4: no client that verifies forgets the name, or has one that C
// would cut; one that does not verify, because the program says so, needs none.
task<> nameless()
{
    tls_pair p;
    const char* expected = "tls_stream: no host to verify: Invalid argument";
    int unused = dup(p.fds[0]);
    assert_string_equal(
        thrown_by([&] { tls_stream(stream(unused), p.of_client); }).c_str(),
        expected);
    unused = dup(p.fds[0]);
    std::string cut("localhost\0.example.com", 22);
    assert_string_equal(thrown_by([&] {
                            tls_stream(stream(unused), p.of_client, cut);
                        }).c_str(),
                        expected);
    SSL_CTX_set_verify(p.of_client.raw(), SSL_VERIFY_NONE, nullptr);
    tls_stream client = p.client(""), server = p.server();
    co_await shake_hands(client, server);
}
void test_tls_client_without_host_is_refused(void**) { run_clean(nameless); }

// Issue 20, B4: files that cannot be read, or hold something else.
void test_tls_bad_files_are_refused(void**)
{
    const identity& id = default_identity();
    auto server = [](const std::string& certificate, const std::string& key) {
        return thrown_by([&] { tls_context::server(certificate, key); });
    };
    assert_string_equal(server("/nothing", id.key).c_str(),
                        "/nothing: No such file or directory");
    assert_true(server(id.key, id.key).find("no start line")
                != std::string::npos);
    assert_true(
        server(id.certificate, default_identity().certificate).find("PEM lib")
            != std::string::npos
        || !server(id.certificate, id.certificate).empty());
    identity other;
    assert_true(server(id.certificate, other.key).find("mismatch")
                != std::string::npos);
    tls_context c = tls_context::client();
    assert_false(thrown_by([&] { c.trust("/nothing"); }).empty());
}

// Issue 20, B4: a server that wants the client's certificate refuses none.
task<> mutual(bool has_certificate)
{
    const identity& id = default_identity();
    tls_pair p;
    p.of_server.trust(id.certificate);
    SSL_CTX_set_verify(p.of_server.raw(),
                       SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       nullptr);
    if (has_certificate) {
        SSL_CTX_use_certificate_file(p.of_client.raw(), id.certificate.c_str(),
                                     SSL_FILETYPE_PEM);
        SSL_CTX_use_PrivateKey_file(p.of_client.raw(), id.key.c_str(),
                                    SSL_FILETYPE_PEM);
    }
    tls_stream client = p.client(), server = p.server();
    auto [c, s] =
        co_await when_all(client.handshake(), error_in_handshake(server));
    assert_int_equal(!s, has_certificate);
    char part[1];
    if (has_certificate) co_return;
    auto got = co_await nothrow(client.read_some(part));
    assert_true(got.error().message().find("certificate required")
                != std::string::npos);
}
void test_tls_client_certificate_is_verified(void**)
{
    run_clean(mutual, true);
    run_clean(mutual, false);
}

// Issue 20, B4: who reads up to the end after a shutdown loses nothing, also if
// the server sends its tickets later, and reads what it has not got till then.
task<> writes_and_finishes(address to, tls_context& c)
{
    stream lower = co_await connect(to);
    int large = 1 << 20;
    setsockopt(lower.fd(), SOL_SOCKET, SO_SNDBUF, &large, sizeof large);
    tls_stream client(std::move(lower), c, "localhost");
    co_await client.handshake();
    co_await write_text(client, numbers(200000));
    co_await client.shutdown();
    auto rest = co_await nothrow(read_text(client, 300000));
    assert_true(rest || rest.error() == tls_errc::truncated);
}
task<> answers_and_ends(listener& l, tls_context& c, int how)
{
    tls_stream server(co_await l.accept(), c);
    co_await server.handshake();
    assert_true(co_await read_text(server, 300000) == numbers(200000));
    if (how == 0) co_await write_text(server, numbers(200000));
    if (how < 2) co_await server.shutdown();
}
task<> ends_later(int how)
{
    tls_pair p;
    close(p.fds[0]), close(p.fds[1]);
    listener l(address::ip("127.0.0.1", 0));
    int small = 4096;
    setsockopt(l.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    co_await when_all(writes_and_finishes(l.local(), p.of_client),
                      answers_and_ends(l, p.of_server, how));
}
void test_tls_read_to_the_end_loses_nothing(void**)
{
    for (int how = 0; how < 3; ++how) run_clean(ends_later, how);
}

const Test tests[] = {
    EACH(test_tls_handshake_then_data),
    EACH(test_tls_without_handshake_does_it),
    ONCE(test_tls_no_common_protocol_is_refused),
    EACH(test_tls_bad_certificate_is_refused),
    ONCE(test_tls_name_is_sent),
    ONCE(test_tls_client_without_host_is_refused),
    ONCE(test_tls_bad_files_are_refused),
    ONCE(test_tls_client_certificate_is_verified),
    EACH(test_tls_read_to_the_end_loses_nothing),
};

}  // namespace

#endif

HARNESS_MAIN("tls", tests)
