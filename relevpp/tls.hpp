// TLS over a stream, by OpenSSL 3: link with -lssl -lcrypto. What OpenSSL does
// is left to it: its own functions take raw().

#ifndef RELEVPP_TLS_HPP
#define RELEVPP_TLS_HPP

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <vector>

#include "net/stream.hpp"
#include "sync.hpp"

namespace relev {

// Of the errors of OpenSSL: those of its queue, and why a certificate was
// refused (X509_V_ERR_...), which are smaller. System errors are errno's.
inline const std::error_category& tls_category() noexcept
{
    struct type final : std::error_category {
        const char* name() const noexcept override { return "relev.tls"; }
        std::string message(int code) const override
        {
            auto error = static_cast<unsigned long>(code);
            if (!ERR_GET_LIB(error)) return X509_verify_cert_error_string(code);
            const char* text = ERR_reason_error_string(error);
            return text ? text : "error " + std::to_string(code);
        }
    };
    static const type category;
    return category;
}

struct tls_errc {  // the stream ended without a close_notify
    static inline const std::error_code truncated{
        ERR_PACK(ERR_LIB_SSL, 0, SSL_R_UNEXPECTED_EOF_WHILE_READING),
        tls_category()};
};

// The settings of connections. Any thread may use them when they are complete.
class tls_context {
public:
    // Trusts what the system trusts, and verifies the server and its name.
    static tls_context client()
    {
        tls_context c(TLS_client_method());
        SSL_CTX_set_verify(c.raw(), SSL_VERIFY_PEER, nullptr);
        check(SSL_CTX_set_default_verify_paths(c.raw()), "trust");
        return c;
    }

    // With PEM files: the certificate and those that vouch for it; the key.
    static tls_context server(const std::string& chain, const std::string& key)
    {
        tls_context c(TLS_server_method());
        SSL_CTX* raw = c.raw();
        check(SSL_CTX_use_certificate_chain_file(raw, chain.c_str()), chain);
        check(SSL_CTX_use_PrivateKey_file(raw, key.c_str(), SSL_FILETYPE_PEM),
              key);
        return c;
    }

    // Trusts the certificates of a PEM file, too.
    void trust(const std::string& path)
    {
        ERR_clear_error();
        check(SSL_CTX_load_verify_file(raw(), path.c_str()), path);
    }

    // The protocols that a client offers, or a server takes, the best one
    // first. The server refuses a client that offers others only.
    void alpn(std::initializer_list<std::string_view> names)
    {
        bytes& list = *protocols_;
        for (list.clear(); std::string_view name : names) {
            if (name.empty() || name.size() > 255)
                detail::throw_error(EINVAL, "tls_context::alpn");
            list.push_back(static_cast<unsigned char>(name.size()));
            list.insert(list.end(), name.begin(), name.end());
        }
        SSL_CTX_set_alpn_protos(raw(), list.data(), unsigned(list.size()));
        auto choose = [](SSL*, auto** chosen, auto* length, auto* offered,
                         unsigned size, void* own) {
            bytes& ours = *static_cast<bytes*>(own);
            int how = SSL_select_next_proto(
                const_cast<unsigned char**>(chosen), length, ours.data(),
                unsigned(ours.size()), offered, size);
            return how == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK
                                                 : SSL_TLSEXT_ERR_ALERT_FATAL;
        };
        SSL_CTX_set_alpn_select_cb(raw(), choose, &list);
    }

    SSL_CTX* raw() const noexcept { return raw_.get(); }

private:
    friend class tls_stream;
    using bytes = std::vector<unsigned char>;

    explicit tls_context(const SSL_METHOD* method)
        : raw_(SSL_CTX_new(method), SSL_CTX_free)
    {
        check(raw(), "SSL_CTX_new");
        SSL_CTX_set_min_proto_version(raw(), TLS1_2_VERSION);
        SSL_CTX_set_options(raw(), SSL_OP_NO_RENEGOTIATION);
        SSL_CTX_set_mode(raw(), SSL_MODE_ENABLE_PARTIAL_WRITE);
    }

    // The first error of the queue is the cause of the others.
    static std::error_code error(long verdict = X509_V_OK) noexcept
    {
        unsigned long first = ERR_peek_error();
        int reason = first ? ERR_GET_REASON(first) : errno;
        if (!first || ERR_SYSTEM_ERROR(first))
            return {reason, std::generic_category()};
        bool refused = reason == SSL_R_CERTIFICATE_VERIFY_FAILED && verdict;
        return {refused ? int(verdict) : int(first), tls_category()};
    }
    static void check(bool good, const std::string& what)
    {
        if (!good) detail::raise(std::system_error(error(), what));
    }

