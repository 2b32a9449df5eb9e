// What a workload is, and what measures it.
//
// A workload sets its scene, hands the work to Run::measure and tidies up. It
// knows event loops only through namespace lib, which the adapter of each
// library defines in its lib.hh; ev/lib.hh is written against ev.h alone.

#pragma once

#include <cstddef>

namespace bench {

class Run;

struct Workload {
    Workload(const char* name, void (*go)(Run&));

    const char* name;
    void (*go)(Run&);
    Workload* next;
};

// One run of a workload, with the parameters of the command line.
class Run {
public:
    Run(int count, char** words) : count(count), words(words) {}

    // The parameter KEY=VALUE of the command line.
    long get(const char* key, long otherwise) const;
    const char* get_text(const char* key, const char* otherwise) const;

    // Calls work(operations), first to warm up, then to be measured. The
    // parameters are ops and warm.
    template <class Work>
    void measure(Work work)
    {
        long operations = get("ops", 1000);
        work(get("warm", warming(operations)));
        if (counting()) {
            begin("once");
            work(operations);
            end(operations);
            operations *= 2;
        }
        begin("twice");
        work(operations);
        end(operations);
        print(operations);
    }

    // Within work: what happens between the two is not measured.
    void pause();
    void resume();

    // A result other than the time taken.
    void report(const char* key, double value);

    // Processor time is measured of this thread, not of all.
    void this_thread_only() { thread_only = true; }

private:
    struct Moment {
        double wall, cpu;
    };

    static bool counting();
    static long warming(long operations);
    Moment moment() const;
    void begin(const char* phase);
    void end(long operations);
    void print(long operations) const;

    int count;
    char** words;
    bool measuring = false;
    bool thread_only = false;
    Moment since = {}, taken = {};
    const char* phase = "";
};

double seconds();           // of the monotonic clock
void elapse(double after);  // returns when that many seconds have passed

// The same numbers in every run.
class Random {
public:
    unsigned long next();
    long below(long limit);
    double between(double low, double high);

private:
    unsigned long state = 88172645463325252;
};

[[noreturn]] void fail(const char* what);

inline void must(bool fine, const char* what)
{
    if (!fine) [[unlikely]]
        fail(what);
}

// Two connected sockets, not blocking.
struct Pair {
    int here, there;

    void open();
    void close();
};

// A pipe, both ends of which are one descriptor, not blocking. So 10,000 of
// them fit into a process.
int open_pipe();

}  // bench
