/* A fuzz target: the input is a program of operations on three loops and all
 * kinds of watchers, from outside and in callbacks, with everything that a
 * caller may do wrong and expect to be survived. ev_verify is called after each
 * step; slots.h and settle.h say what else must hold. Nothing ever blocks. */

#include "settle.h"

#define VERB(name)         \
    {                      \
#name, verb_##name \
    }

/* An operation that is listed twice is played twice as often. */
static const Verb verbs[] = {
    VERB(start),
    VERB(start),
    VERB(start),
    VERB(start),
    VERB(restart),
    VERB(stop),
    VERB(free),
    VERB(stop_elsewhere),
    VERB(feed),
    VERB(clear),
    VERB(invoke),
    VERB(priority),
    VERB(timer_again),
    VERB(turn),
    VERB(turn),
    VERB(turn),
    VERB(run),
    VERB(break),
    VERB(ref),
    VERB(unref),
    VERB(fork),
    VERB(suspend),
    VERB(resume),
    VERB(now_update),
    VERB(collect),
    VERB(invoke_cb),
    VERB(once),
    VERB(release_cb),
    VERB(destroy),
    VERB(leave),
    VERB(open),
    VERB(close),
    VERB(replace),
    VERB(write),
    VERB(drain),
    VERB(hang_up),
    VERB(fill),
    VERB(feed_fd),
    VERB(raise),
    VERB(feed_signal),
    VERB(child),
    VERB(advance),
    VERB(advance),
    VERB(jump),
    VERB(path),
    VERB(stat_stat),
    VERB(async_send),
    VERB(embed_sweep),
    VERB(timer_remaining),
    VERB(periodic_again),
    VERB(invoke_pending),
    VERB(feed_signal_event),
    VERB(reuse),
    VERB(reuse),
};

static long memory_blocks;

static void* counted(void* p, long size)
{
    memory_blocks += (!p && size) - (p && !size);
    if (size) return realloc(p, (size_t)size);
    free(p);
    return NULL;
}

static void play_verb(void)
{
    const Verb* verb = &verbs[take((int)(sizeof verbs / sizeof *verbs))];
    if (++play.steps > steps_most) input.at = input.end;
    trace("%*s%s", play.depth, "", verb->name);
    verb->play();
    trace("\n");
    loops_verify();
}

/* Back from callbacks that were left: nothing of ours is under way. */
static void come_home(void)
{
    trace("\nleft by longjmp\n");
    play.depth = 0;
    for (int i = 0; i < loop_count; ++i) {
        places[i].inside = 0;
        places[i].depth = ev_depth(places[i].loop);
    }
    for (int i = 0; i < slot_count; ++i) slots[i].invoked = 0;
}

static void begin_world(void)
{
    if (play.littered) paths_remove();
    memset(&play, 0, sizeof play);
    system_reset();
    system_waits(waits_most, starved);
    signals_reset();
    slots_reset();
    for (int i = 0; i < slot_count; ++i) slots[i].loop = 0;
    for (int i = 0; i < loop_count; ++i) place_open(i, take_flags());
    for (int i = 0; i < fd_count / 2; ++i) fd_open(i, i);
}

static void end_world(int stopping)
{
    settle();
    tear_down(stopping);
    slots_free();
    fds_shut();
    must(!memory_blocks);
}

int LLVMFuzzerInitialize(int* argc, char*** argv)
{
    (void)argc, (void)argv;
    unsetenv("LIBEV_FLAGS");
    signal(SIGPIPE, SIG_IGN);
    ev_set_allocator(counted);
    play.littered = 1;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    int fd = fd_lowest_free();
    input_set(data, size);
    int stopping = take(2);
    fds_reset();
    begin_world();

    if (setjmp(play.home)) come_home();
    while (input_left()) play_verb();
    end_world(stopping);
    must(fd_lowest_free() == fd);
    return 0;
}
