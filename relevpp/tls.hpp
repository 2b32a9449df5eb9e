// TLS over a stream, by OpenSSL 3: link with -lssl -lcrypto. What OpenSSL does
// is left to it: its own functions take raw().

#ifndef RELEVPP_TLS_HPP
#define RELEVPP_TLS_HPP

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "detail/tls.hpp"

namespace relev {

// The settings of connections. They are made first; then any thread may make
// connections with them.
class tls_context {
public:
    // Trusts what the system trusts, and verifies the server and its name.
    static tls_context client()
    {
        tls_context c(TLS_client_method());
        SSL_CTX_set_verify(c.raw(), SSL_VERIFY_PEER, nullptr);
        detail::tls_check(SSL_CTX_set_default_verify_paths(c.raw()), "trust");
        return c;
    }

    // With PEM files: the certificate and those that vouch for it; the key.
    static tls_context server(const std::string& certificate,
                              const std::string& key)
    {
        tls_context c(TLS_server_method());
        const char *first = certificate.c_str(), *second = key.c_str();
        detail::tls_check(SSL_CTX_use_certificate_chain_file(c.raw(), first),
                          certificate);
        detail::tls_check(
            SSL_CTX_use_PrivateKey_file(c.raw(), second, SSL_FILETYPE_PEM),
            key);
        // Without a name OpenSSL resumes no session of a verified client.
        SSL_CTX_set_session_id_context(
            c.raw(), reinterpret_cast<const unsigned char*>("relev"), 5);
        return c;
    }

    // Trusts the certificates of a PEM file, too.
    void trust(const std::string& path)
    {
        ERR_clear_error();
        detail::tls_check(SSL_CTX_load_verify_file(raw(), path.c_str()), path);
    }

    // The protocols that a client offers, or a server takes, the best one
    // first. The server refuses a client that offers others only.
    void alpn(std::initializer_list<std::string_view> names)
    {
        std::string list;
        for (std::string_view name : names) {
            if (name.empty() || name.size() > 255)
                detail::throw_error(EINVAL, "tls_context::alpn");
            list += static_cast<char>(name.size());
            list += name;
        }
        if (SSL_CTX_set_alpn_protos(raw(), bytes(list), size(list)))
            detail::raise(std::bad_alloc());
        shared_->protocols = std::move(list);
        SSL_CTX_set_alpn_select_cb(raw(), choose, shared_.get());
    }

    // For functions of OpenSSL.
    SSL_CTX* raw() const noexcept { return shared_->raw; }

private:
    friend class tls_stream;

    struct shared : detail::pinned {
        ~shared() { SSL_CTX_free(raw); }
        SSL_CTX* raw = nullptr;
        std::string protocols;  // each after its length
    };

    explicit tls_context(const SSL_METHOD* method)
        : shared_(std::make_shared<shared>())
    {
        ERR_clear_error();
        shared_->raw = SSL_CTX_new(method);
        detail::tls_check(raw(), "SSL_CTX_new");
        SSL_CTX_set_min_proto_version(raw(), TLS1_2_VERSION);
        SSL_CTX_set_options(raw(), SSL_OP_NO_RENEGOTIATION);
    }

    static const unsigned char* bytes(const std::string& list) noexcept
    {
        return reinterpret_cast<const unsigned char*>(list.data());
    }
    static unsigned size(const std::string& list) noexcept
    {
        return static_cast<unsigned>(list.size());
    }

    static int choose(SSL*, const unsigned char** chosen, unsigned char* length,
                      const unsigned char* offered, unsigned count, void* self)
    {
        const std::string& list = static_cast<shared*>(self)->protocols;
        int how =
            SSL_select_next_proto(const_cast<unsigned char**>(chosen), length,
                                  bytes(list), size(list), offered, count);
        return how == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK
                                             : SSL_TLSEXT_ERR_ALERT_FATAL;
    }

    std::shared_ptr<shared> shared_;
};

// A stream that encrypts. One task may read while another one writes. Moving it
// disturbs no task; tasks that wait when it is destroyed get an error.
class tls_stream {
public:
    // `host` is who the other side has to be: a name, or an address in digits.
    // A client that verifies needs it.
    tls_stream(stream lower, const tls_context& context,
               const std::string& host = {})
        : tls_(std::make_shared<detail::tls>(std::move(lower), context.shared_,
                                             context.raw()))
    {
        tls_->expect(host);
    }
    tls_stream(tls_stream&&) noexcept = default;
    tls_stream& operator=(tls_stream&& other) noexcept
    {
        tls_stream moved(std::move(other));  // also from itself
        std::swap(tls_, moved.tls_);
        return *this;
    }
    ~tls_stream()
    {
        if (tls_) tls_->close();
    }

    // Without this, the first read or write does it.
    [[nodiscard]] task<> handshake(place where = place::here())
    {
        return detail::tls::finish(tls_, detail::tls_step::handshake, where);
    }

    // Delivers how many bytes it has read: 0 at the end, which the other side
    // has announced. Otherwise the end is tls_errc::truncated.
    [[nodiscard]] task<std::size_t> read_some(buffer to,
                                              place where = place::here())
    {
        return detail::tls::run(tls_, detail::tls_step::read, to.data(),
                                to.size(), where);
    }

    // Delivers how many bytes it has taken. If it is canceled, none.
    [[nodiscard]] task<std::size_t> write_some(const_buffer from,
                                               place where = place::here())
    {
        return detail::tls::run(
            tls_, detail::tls_step::write,
            const_cast<void*>(static_cast<const void*>(from.data())),
            from.size(), where);
    }

    // Sends a close_notify: the end of what this side writes.
    [[nodiscard]] task<> shutdown(place where = place::here())
    {
        return detail::tls::finish(tls_, detail::tls_step::shutdown, where);
    }

    // The same, and waits for the end of what the other side writes, which is
    // discarded: then nothing is lost when the connection is destroyed.
    [[nodiscard]] task<> finish(place where = place::here())
    {
        return detail::tls::finish_both(tls_, where);
    }

    // The protocol that both sides agreed on, or nothing.
    std::string_view alpn() const noexcept
    {
        const unsigned char* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(raw(), &name, &size);
        return {reinterpret_cast<const char*>(name), size};
    }

    stream& lower() noexcept { return tls_->lower; }

    // For functions of OpenSSL that neither read nor write.
    SSL* raw() const noexcept { return tls_->ssl; }

private:
    std::shared_ptr<detail::tls> tls_;
};

}  // namespace relev

#endif
