// serve: a task for each connection of a listener.

#ifndef RELEVPP_NET_SERVE_HPP
#define RELEVPP_NET_SERVE_HPP

#include "../nothrow.hpp"
#include "../nursery.hpp"
#include "listener.hpp"

namespace relev {

// Accepts connections, and runs the task session(stream, args...) for each. The
// function and args are copied for each of them: std::ref passes a reference.
// What a session throws cancels the others, and is thrown.
//
// When it is canceled, the sessions are, too; it still accepts those that have
// connected already, so that their sessions can answer them, closes the
// listener, and waits for all sessions. If the listener is closed by others, it
// waits for the sessions, too.
template <class F, class... Args>
task<> serve(listener& l, F session, Args... args)
{
    co_await with_nursery([&](nursery& n) -> task<> {
        std::error_code error;
        while (!error) {
            auto s = co_await nothrow(l.accept());
            if (s) n.spawn(session, std::move(*s), args...);
            else error = s.error();
        }
        if (error == std::errc::bad_file_descriptor) co_return;
        if (error != std::errc::operation_canceled)
            detail::raise(std::system_error(error, "serve"));
        for (int fd; (fd = detail::accept_now(l.fd())) >= 0;)
            n.spawn(session, detail::made_stream::of(fd), args...);
        l.close();
    });
}

}  // namespace relev

#endif
