// The adapter of libev: it links to functions of ev.h alone, so that the same
// program runs with Debian's libev and with ours. A callback is a template's
// argument, and so costs nothing on top. Functions of relev.h are looked up.

#pragma once

#include <dlfcn.h>
#include <ev.h>
#include <relev.h>
#include <stdlib.h>

#include "queue.hh"

namespace lib {

inline constexpr char name[] = "ev";

using Loop = struct ev_loop*;

inline constexpr int readable = EV_READ;
inline constexpr int writable = EV_WRITE;

// The environment's METRICS is a level of relev_metrics_enable, which libev
// does not have.
inline Loop measured(Loop loop)
{
    const char* level = getenv("METRICS");
    void* found = level ? dlsym(RTLD_DEFAULT, "relev_metrics_enable") : nullptr;
    if (found) reinterpret_cast<int (*)(Loop, int)>(found)(loop, atoi(level));
    return loop;
}

inline Loop loop_new() { return measured(ev_loop_new(EVFLAG_AUTO)); }
inline Loop loop_threaded() { return loop_new(); }  // others may send
inline Loop loop_precise() { return loop_new(); }   // for timers
inline Loop loop_default() { return measured(ev_default_loop(EVFLAG_AUTO)); }
inline void loop_free(Loop loop) { ev_loop_destroy(loop); }

inline void run(Loop loop) { ev_run(loop, 0); }
inline void stop(Loop loop) { ev_break(loop, EVBREAK_ONE); }
inline void turn(Loop loop) { ev_run(loop, EVRUN_NOWAIT); }
inline void once(Loop loop) { ev_run(loop, EVRUN_ONCE); }

// There will be many timeouts of this length.
inline void expect(Loop, double) {}

// The callback of a watcher of libev's type W, which is a T of ours.
template <class T, class W, auto called>
void thunk(struct ev_loop* loop, W* w, int revents)
{
    called(loop, *static_cast<T*>(w), revents);
}

struct Io : ev_io {
    template <auto called>
    void set(Loop, int fd, int events)
    {
        ev_io_init(this, (thunk<Io, ev_io, called>), fd, events);
    }

    void start(Loop loop) { ev_io_start(loop, this); }
    void stop(Loop loop) { ev_io_stop(loop, this); }
    void drop(Loop loop) { stop(loop); }

    void change(Loop loop, int events)
    {
        ev_io_stop(loop, this);
        ev_io_modify(this, events);
        ev_io_start(loop, this);
    }
};

// One descriptor, with a callback for each direction.
struct Duplex {
    struct Input : ev_io {
        Duplex* whole;
    } input;
    struct Output : ev_io {
        Duplex* whole;
    } output;

    template <auto called>
    static void in(struct ev_loop* loop, ev_io* w, int)
    {
        called(loop, *static_cast<Input*>(w)->whole);
    }

    template <auto called>
    static void out(struct ev_loop* loop, ev_io* w, int)
    {
        called(loop, *static_cast<Output*>(w)->whole);
    }

    template <auto called_in, auto called_out>
    void set(Loop, int fd)
    {
        ev_io_init(&input, in<called_in>, fd, EV_READ);
        ev_io_init(&output, out<called_out>, fd, EV_WRITE);
        input.whole = output.whole = this;
    }

    void read_on(Loop loop) { ev_io_start(loop, &input); }
    void read_off(Loop loop) { ev_io_stop(loop, &input); }
    void write_on(Loop loop) { ev_io_start(loop, &output); }
    void write_off(Loop loop) { ev_io_stop(loop, &output); }
    void drop(Loop loop) { read_off(loop), write_off(loop); }
};

struct Timer : ev_timer {
    template <auto called>
    void set(Loop)
    {
        ev_timer_init(this, (thunk<Timer, ev_timer, called>), 0., 0.);
    }

    void start(Loop loop, double after)
    {
        ev_timer_set(this, after, 0.);
        ev_timer_start(loop, this);
    }

    void stop(Loop loop) { ev_timer_stop(loop, this); }
    void drop(Loop loop) { stop(loop); }

    // A timeout that counts from now on, whether it is running or not.
    void again(Loop loop, double after)
    {
        repeat = after;
        ev_timer_again(loop, this);
    }

