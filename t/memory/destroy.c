/* ev_loop_destroy: what becomes of the watchers and of the loop's memory. */
#define _GNU_SOURCE 1
#include <sys/mman.h>

#include "fds.h"
#include "kinds.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

/* One watcher of each kind that holds no global state, and some more. */
enum { ready = kinds_count, repeating, polled, zoo_size };

typedef struct Zoo {
    Any any[zoo_size];
} Zoo;

static int in_zoo(int i)
{
    return i >= kinds_count || !strchr("SKX", kinds[i].letter);
}

static const Kind* zoo_kind(int i)
{
    return i == ready     ? kind_of('I')
         : i == repeating ? kind_of('T')
         : i == polled    ? kind_of('V')
                          : &kinds[i];
}

static Any* zoo_at(Zoo* zoo, char letter)
{
    return &zoo->any[kind_of(letter) - kinds];
}

static void ignore(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void zoo_start(Zoo* zoo, struct ev_loop* loop, struct ev_loop* inner,
                      int p[2])
{
    kinds_pipe[0] = p[0];
    kinds_embedded = inner;
    for (int i = 0; i < zoo_size; ++i) {
        kind_init(zoo_kind(i), &zoo->any[i]);
        ev_set_cb(&zoo->any[i].w, ignore);
    }
    ev_io_set(&zoo->any[ready].io, p[1], EV_WRITE);
    ev_timer_set(&zoo->any[repeating].timer, -1., 0.001);
    ev_periodic_set(&zoo_at(zoo, 'P')->periodic, 0., 0.001, NULL);
    ev_stat_set(&zoo->any[polled].stat, "/nowhere/at/all", 1.);
    for (int i = 0; i < zoo_size; ++i)
        if (in_zoo(i)) zoo_kind(i)->start(loop, &zoo->any[i]);
}

/* Gives every part of the loop something to do. */
static void zoo_run(Zoo* zoo, struct ev_loop* loop)
{
    for (int i = 0; i < 3; ++i) {
        ev_async_send(loop, &zoo_at(zoo, 'A')->async);
        turn(loop);
        ev_loop_fork(loop);
    }
    turn(loop);
    ev_feed_event(loop, zoo_at(zoo, 'T'), EV_TIMER);
    ev_feed_fd_event(loop, kinds_pipe[0], EV_READ);
}

static int zoo_active(const Zoo* zoo)
{
    for (int i = 0; i < zoo_size; ++i)
        if (in_zoo(i) && !ev_is_active(&zoo->any[i].w)) return 0;
    return 1;
}

static void test_destroy_orphans_watchers_unchanged(void** state)
{
    /* R2.39: other watchers are orphaned, not stopped: ev_is_active stays
     * true, and not a byte of them changes. */
    struct ev_loop* inner = ev_loop_new(embeddable_backend());
    struct ev_loop* loop = loop_new(0);
    static Zoo zoo, before;
    int p[2];

    (void)state;
    pipe_open(p);
    zoo_start(&zoo, loop, inner, p);
    zoo_run(&zoo, loop);
    assert_true(zoo_active(&zoo));
    before = zoo;
    ev_loop_destroy(loop);
    assert_true(zoo_active(&zoo));
    assert_memory_equal(&zoo, &before, sizeof zoo);
    ev_loop_destroy(inner);
    both_close(p);
}

static void test_destroy_does_not_look_at_orphans(void** state)
{
    /* R2.39: their memory is not touched: it may be gone already. */
    struct ev_loop* inner = ev_loop_new(embeddable_backend());
    struct ev_loop* loop = loop_new(0);
    Zoo* zoo = mmap(NULL, sizeof *zoo, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int p[2];

    (void)state;
    assert_ptr_not_equal(zoo, MAP_FAILED);
    pipe_open(p);
    zoo_start(zoo, loop, inner, p);
    zoo_run(zoo, loop);
    assert_int_equal(munmap(zoo, sizeof *zoo), 0);
    ev_loop_destroy(loop); /* a look would be a segmentation fault */
    ev_loop_destroy(inner);
    both_close(p);
}

enum { ledger_size = 4096 };

/* The blocks that the library holds. */
static struct {
    void* block[ledger_size];
    int count, calls, strange;
} ledger;

static void ledger_drop(const void* block)
{
    for (int i = 0; i < ledger.count; ++i)
        if (ledger.block[i] == block) {
            ledger.block[i] = ledger.block[--ledger.count];
            return;
        }
    ++ledger.strange;
}

static void* ledger_alloc(void* old, long size) EV_NOEXCEPT
{
    ++ledger.calls;
    if (old) ledger_drop(old);
    if (!size) {
        free(old);
        return NULL;
    }
    void* block = realloc(old, (size_t)size);
    if (!block || ledger.count == ledger_size) abort();
    return ledger.block[ledger.count++] = block;
}

static void* plain_alloc(void* old, long size) EV_NOEXCEPT
{
    if (size) return realloc(old, (size_t)size);
    free(old);
    return NULL;
}

static void ledger_open(void)
{
    memset(&ledger, 0, sizeof ledger);
    ev_set_allocator(ledger_alloc);
}

static void ledger_close(void)
{
    ev_set_allocator(plain_alloc);
    assert_int_equal(ledger.count, 0);
    assert_int_equal(ledger.strange, 0);
    assert_true(ledger.calls > 0);
}

static void once_note(int revents, void* arg) { (void)revents, (void)arg; }

static void test_destroy_gives_all_memory_back(void** state)
{
    /* R2.41: all memory of a loop comes from the ev_set_allocator function,
     * and size 0 frees. Whatever kinds of watchers ran, and while most are
     * still active, ev_loop_destroy gives every block back. */
    static Zoo zoo;
    ev_signal signals;
    int p[2], q[2];

    (void)state;
    pipe_open(p);
    pipe_open(q);
    ledger_open();
    struct ev_loop* inner = ev_loop_new(embeddable_backend());
    struct ev_loop* loop = loop_new(EVFLAG_SIGNALFD);
    assert_true(ledger.count > 0);
    zoo_start(&zoo, loop, inner, p);
    ev_signal_init(&signals, note_signal, SIGUSR2);
    ev_signal_start(loop, &signals);
    ev_once(loop, -1, 0, 0., once_note, NULL);
    ev_once(loop, q[1], EV_WRITE, 1000., once_note, NULL);
    zoo_run(&zoo, loop);
    ev_signal_stop(loop, &signals);
    ev_loop_destroy(loop);
    ev_loop_destroy(inner);
    ledger_close();
    both_close(p), both_close(q);
}

static void test_destroy_unused_loop_gives_all_memory_back(void** state)
{
    /* R2.41: also of a loop that was never run, and of one that was used for
     * high fds and many timers. */
    enum { many = 500 };
    static ev_timer timers[many];
    Io io, file;
    int p[2];

    (void)state;
    pipe_open(p);
    ledger_open();
    ev_loop_destroy(loop_new(0));
    struct ev_loop* loop = loop_new(0);
    int high = fcntl(p[0], F_DUPFD, 900), null = open("/dev/null", O_RDWR);
    io_on(loop, &io, high, EV_READ);
    io_on(loop, &file, null, EV_READ);
    for (int i = 0; i < many; ++i) {
        ev_timer_init(&timers[i], 0, i % 7, 0.);
        ev_set_cb((ev_watcher*)&timers[i], ignore);
        ev_timer_start(loop, &timers[i]);
    }
    for (int i = 0; i < 5; ++i) turn(loop);
    assert_took(&io, 0);
    ev_loop_destroy(loop);
    ledger_close();
    both_close(p), close(high), close(null);
}

/* Never frees memory, and never calls malloc. */
static void* arena_alloc(void* old, long size) EV_NOEXCEPT
{
    static _Alignas(16) char arena[8 << 20];
    static size_t used;
    enum { head = 16 };

    if (size <= 0) return NULL;
    char* block = arena + used + head;
    used += head + (((size_t)size + 15) & ~(size_t)15);
    if (used > sizeof arena) abort();
    memcpy(block - head, &size, sizeof size);
    if (old) {
        long was;
        memcpy(&was, (char*)old - head, sizeof was);
        memcpy(block, old, (size_t)(was < size ? was : size));
    }
    return block;
}

/* Bytes that malloc has given out. */
static size_t heap_used(void)
{
#ifdef __GLIBC__
    return mallinfo2().uordblks;
#else
    skip();
    return 0;
#endif
}

static void test_destroy_memory_of_loop_not_from_malloc(void** state)
{
    /* R2.41: all memory of a loop comes from that function: malloc's heap is
     * as full as before while the loop is in use. */
    static Zoo zoo;
    int p[2];

    (void)state;
    size_t before = heap_used();
    pipe_open(p);
    ev_set_allocator(arena_alloc);
    struct ev_loop* inner = ev_loop_new(embeddable_backend());
    struct ev_loop* loop = loop_new(0);
    zoo_start(&zoo, loop, inner, p);
    ev_once(loop, -1, 0, 1000., once_note, NULL);
    zoo_run(&zoo, loop);
    size_t during = heap_used();
    ev_loop_destroy(loop);
    ev_loop_destroy(inner);
    ev_set_allocator(plain_alloc);
    assert_int_equal(during, before);
    both_close(p);
}

static const Test tests[] = {
    EACH(test_destroy_orphans_watchers_unchanged),
    EACH(test_destroy_does_not_look_at_orphans),
    EACH(test_destroy_memory_of_loop_not_from_malloc),
    EACH(test_destroy_gives_all_memory_back),
    EACH(test_destroy_unused_loop_gives_all_memory_back),
};

HARNESS_MAIN("destroy_memory", tests)
