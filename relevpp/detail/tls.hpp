// A TLS connection by OpenSSL, as tls.hpp uses it.
//
// OpenSSL reads from memory and writes to memory: it never waits until the
// stream takes what it sends. So no call of it has to be repeated with the same
// data, a write that is canceled leaves no half of a record behind, and a read
// and a write can wait at the same time.

#ifndef RELEVPP_DETAIL_TLS_HPP
#define RELEVPP_DETAIL_TLS_HPP

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>

#include "../net/stream.hpp"
#include "../nothrow.hpp"
#include "../sync.hpp"
#include "../tls_error.hpp"
#include "../when.hpp"

namespace relev { namespace detail {

// The first error of the queue is the cause of the others.
inline std::error_code tls_error() noexcept
{
    unsigned long error = ERR_peek_error();
    if (!error) return std::make_error_code(std::errc::protocol_error);
    if (ERR_SYSTEM_ERROR(error))
        return {ERR_GET_REASON(error), std::generic_category()};
    return {static_cast<int>(error), tls_category()};
}

inline void tls_check(bool good, const std::string& what)
{
    if (!good) raise(std::system_error(tls_error(), what));
}

enum class tls_step { handshake, write, shutdown, read, discard };

// A connection. Tasks that use it keep it.
struct tls : pinned {
    tls(stream s, std::shared_ptr<void> kept, SSL_CTX* settings)
        : settings_(std::move(kept)),
          lower(std::move(s)),
          ssl(SSL_new(settings)),
          in(BIO_new(BIO_s_mem())),
          out(BIO_new(BIO_s_mem()))
    {
        if (!ssl || !in || !out) {
            SSL_free(ssl), BIO_free(in), BIO_free(out);
            raise(std::bad_alloc());
        }
        SSL_set_bio(ssl, in, out);
        if (SSL_is_server(ssl)) SSL_set_accept_state(ssl);
        else SSL_set_connect_state(ssl);
        SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE);
        no_reader.set(), no_writer.set();
    }
    ~tls() { SSL_free(ssl); }

    // A close with unread data resets the connection, and what the other side
    // has not read yet is lost. Some may be unread after a shutdown: session
    // tickets, for instance. Who sends without end is not read without end.
    void close() noexcept
    {
        ssize_t got = has_shut_down();
        for (int i = 0; got > 0 && i < 64; ++i)
            got = recv(lower.fd(), received, sizeof received, MSG_DONTWAIT);
        lower.close();
    }

    // A name may end with a dot, but neither certificates nor RFC 6066 know it.
    void expect(std::string host)
    {
        if (host.ends_with('.')) host.pop_back();
        bool verifies = SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE;
        if (host.empty() && (SSL_is_server(ssl) || !verifies)) return;
        if (host.empty()) throw_error(EINVAL, "tls_stream: no host to verify");
        if (host.find('\0') != host.npos)
            throw_error(EINVAL, "tls_stream: a zero byte in the host");
        ASN1_OCTET_STRING* ip = a2i_IPADDRESS(host.c_str());
        ASN1_OCTET_STRING_free(ip);
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        tls_check(SSL_set1_host(ssl, host.c_str())
                      && (ip || SSL_set_tlsext_host_name(ssl, host.c_str())),
                  host);
    }

    static task<std::size_t> run(std::shared_ptr<tls> self, tls_step step,
                                 void* data, std::size_t size, place where)
    {
        tls& s = *self;
        bool writes = step < tls_step::read;
        bool reads = !writes || step == tls_step::handshake;
        if ((reads && s.reading.is_locked())
            || (writes && s.writing.is_locked()))
            throw_error(EBUSY, "tls_stream");
        permit r, w;
        if (reads) r = co_await s.reading.lock(where);
        if (writes) w = co_await s.writing.lock(where);
        std::error_code error;
        std::size_t done = 0;
        if (writes) {
            error = co_await s.flush(where);
        } else {
            s.flush_now();
            if (s.owes_much()) error = co_await s.receive_more(where);
        }
        while (!error && s.call(step, data, size, done, error))
            error = co_await s.receive_more(where);
        if (writes) {  // also the alert that says what is wrong
            std::error_code unsent = co_await s.flush(where);
            if (!error) error = unsent;
        } else if (error && !is_cancel(error)) {
            s.flush_now();  // the alert, if there is room
        }
        if (is_cancel(error)) {
            if (done) co_return done;  // the next operation sends the rest
            co_await yield(where);     // ends the task
        }
        if (error) raise(std::system_error(error, "tls_stream"));
        co_return done;
    }

    static task<> finish(std::shared_ptr<tls> self, tls_step step, place where)
    {
        co_await run(std::move(self), step, nullptr, 0, where);
    }

    static task<> finish_both(std::shared_ptr<tls> self, place where)
    {
        co_await run(self, tls_step::shutdown, nullptr, 0, where);
        co_await run(std::move(self), tls_step::discard, nullptr, 0, where);
    }

    static bool is_cancel(std::error_code error) noexcept
    {
        return error == std::errc::operation_canceled;
    }

