// What connections of tls.hpp report beside the errors of the system.

#ifndef RELEVPP_TLS_ERROR_HPP
#define RELEVPP_TLS_ERROR_HPP

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string>
#include <system_error>

namespace relev {

// Of the errors of OpenSSL: those of its queue, and why a certificate was
// refused (X509_V_ERR_...), which are smaller. System errors are errno's.
inline const std::error_category& tls_category() noexcept
{
    struct type final : std::error_category {
        const char* name() const noexcept override { return "relev.tls"; }
        std::string message(int code) const override
        {
            if (!ERR_GET_LIB(static_cast<unsigned>(code)))
                return X509_verify_cert_error_string(code);
            const char* text =
                ERR_reason_error_string(static_cast<unsigned>(code));
            return text ? text : "error " + std::to_string(code);
        }
    };
    static const type category;
    return category;
}

// The stream ended without a close_notify: something may be missing.
enum class tls_errc : int {
    truncated = ERR_PACK(ERR_LIB_SSL, 0, SSL_R_UNEXPECTED_EOF_WHILE_READING)
};
inline std::error_code make_error_code(tls_errc code) noexcept
{
    return {static_cast<int>(code), tls_category()};
}

}  // namespace relev

template <>
struct std::is_error_code_enum<relev::tls_errc> : std::true_type {
};

#endif
