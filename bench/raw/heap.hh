// Timers of a loop written by hand: a 4-ary heap. A deadline that moves on is
// only noted; its entry follows when it has come to the top.

#pragma once

#include <vector>

namespace lib {

struct Timer;

class Heap {
public:
    bool empty() const { return entries.empty(); }
    double next();           // the first deadline, to wait for
    Timer* due(double now);  // the first timer, if it is due

    void push(Timer* timer);
    void remove(Timer* timer);
    void moved(Timer* timer);  // its deadline has

private:
    struct Entry {
        double at;
        Timer* timer;
    };

    static void place(Entry* all, size_t k, Entry entry);
    void up(size_t k, Entry entry);
    void down(size_t k, Entry entry);

    std::vector<Entry> entries;
};

}  // lib
