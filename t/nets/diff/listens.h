/* Some programs have an error callback, and metrics and a callback for slow
 * callbacks, which must not change what they do: libev has none. */
#ifndef LISTENS_H_
#define LISTENS_H_

#include <fcntl.h>
#include <unistd.h>

#include "frozen.h"
#include "harness.h"

#if HAS_RELEV

static void listen_error(struct ev_loop* loop, const struct relev_error* error,
                         void* data)
{
    char line[200];
    int nowhere = open("/dev/null", O_WRONLY);
    (void)data;
    relev_error_format(error, line, sizeof line);
    if (nowhere < 0) return;
    void (*over)(void) = waits_over;
    waits_over = NULL; /* a dump waits for room to write */
    relev_dump(loop, nowhere);
    waits_over = over;
    close(nowhere);
}

static void listen_begin(void) { relev_set_error_cb(NULL, listen_error, NULL); }

static void slow_ignore(struct ev_loop* loop, const struct relev_slow* slow,
                        void* data)
{
    (void)loop, (void)slow, (void)data;
}

/* All callbacks are slow. */
static void watch_begin(struct ev_loop* loop)
{
    relev_metrics_enable(loop, 2);
    relev_set_slow_cb(loop, -1, slow_ignore, NULL);
}

/* The text of the metrics is made, too. */
static void watch_end(struct ev_loop* loop)
{
    static char text[1 << 16];
    struct relev_progress progress;
    relev_metrics_text(loop, text, sizeof text, "program=\"diff\"");
    relev_progress_read(loop, &progress, sizeof progress);
}

#else

static void listen_begin(void) {}
static void watch_begin(struct ev_loop* loop) { (void)loop; }
static void watch_end(struct ev_loop* loop) { (void)loop; }

#endif

#endif
