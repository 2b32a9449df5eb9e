#include "bench.hh"
#include "lib.hh"

namespace lib {

static double read_clock()
{
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

Loop loop_new()
{
    Loop loop = new Raw();
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->now = read_clock();
    return loop;
}

void loop_free(Loop loop)
{
    close(loop->epoll);
    delete loop;
}

void invoke(Loop loop)
{
    for (Event* event : loop->fed) event->called(loop, *event, 0);
    loop->fed.clear();
}

// Until the next timer, or not at all, or for ever.
static inline int wait(Loop loop, bool block)
{
    constexpr int most = sizeof loop->events / sizeof *loop->events;
    if (!block || loop->timers.empty())
        return epoll_wait(loop->epoll, loop->events, most, block ? -1 : 0);

    double rest = loop->timers.next() - read_clock();
    if (rest < 0) rest = 0;
    timespec t;
    t.tv_sec = time_t(rest);
    t.tv_nsec = long((rest - double(t.tv_sec)) * 1e9);
    return epoll_pwait2(loop->epoll, loop->events, most, &t, nullptr);
}

static void timers_call(Loop loop)
{
    loop->now = read_clock();
    while (Timer* due = loop->timers.due(loop->now)) {
        Timer& timer = *due;
        if (timer.period > 0) {
            timer.at += timer.period;
            if (timer.at < loop->now) timer.at = loop->now;
            loop->timers.moved(&timer);
        } else {
            loop->timers.remove(&timer);
        }
        timer.called(loop, timer, 0);
    }
}

void poll(Loop loop, bool block)
{
    if (loop->hooked)
        for (Prepare* hook : loop->prepares) hook->called(loop, *hook, 0);
    int ready = wait(loop, block);
    if (loop->hooked)
        for (Check* hook : loop->checks) hook->called(loop, *hook, 0);

    epoll_event* event = loop->events;
    for (; ready > 0; --ready, ++event) {
        Io& io = *static_cast<Io*>(event->data.ptr);
        io.called(loop, io, int(event->events));
    }
    if (!loop->timers.empty()) timers_call(loop);
}

// A moment that is noted with the timer is not earlier than its entry's.
double Heap::next()
{
    for (;;) {
        Entry top = entries[0];
        if (top.at == top.timer->at) return top.at;
        down(0, {top.timer->at, top.timer});
    }
}

Timer* Heap::due(double now)
{
    while (!entries.empty() && entries[0].at <= now) {
        Timer* timer = entries[0].timer;
        if (timer->at <= now) return timer;
        down(0, {timer->at, timer});
    }
    return nullptr;
}

void Heap::push(Timer* timer)
{
    Entry entry = {timer->at, timer};
    entries.push_back(entry);
    up(entries.size() - 1, entry);
}

void Heap::remove(Timer* timer)
{
    size_t k = size_t(timer->place);
    Entry last = entries.back();
    entries.pop_back();
    timer->place = -1;
    if (k == entries.size()) return;
    if (k && last.at < entries[(k - 1) / 4].at) up(k, last);
    else down(k, last);
}

void Heap::moved(Timer* timer)
{
    size_t k = size_t(timer->place);
    if (timer->at < entries[k].at) up(k, {timer->at, timer});
}

inline void Heap::place(Entry* all, size_t k, Entry entry)
{
    all[k] = entry;
    entry.timer->place = long(k);
}

void Heap::up(size_t k, Entry entry)
{
    Entry* all = entries.data();
    for (size_t parent; k && entry.at < all[parent = (k - 1) / 4].at;
         k = parent)
        place(all, k, all[parent]);
    place(all, k, entry);
}

// Of four siblings, or of fewer at the end.
static inline size_t least_of(const auto* all, size_t child, size_t count)
{
    if (child + 4 <= count) {
        size_t a = child + (all[child + 1].at < all[child].at);
        size_t b = child + 2 + (all[child + 3].at < all[child + 2].at);
        return all[b].at < all[a].at ? b : a;
    }
    size_t least = child;
    while (++child < count)
        if (all[child].at < all[least].at) least = child;
    return least;
}

void Heap::down(size_t k, Entry entry)
{
    Entry* all = entries.data();
    size_t count = entries.size();
    while (k * 4 + 1 < count) {
        size_t least = least_of(all, k * 4 + 1, count);
        if (entry.at <= all[least].at) break;
        place(all, k, all[least]);
        k = least;
    }
    place(all, k, entry);
}

}  // lib
