// The adapter of libuv: polls for descriptors, its own streams for the server,
// and its own watchers for all the rest.

#pragma once

#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <cmath>

#include "queue.hh"

namespace lib {

inline constexpr char name[] = "uv";

using Loop = uv_loop_t*;

inline constexpr int readable = UV_READABLE;
inline constexpr int writable = UV_WRITABLE;

inline Loop loop_new()
{
    Loop loop = new uv_loop_t;
    uv_loop_init(loop);
    return loop;
}

inline Loop loop_default() { return loop_new(); }
inline Loop loop_threaded() { return loop_new(); }
inline Loop loop_precise() { return loop_new(); }

inline void loop_free(Loop loop)
{
    auto close = [](uv_handle_t* handle, void*) {
        if (!uv_is_closing(handle)) uv_close(handle, nullptr);
    };
    uv_walk(loop, close, nullptr);
    while (uv_loop_close(loop) == UV_EBUSY) uv_run(loop, UV_RUN_NOWAIT);
    delete loop;
}

inline void run(Loop loop) { uv_run(loop, UV_RUN_DEFAULT); }
inline void stop(Loop loop) { uv_stop(loop); }
inline void turn(Loop loop) { uv_run(loop, UV_RUN_NOWAIT); }
inline void once(Loop loop) { uv_run(loop, UV_RUN_ONCE); }
inline void expect(Loop, double) {}

// A handle of libuv's type H, which is the first thing in a T of ours.
template <class H>
struct Handle {
    H handle;

    void drop(Loop)
    {
        auto* base = reinterpret_cast<uv_handle_t*>(&handle);
        if (!uv_is_closing(base)) uv_close(base, nullptr);
    }
};

template <class T, class H>
T& owner(H* handle)
{
    return *static_cast<T*>(handle->data);
}

struct Io : Handle<uv_poll_t> {
    int events;
    uv_poll_cb thunk;

    template <auto called>
    void set(Loop loop, int fd, int mask)
    {
        uv_poll_init(loop, &handle, fd);
        handle.data = this;
        events = mask;
        thunk = [](uv_poll_t* h, int, int happened) {
            called(h->loop, owner<Io>(h), happened);
        };
    }

    void start(Loop) { uv_poll_start(&handle, events, thunk); }
    void stop(Loop) { uv_poll_stop(&handle); }

    void change(Loop, int mask)
    {
        events = mask;
        uv_poll_start(&handle, events, thunk);
    }
};

// One descriptor, with a callback for each direction.
struct Duplex : Handle<uv_poll_t> {
    int events = 0;
    uv_poll_cb thunk;

    template <auto in, auto out>
    void set(Loop loop, int fd)
    {
        uv_poll_init(loop, &handle, fd);
        handle.data = this;
        thunk = [](uv_poll_t* h, int, int happened) {
            if (happened & UV_READABLE) in(h->loop, owner<Duplex>(h));
            if (happened & UV_WRITABLE) out(h->loop, owner<Duplex>(h));
        };
    }

    void want(int mask)
    {
        events = mask;
        uv_poll_start(&handle, events, thunk);
    }

    void read_on(Loop) { want(events | UV_READABLE); }
    void read_off(Loop) { want(events & ~UV_READABLE); }
    void write_on(Loop) { want(events | UV_WRITABLE); }
    void write_off(Loop) { want(events & ~UV_WRITABLE); }
};

// In whole milliseconds, and not too early.
inline unsigned long milliseconds(double seconds)
{
    return (unsigned long)(std::ceil(seconds * 1e3));
}

struct Timer : Handle<uv_timer_t> {
    uv_timer_cb thunk;

    template <auto called>
    void set(Loop loop)
    {
        uv_timer_init(loop, &handle);
        handle.data = this;
        thunk = [](uv_timer_t* h) { called(h->loop, owner<Timer>(h), 0); };
    }

    void start(Loop, double after)
    {
        uv_timer_start(&handle, thunk, milliseconds(after), 0);
    }