    std::shared_ptr<SSL_CTX> raw_;
    std::shared_ptr<bytes> protocols_ = std::make_shared<bytes>();
};

// A stream that encrypts. One task may read while another one writes.
class tls_stream {
public:
    // `host`: a name, or an address in digits. A client that verifies needs it.
    tls_stream(stream lower, const tls_context& context, std::string host = {})
        : state_(std::make_shared<state>(context, std::move(lower)))
    {
        tls_context::check(raw(), "SSL_new");
        SSL_set_fd(raw(), state_->lower.fd());
        SSL_set0_wbio(raw(), BIO_new(BIO_s_mem()));
        if (SSL_is_server(raw())) SSL_set_accept_state(raw());
        else SSL_set_connect_state(raw());
        // A name may end with a dot, but neither certificates nor SNI know it.
        if (host.ends_with('.')) host.pop_back();
        bool verifies = SSL_get_verify_mode(raw()) != SSL_VERIFY_NONE;
        if (host.empty() && (SSL_is_server(raw()) || !verifies)) return;
        if (host.empty() || host.find('\0') != host.npos)
            detail::throw_error(EINVAL, "tls_stream: no host to verify");
        SSL_set_hostflags(raw(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        tls_context::check(SSL_set1_host(raw(), host.c_str()), host);
        if (X509_VERIFY_PARAM_get0_host(SSL_get0_param(raw()), 0))
            SSL_set_tlsext_host_name(raw(), host.c_str());
    }

    // Without this, the first read or write does it.
    task<> handshake(place where = place::here())
    {
        co_await run(state_, shakes, shake, buffer(nullptr, 0), where);
    }

    // Delivers how many bytes it has read: 0 at the end, which the other side
    // has announced. Otherwise the end is tls_errc::truncated.
    task<std::size_t> read_some(buffer to, place where = place::here())
    {
        return run(state_, reads, SSL_read_ex, to, where);
    }

    // Delivers how many bytes it has taken. After a canceled one: EPIPE.
    task<std::size_t> write_some(const_buffer from, place where = place::here())
    {
        return run(state_, writes, SSL_write_ex, from, where);
    }

    // Sends a close_notify: the end of what this side writes.
    task<> shutdown(place where = place::here())
    {
        int end = SSL_get_shutdown(raw()) & SSL_SENT_SHUTDOWN;
        auto f = [end](SSL* s, auto...) { return end || SSL_shutdown(s) >= 0; };
        co_await run(state_, writes, f, buffer(nullptr, 0), where);
    }

    // The protocol that both sides agreed on, or nothing.
    std::string_view alpn() const noexcept
    {
        const unsigned char* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(raw(), &name, &size);
        return {reinterpret_cast<const char*>(name), size};
    }

    stream& lower() noexcept { return state_->lower; }
    // For functions of OpenSSL that neither read nor write.
    SSL* raw() const noexcept { return state_->ssl.get(); }

private:
    enum direction { reads, writes, shakes, sends };
    static int shake(SSL* s, ...) { return SSL_do_handshake(s); }

    // What tasks keep. OpenSSL writes to memory: to a socket it raises SIGPIPE.
    struct state : detail::pinned {
        state(tls_context c, stream s) : context(c), lower(std::move(s)) {}
        const tls_context context;
        stream lower;
        const std::shared_ptr<SSL> ssl{SSL_new(context.raw()), SSL_free};
        mutex used[4];
        std::string out;  // what is being sent
    };

    // Calls OpenSSL until it need not receive more. Tasks that come during the
    // handshake wait for its end. A read sends no answers unless they are many.
    template <class Call, class Buffer>
    static task<std::size_t> run(std::shared_ptr<state> s, direction way,
                                 Call f, Buffer b, place where)
    {
        if (way != shakes && s->used[way].is_locked())
            detail::throw_error(EBUSY, "tls_stream");
        permit mine = co_await s->used[way].lock(where);
        SSL* ssl = s->ssl.get();
        if (way != shakes && SSL_in_init(ssl))
            co_await run(s, shakes, shake, b, where);
        for (std::size_t done = 0;;) {
            if (way == shakes && !SSL_in_init(ssl)) co_return done;
            if (way == reads && !b.size()) co_return done;
            if (s->lower.fd() < 0) detail::throw_error(EBADF, "tls_stream");
            ERR_clear_error();
            errno = EPROTO;
            int why = SSL_get_error(ssl, f(ssl, b.data(), b.size(), &done));
            auto error = tls_context::error(SSL_get_verify_result(ssl));
            if (way != reads || BIO_ctrl_pending(SSL_get_wbio(ssl)) > 32768) {
                permit sending = co_await s->used[sends].lock(where);
                if (!s->out.empty()) detail::throw_error(EPIPE, "tls_stream");
                s->out.resize(BIO_ctrl_pending(SSL_get_wbio(ssl)));
                BIO_read(SSL_get_wbio(ssl), s->out.data(), int(s->out.size()));
                co_await s->lower.write_all(s->out, where);
                s->out.clear();
            }
            if (why == SSL_ERROR_NONE) co_return done;
            if (why == SSL_ERROR_ZERO_RETURN && way == reads) co_return done;
            if (why != SSL_ERROR_WANT_READ || way == writes)
                detail::raise(std::system_error(error, "tls_stream"));
            co_await detail::made_stream::readable(s->lower, where);
        }
    }

    std::shared_ptr<state> state_;
};

}  // namespace relev

#endif
