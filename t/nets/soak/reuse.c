/* Descriptors that are opened, watched, closed and opened again under the same
 * numbers, a hundred thousand times, some with a copy that lives on. */
#define _GNU_SOURCE
#include "soak.h"

enum { slots = 64, copies_most = 16 };

/* A connection; what is sent names the connection it was sent on. */
typedef struct Slot {
    ev_io w;
    int far; /* the end that is written to; -1: none, it is closed */
    uint32_t generation;
    int sent, received;
} Slot;

static Slot all[slots];
static int copies[copies_most];
static uint32_t generations;
static long sent, received, dropped, strange;

static void slot_ready(struct ev_loop* loop, ev_io* w, int revents)
{
    Slot* slot = (Slot*)w;
    uint32_t from;
    (void)loop;
    int before = slot->received;
    while (read(w->fd, &from, sizeof from) == sizeof from) {
        strange += from != slot->generation;
        ++slot->received;
        ++received;
    }
    strange += revents != EV_READ || slot->received == before;
}

static void slot_send(Slot* slot)
{
    if (slot->far < 0 || slot->sent - slot->received > 20) return;
    ssize_t n = write(slot->far, &slot->generation, sizeof slot->generation);
    assert_int_equal(n, sizeof slot->generation);
    ++slot->sent;
    ++sent;
}

static void slot_open(struct ev_loop* loop, Slot* slot)
{
    int s[2];
    pair_open(s);
    if (chance(2)) { /* either end may get the lower number */
        int t = s[0];
        s[0] = s[1], s[1] = t;
    }
    slot->far = s[1];
    slot->generation = ++generations;
    slot->sent = slot->received = 0;
    ev_io_set(&slot->w, s[0], EV_READ);
    ev_io_start(loop, &slot->w);
}

/* Unread data is lost with it; a copy may keep the file alive. */
static void slot_close(struct ev_loop* loop, Slot* slot)
{
    if (!chance(4)) {
        int* copy = &copies[chance(copies_most)];
        if (*copy >= 0) close(*copy);
        *copy = fcntl(slot->w.fd, F_DUPFD_CLOEXEC, 200);
        assert_true(*copy >= 0);
    }
    dropped += slot->sent - slot->received;
    ev_io_stop(loop, &slot->w);
    close(slot->w.fd), close(slot->far);
    slot->far = -1;
}

static void cycle(struct ev_loop* loop)
{
    Slot* slot = &all[chance(slots)];
    if (slot->far < 0) {
        slot_open(loop, slot);
    } else if (chance(3)) {
        slot_close(loop, slot);
        if (chance(2)) slot_open(loop, &all[slot - all]);
    } else {
        ev_io_stop(loop, &slot->w);
        if (chance(2)) turn(loop);
        ev_io_start(loop, &slot->w);
    }
    for (int i = 0; i < 2; ++i) slot_send(&all[chance(slots)]);
    if (!chance(3)) turn(loop);
}

/* All that is on the way arrives. */
static void settle(struct ev_loop* loop)
{
    for (int i = 0; i < 10 && sent != received + dropped; ++i) turn(loop);
    assert_int_equal(sent, received + dropped);
    assert_int_equal(strange, 0);
}

static void test_scale_reused_descriptors_lose_and_mix_up_nothing(void** state)
{
    (void)state;
    int cycles = dose(100000, 1000000);
    Ledger ledger = ledger_open();
    struct ev_loop* loop = loop_new(0);
    sent = received = dropped = strange = 0;
    for (int i = 0; i < copies_most; ++i) copies[i] = -1;
    for (int i = 0; i < slots; ++i) {
        ev_init(&all[i].w, slot_ready);
        all[i].far = -1;
    }
    for (int i = 1; i <= cycles; ++i) {
        cycle(loop);
        if (i % 100) continue;
        settle(loop);
        ev_verify(loop);
    }
    assert_true(received > cycles / 2);
    for (int i = 0; i < slots; ++i)
        if (all[i].far >= 0) slot_close(loop, &all[i]);
    for (int i = 0; i < copies_most; ++i)
        if (copies[i] >= 0) close(copies[i]);
    ev_loop_destroy(loop);
    ledger_close(ledger);
}

static const Test tests[] = {
    EACH(test_scale_reused_descriptors_lose_and_mix_up_nothing),
};

HARNESS_MAIN("reuse", tests)
