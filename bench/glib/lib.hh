// The adapter of GLib: what passes functions to its main loop, and no more.

#pragma once

#include <glib.h>

namespace lib {

inline constexpr char name[] = "glib";

struct Context {
    GMainContext* context = g_main_context_new();
    GMainLoop* main = g_main_loop_new(context, 0);
};

using Loop = Context*;

inline Loop loop_threaded() { return new Context; }

inline void loop_free(Loop loop)
{
    g_main_loop_unref(loop->main);
    g_main_context_unref(loop->context);
    delete loop;
}

inline void run(Loop loop) { g_main_loop_run(loop->main); }
inline void stop(Loop loop) { g_main_loop_quit(loop->main); }
inline void turn(Loop loop) { g_main_context_iteration(loop->context, 0); }

struct Task {};

// A function that is invoked while no thread owns the context would run in the
// thread that passes it.
struct Poster {
    GMainContext* context = nullptr;

    void open(Loop loop) { context = loop->context; }
    void enter() { g_main_context_acquire(context); }
    void leave() { g_main_context_release(context); }
    void close(Loop) {}

    template <auto run>
    void post(Task& task)
    {
        g_main_context_invoke(
            context,
            [](void* passed) -> gboolean {
                run(*static_cast<Task*>(passed));
                return 0;
            },
            &task);
    }
};

}  // lib
