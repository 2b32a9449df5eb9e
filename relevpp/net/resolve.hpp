// resolve: the addresses of a host and a service, by getaddrinfo in a thread of
// a pool. And connect, to a host by its name.

#ifndef RELEVPP_NET_RESOLVE_HPP
#define RELEVPP_NET_RESOLVE_HPP

#include <netdb.h>

#include <algorithm>
#include <string>
#include <vector>

#include "../blocking.hpp"
#include "connect.hpp"

namespace relev {
namespace detail {

class resolve_error_category final : public std::error_category {
public:
  const char *name() const noexcept override { return "relev.resolve"; }
  std::string message(int error) const override { return gai_strerror(error); }
  std::error_condition
  default_error_condition(int error) const noexcept override {
    if (error == EAI_AGAIN)
      return std::errc::resource_unavailable_try_again;
    if (error == EAI_MEMORY)
      return std::errc::not_enough_memory;
    return {error, *this};
  }
};

} // namespace detail

// The errors of getaddrinfo: EAI_NONAME, EAI_AGAIN and others of <netdb.h>.
inline const std::error_category &resolve_category() noexcept {
  static const detail::resolve_error_category category;
  return category;
}

namespace detail {

// What getaddrinfo has found, or why nothing.
struct resolved {
  std::vector<address> all;
  std::error_code error;
};

// Blocks, unless the flags say that both are numbers.
inline resolved look_up(const std::string &host, const std::string &service,
                        int flags) {
  resolved r;
  addrinfo hints{}, *list = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  int error = EAI_NONAME;
  if (host.find('\0') == host.npos && service.find('\0') == service.npos)
    error =
        getaddrinfo(host.c_str(), service.empty() ? nullptr : service.c_str(),
                    &hints, &list);
  if (error == EAI_SYSTEM)
    r.error = {errno, std::generic_category()};
  else if (error)
    r.error = {error, resolve_category()};
  if (error)
    return r;
  const std::unique_ptr<addrinfo, void (*)(addrinfo *)> own(list, freeaddrinfo);
  for (const addrinfo *a = list; a; a = a->ai_next) {
    address found(a->ai_addr, a->ai_addrlen);
    if (std::find(r.all.begin(), r.all.end(), found) == r.all.end())
      r.all.push_back(found);
  }
  return r;
}

class resolve_job final : public job {
public:
  resolve_job(waiter &by, loop &home, std::string host, std::string service)
      : job(by, home.gate()), host_(std::move(host)),
        service_(std::move(service)) {}

  resolved found;

private:
  void run() noexcept override {
    guarded([this] { found = look_up(host_, service_, 0); },
            [this] {
              found.error = {EAI_MEMORY, resolve_category()};
            });
  }

  const std::string host_, service_;
};

class resolve_op final : public job_op {
public:
  resolve_op(blocking_pool &pool, std::string host, std::string service,
             place where) noexcept
      : job_op(pool, "resolve", where), host_(std::move(host)),
        service_(std::move(service)) {}

  template <class P> bool await_suspend(std::coroutine_handle<P> h) {
    if (!may_wait(h))
      return refused();
    numeric_ = look_up(host_, service_, AI_NUMERICHOST | AI_NUMERICSERV);
    if (!numeric_.error)
      return ready(h);
    return start(*new resolve_job(as_waiter(), owner_->of_loop(),
                                  std::move(host_), std::move(service_)),
                 h);
  }

  std::vector<address> await_resume() {
    throw_if_failed();
    if (found().error)
      detail::raise(std::system_error(found().error, name()));
    return found().all;
  }

  std::error_code failure() const noexcept {
    std::error_code own = job_op::failure();
    return own ? own : found().error;
  }

private:
  const resolved &found() const noexcept {
    return job_ ? static_cast<resolve_job *>(job_)->found : numeric_;
  }

  std::string host_, service_;
  resolved numeric_;
};

// RFC 8305, 4: the families alternate, beginning with that of the first one.
inline void alternate(std::vector<address> &all) {
  std::vector<address> sorted, others;
  for (const address &a : all)
    (a.family() == all[0].family() ? sorted : others).push_back(a);
  for (std::size_t i = 0; i < others.size(); ++i) {
    std::size_t at = std::min(2 * i + 1, sorted.size());
    sorted.insert(sorted.begin() + static_cast<std::ptrdiff_t>(at), others[i]);
  }
  all = std::move(sorted);
}

} // namespace detail

// Delivers the addresses of a host, a name or a number, for TCP, in the order
// in which they should be tried. The service is a name or a number; without,
// the port is 0. Only if both are numbers no thread is needed. A cancel does
// not wait for the thread.
[[nodiscard]] inline detail::resolve_op resolve(blocking_pool &pool,
                                                std::string host,
                                                std::string service = {},
                                                place where = place::here()) {
  return {pool, std::move(host), std::move(service), where};
}
[[nodiscard]] inline detail::resolve_op resolve(std::string host,
                                                std::string service = {},
                                                place where = place::here()) {
  return resolve(blocking_pool::shared(), std::move(host), std::move(service),
                 where);
}

// Connects to the addresses of a host in turn, as RFC 8305 says: the families
// alternate.
[[nodiscard]] inline task<stream> connect(blocking_pool &pool, std::string host,
                                          std::string service,
                                          place where = place::here()) {
  auto all = co_await resolve(pool, std::move(host), std::move(service), where);
  detail::alternate(all);
  co_return co_await connect(std::span<const address>(all), where);
}
[[nodiscard]] inline task<stream> connect(std::string host, std::string service,
                                          place where = place::here()) {
  return connect(blocking_pool::shared(), std::move(host), std::move(service),
                 where);
}

} // namespace relev

#endif