    // True if OpenSSL has to be called again when something was received.
    bool call(tls_step step, void* data, std::size_t size, std::size_t& done,
              std::error_code& error) noexcept
    {
        int result = 1;
        char waste[4096];
        ERR_clear_error();
        if (step == tls_step::handshake) result = SSL_do_handshake(ssl);
        else if (step == tls_step::write)
            result = SSL_write_ex(ssl, data, size, &done);
        else if (step == tls_step::read && size)
            result = SSL_read_ex(ssl, data, size, &done);
        else if (step == tls_step::discard)
            while ((result = SSL_read(ssl, waste, sizeof waste)) > 0) continue;
        else if (step == tls_step::shutdown && !has_shut_down())
            result = SSL_shutdown(ssl) < 0 ? -1 : 1;
        if (result > 0) return false;
        int why = SSL_get_error(ssl, result);
        if (why == SSL_ERROR_WANT_READ) {
            if (step < tls_step::read) error = send_error;
            return !error;
        }
        if (why != SSL_ERROR_ZERO_RETURN) error = failure();
        else if (step < tls_step::read) error = tls_errc::truncated;
        if (step == tls_step::discard && error == tls_errc::truncated)
            error = {};
        return false;
    }

    bool has_shut_down() const noexcept
    {
        return SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN;
    }

    std::error_code failure() const noexcept
    {
        long verdict = SSL_get_verify_result(ssl);
        int reason = ERR_GET_REASON(ERR_peek_error());
        if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED && verdict != X509_V_OK)
            return {static_cast<int>(verdict), tls_category()};
        return tls_error();
    }

    // Sends what OpenSSL has written.
    task<std::error_code> flush(place where)
    {
        while (has_rest()) {
            if (!no_writer.is_set()) {
                if (auto e = co_await nothrow(no_writer.wait(where)))
                    co_return e;
                continue;
            }
            taken here(no_writer);
            fill_rest();
            auto sent = co_await nothrow(lower.write_some(rest, where));
            if (is_cancel(sent.error())) {  // who reads sends the rest
                made_stream::interrupt_read(lower);
                co_return sent.error();
            }
            if (!sent) send_error = sent.error();
            rest.erase(0, sent ? *sent : rest.npos);
        }
        co_return send_error;
    }
    // The same, of what the kernel takes at once.
    void flush_now()
    {
        if (!has_rest() || !no_writer.is_set()) return;
        fill_rest();
        ssize_t sent = write_once(lower.fd(), rest.data(), rest.size());
        if (sent >= 0) rest.erase(0, static_cast<std::size_t>(sent));
        else if (!would_block()) send_error = {errno, std::generic_category()};
    }
    void fill_rest()
    {
        if (!rest.empty()) return;
        rest.resize(BIO_ctrl_pending(out));
        BIO_read(out, rest.data(), static_cast<int>(rest.size()));
    }

    // More than a record: answers to one who does not read them. Until they are
    // sent, nothing more is read.
    bool owes_much() const noexcept
    {
        return !send_error && BIO_ctrl_pending(out) > 32 * 1024;
    }
    bool has_rest() const noexcept
    {
        return !send_error && (!rest.empty() || BIO_ctrl_pending(out));
    }

    // Receives something. If another task does so: waits until it has.
    task<std::error_code> receive(place where)
    {
        if (!no_reader.is_set())
            co_return co_await nothrow(no_reader.wait(where));
        taken here(no_reader);
        auto got = co_await nothrow(lower.read_some(received, where));
        if (got.error() == std::errc::interrupted) co_return std::error_code();
        if (!got) co_return got.error();
        if (!*got) BIO_set_mem_eof_return(in, 0);
        else if (BIO_write(in, received, static_cast<int>(*got)) < 0)
            co_return std::make_error_code(std::errc::not_enough_memory);
        co_return std::error_code();
    }

    // Sends the rest meanwhile, or before if it is much. That it cannot be sent
    // concerns who writes.
    task<std::error_code> receive_more(place where)
    {
        if (!has_rest()) co_return co_await receive(where);
        std::error_code error;
        if (owes_much()) {
            error = co_await flush(where);
        } else {
            auto r = co_await when_any(receive(where), flush(where));
            if (r.index == 0) co_return *std::get<0>(r.values);
            error = *std::get<1>(r.values);
        }
        co_return is_cancel(error) ? error : std::error_code();
    }

    // While it exists, others wait.
    struct taken : pinned {
        explicit taken(event& e) noexcept : nobody(e) { e.reset(); }
        ~taken() { nobody.set(); }
        event& nobody;
    };

    const std::shared_ptr<void> settings_;
    stream lower;
    SSL* const ssl;
    BIO *const in, *const out;
    char received[16 * 1024 + 512];  // a record, and more
    std::string rest;                // is being sent
    std::error_code send_error;
    mutex reading, writing;
    event no_reader, no_writer;  // set while nobody waits for the stream
};

}  // namespace detail
}  // namespace relev

#endif