    void again(Loop loop, double after) { start(loop, after); }

    void every(Loop, double period)
    {
        unsigned long ms = milliseconds(period);
        uv_timer_start(&handle, thunk, ms, ms);
    }

    void stop(Loop) { uv_timer_stop(&handle); }
};

struct Async : Handle<uv_async_t> {
    uv_async_cb thunk;

    template <auto called>
    void set(Loop)
    {
        thunk = [](uv_async_t* h) { called(h->loop, owner<Async>(h), 0); };
    }

    void start(Loop loop)
    {
        uv_async_init(loop, &handle, thunk);
        handle.data = this;
    }

    void send(Loop) { uv_async_send(&handle); }
};

struct Task {
    Task* next;
    void (*run)(Task&);
};

struct Poster : Unowned {
    Queue<Task> queue;
    uv_async_t wake;

    void open(Loop loop)
    {
        uv_async_init(loop, &wake, [](uv_async_t* w) {
            static_cast<Poster*>(w->data)->queue.run();
        });
        wake.data = this;
    }

    void close(Loop)
    {
        uv_close(reinterpret_cast<uv_handle_t*>(&wake), nullptr);
    }

    template <auto run>
    void post(Task& task)
    {
        task.run = run;
        queue.push(task);
        uv_async_send(&wake);
    }
};

struct Signal : Handle<uv_signal_t> {
    uv_signal_cb thunk;
    int number;

    template <auto called>
    void set(Loop loop, int which)
    {
        number = which;
        uv_signal_init(loop, &handle);
        handle.data = this;
        thunk = [](uv_signal_t* h, int got) {
            called(h->loop, owner<Signal>(h), got);
        };
    }

    void start(Loop) { uv_signal_start(&handle, thunk, number); }
};

struct Path : Handle<uv_fs_event_t> {
    uv_fs_event_cb thunk;
    const char* watched;

    template <auto called>
    void set(Loop loop, const char* path)
    {
        watched = path;
        uv_fs_event_init(loop, &handle);
        handle.data = this;
        thunk = [](uv_fs_event_t* h, const char*, int events, int) {
            called(h->loop, owner<Path>(h), events);
        };
    }

    void start(Loop) { uv_fs_event_start(&handle, thunk, watched, 0); }
};

struct Prepare : Handle<uv_prepare_t> {
    uv_prepare_cb thunk;

    template <auto called>
    void set(Loop loop)
    {
        uv_prepare_init(loop, &handle);
        handle.data = this;
        thunk = [](uv_prepare_t* h) { called(h->loop, owner<Prepare>(h), 0); };
    }

    void start(Loop) { uv_prepare_start(&handle, thunk); }
};

struct Check : Handle<uv_check_t> {
    uv_check_cb thunk;

    template <auto called>
    void set(Loop loop)
    {
        uv_check_init(loop, &handle);
        handle.data = this;
        thunk = [](uv_check_t* h) { called(h->loop, owner<Check>(h), 0); };
    }

    void start(Loop) { uv_check_start(&handle, thunk); }
};

// Accepts connections from a listening socket; reads a request from each,
// answers with the same and closes.
struct Server {
    struct Connection {
        uv_tcp_t tcp;
        Server* server;
        char text[512];
    };

    uv_tcp_t tcp;
    long served = 0;

    static void give_buffer(uv_handle_t* handle, size_t, uv_buf_t* buffer);
    static void accepted(uv_stream_t* listener, int status);
    static void request(uv_stream_t* s, ssize_t length, const uv_buf_t* text);

    void open(Loop loop, int fd)
    {
        uv_tcp_init(loop, &tcp);
        uv_tcp_open(&tcp, fd);
        tcp.data = this;
        uv_listen(reinterpret_cast<uv_stream_t*>(&tcp), 1000, accepted);
    }

    void close(Loop)
    {
        uv_close(reinterpret_cast<uv_handle_t*>(&tcp), nullptr);
    }
};

}  // lib

#include "over_io.hh"
#include "over_signal.hh"
