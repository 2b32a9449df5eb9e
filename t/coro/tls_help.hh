// Certificates for the tests of tls.hpp, and two ends of a connection. Without
// OpenSSL, a test that says so.

#ifndef TLS_HELP_HH
#define TLS_HELP_HH

#include "coro_help.hh"

#if __has_include(<openssl/ssl.h>)
#include <openssl/pem.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>

#include "relevpp/tls.hpp"

// A certificate that signs itself, valid for so many seconds from now, and its
// key: PEM files in a directory that is removed in the end.
class identity {
public:
    explicit identity(const char* names = "DNS:localhost,IP:127.0.0.1",
                      long seconds = 3600)
    {
        assert_non_null(directory_);
        EVP_PKEY* pair = EVP_EC_gen("P-256");
        X509* x = X509_new();
        X509_set_version(x, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
        X509_gmtime_adj(X509_getm_notBefore(x), -7200);
        X509_gmtime_adj(X509_getm_notAfter(x), seconds);
        auto* name = reinterpret_cast<const unsigned char*>("relev");
        X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                                   name, -1, -1, 0);
        X509_set_issuer_name(x, X509_get_subject_name(x));
        X509_set_pubkey(x, pair);
        X509_EXTENSION* other =
            X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names);
        X509_add_ext(x, other, -1);
        assert_true(X509_sign(x, pair, EVP_sha256()) > 0);
        save(certificate, [&](FILE* f) { return PEM_write_X509(f, x); });
        save(key, [&](FILE* f) {
            return PEM_write_PrivateKey(f, pair, nullptr, nullptr, 0, nullptr,
                                        nullptr);
        });
        X509_EXTENSION_free(other);
        X509_free(x);
        EVP_PKEY_free(pair);
    }
    ~identity()
    {
        unlink(certificate.c_str());
        unlink(key.c_str());
        rmdir(directory_);
    }
    identity(const identity&) = delete;

private:
    template <class Write>
    static void save(const std::string& path, Write write)
    {
        FILE* f = fopen(path.c_str(), "w");
        assert_non_null(f);
        assert_true(write(f));
        fclose(f);
    }

    char name_[32] = "/tmp/relev-tls-XXXXXX";
    const char* directory_ = mkdtemp(name_);

public:
    const std::string certificate = std::string(directory_) + "/certificate";
    const std::string key = std::string(directory_) + "/key";
};

inline const identity& default_identity()
{
    static const identity made;
    return made;
}

// A client and a server that it trusts, at the two ends of a socket pair.
struct tls_pair {
    explicit tls_pair(int version = TLS1_3_VERSION,
                      const identity& id = default_identity())
        : of_server(relev::tls_context::server(id.certificate, id.key)),
          of_client(relev::tls_context::client())
    {
        of_client.trust(id.certificate);
        SSL_CTX_set_min_proto_version(of_client.raw(), version);
        SSL_CTX_set_max_proto_version(of_client.raw(), version);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    }

    relev::tls_stream client(const char* host = "localhost")
    {
        return {relev::stream(fds[0]), of_client, host};
    }
    relev::tls_stream server() { return {relev::stream(fds[1]), of_server}; }

    relev::tls_context of_server, of_client;
    int fds[2];
};

// Both handshakes.
inline relev::task<> shake_hands(relev::tls_stream& a, relev::tls_stream& b)
{
    co_await relev::when_all(a.handshake(), b.handshake());
}

// Writes all of the text.
inline relev::task<> write_text(relev::tls_stream& s, std::string_view text)
{
    while (!text.empty()) text.remove_prefix(co_await s.write_some(text));
}

// Reads so many bytes, or up to the end.
inline relev::task<std::string> read_text(relev::tls_stream& s, size_t size)
{
    std::string text;
    char part[10000];
    while (text.size() < size) {
        size_t most = std::min(size - text.size(), sizeof part);
        size_t got = co_await s.read_some(relev::buffer(part, most));
        if (!got) break;
        text.append(part, got);
    }
    co_return text;
}

// Text in which each part is another one.
inline std::string numbers(size_t size)
{
    static std::string text;
    for (static int i; text.size() < size; ++i) text += std::to_string(i) + ' ';
    return text.substr(0, size);
}

#else

static void test_tls_without_openssl_is_skipped(void**)
{
    puts("# skipped: no openssl/ssl.h");
    skip();
}
static const Test tests[] = {ONCE(test_tls_without_openssl_is_skipped)};

#endif

#endif