    void every(Loop loop, double period)
    {
        ev_timer_set(this, period, period);
        ev_timer_start(loop, this);
    }
};

struct Async : ev_async {
    template <auto called>
    void set(Loop)
    {
        ev_async_init(this, (thunk<Async, ev_async, called>));
    }

    void start(Loop loop) { ev_async_start(loop, this); }
    void stop(Loop loop) { ev_async_stop(loop, this); }
    void drop(Loop loop) { stop(loop); }
    void send(Loop loop) { ev_async_send(loop, this); }
};

struct Task {
    union {
        struct relev_task task;
        struct {
            Task* next;
            void (*run)(Task&);
        };
    };
};

// libev has no relev_post: there it is a queue, and an ev_async.
struct Poster : Async, Unowned {
    using Post = void (*)(Loop, struct relev_task*);

    Queue<Task> queue;
    Post relev_post;
    Loop loop;

    static void woken(Loop, Async& async, int)
    {
        static_cast<Poster&>(async).queue.run();
    }

    void open(Loop its)
    {
        void* found = dlsym(RTLD_DEFAULT, "relev_post_open");
        loop = its;
        relev_post = reinterpret_cast<Post>(dlsym(RTLD_DEFAULT, "relev_post"));
        set<woken>(loop);
        if (found) reinterpret_cast<int (*)(Loop)>(found)(loop), ev_ref(loop);
        else start(loop);
    }

    void close(Loop) { stop(loop); }

    template <auto run>
    void post(Task& task)
    {
        if (!relev_post) {
            task.run = run;
            queue.push(task);
            return send(loop);
        }
        task.task.run = [](Loop, struct relev_task* passed) {
            run(*reinterpret_cast<Task*>(passed));
        };
        relev_post(loop, &task.task);
    }
};

struct Signal : ev_signal {
    template <auto called>
    void set(Loop, int number)
    {
        ev_signal_init(this, (thunk<Signal, ev_signal, called>), number);
    }

    void start(Loop loop) { ev_signal_start(loop, this); }
    void stop(Loop loop) { ev_signal_stop(loop, this); }
    void drop(Loop loop) { stop(loop); }
};

// Of the default loop only.
struct Child : ev_child {
    template <auto called>
    void set(Loop)
    {
        ev_child_init(this, (thunk<Child, ev_child, called>), 0, 0);
    }

    void start(Loop loop, int child)
    {
        ev_child_set(this, child, 0);
        ev_child_start(loop, this);
    }

    void stop(Loop loop) { ev_child_stop(loop, this); }
    void drop(Loop loop) { stop(loop); }
};

struct Path : ev_stat {
    template <auto called>
    void set(Loop, const char* watched)
    {
        ev_stat_init(this, (thunk<Path, ev_stat, called>), watched, 0.);
    }

    void start(Loop loop) { ev_stat_start(loop, this); }
    void stop(Loop loop) { ev_stat_stop(loop, this); }
    void drop(Loop loop) { stop(loop); }
};

struct Prepare : ev_prepare {
    template <auto called>
    void set(Loop)
    {
        ev_prepare_init(this, (thunk<Prepare, ev_prepare, called>));
    }

    void start(Loop loop) { ev_prepare_start(loop, this); }
    void stop(Loop loop) { ev_prepare_stop(loop, this); }
    void drop(Loop loop) { stop(loop); }
};

struct Check : ev_check {
    template <auto called>
    void set(Loop)
    {
        ev_check_init(this, (thunk<Check, ev_check, called>));
    }

    void start(Loop loop) { ev_check_start(loop, this); }
    void stop(Loop loop) { ev_check_stop(loop, this); }
    void drop(Loop loop) { stop(loop); }
};

// An event that the program makes itself.
struct Event : ev_io {
    template <auto called>
    void set(Loop)
    {
        ev_init(this, (thunk<Event, ev_io, called>));
    }

    void feed(Loop loop) { ev_feed_event(loop, this, EV_CUSTOM); }
};

inline void invoke(Loop loop) { ev_invoke_pending(loop); }

}  // lib

#include "over_accept.hh"
#include "over_io.hh"
