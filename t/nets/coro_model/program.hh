// Random programs of tasks: trees of statements. Both the model and relev.hpp
// interpret them; see driver.cc.

#ifndef PROGRAM_HH
#define PROGRAM_HH

#include <random>
#include <string>
#include <vector>

enum class op {
    // Without blocks. `at` is the number of a channel, an event and so on.
    sleep,
    yield,
    work,  // computes for that time: the clock goes on
    fail,  // throws
    push,
    pop,
    next,
    try_push,
    try_pop,
    close,
    set,
    wait,
    request,  // a stop of with_stop
    cancel,   // the nursery `at` levels above
    quiet_sleep,
    quiet_pop,
    // With blocks.
    acquire,
    timeout,
    attempt,  // try_for
    shield,
    with_stop,
    quiet_timeout,
    quiet,
    rescue,  // catches what is no cancel
    mop_up,  // a cancel in the first block leads to the second, shielded
    all,
    any,
    nursery,
    spawn,  // in the nursery `at` levels above
    count
};

inline const char* const op_names[] = {
    "sleep",   "yield",   "work",   "fail",          "push",    "pop",
    "next",    "trypush", "trypop", "close",         "set",     "wait",
    "request", "cancel",  "qsleep", "qpop",          "acquire", "timeout",
    "try_for", "shield",  "stop",   "quiet_timeout", "quiet",   "rescue",
    "mop_up",  "all",     "any",    "nursery",       "spawn"};

struct statement;
using block = std::vector<statement>;
constexpr long ticks_per_second = 64;

struct statement {
    op what;
    int id;
    int at = 0;
    int time = 0;  // seconds
    std::vector<block> blocks = {};
};

inline long ticks(const statement& s) { return s.time * ticks_per_second; }

// How a run is disturbed: at a step, which is a line of the trace, or at a
// time.
enum class end { none, stop, raise, stop_at, raise_at, break_at, count };
inline const char* const end_names[] = {"none",    "stop",     "raise",
                                        "stop_at", "raise_at", "break_at"};

enum { channel_count = 3, event_count = 2, token_count = 2, runs_most = 2 };

struct one_run {
    block root;
    end how = end::none;
    int when = 0;
};

// Runs on the same loop, one after the other.
struct program {
    std::vector<one_run> runs;
    bool counts_unhandled = true;  // else the default handler gets them
};

class generator {
public:
    explicit generator(unsigned seed) : random_(seed * 2654435761u + 1) {}

    program make()
    {
        program p;
        p.counts_unhandled = draw(4) != 0;
        for (int n = draw(4) ? 1 : runs_most; n; --n) {
            one_run r;
            r.root = sequence(draw(4) + 1, 0);
            if (draw(2)) r.how = static_cast<end>(draw(int(end::count)));
            bool step = r.how == end::stop || r.how == end::raise;
            r.when = step ? draw(30) : 1 + draw(3000);
            p.runs.push_back(std::move(r));
        }
        return p;
    }

private:
    int draw(int below)
    {
        return static_cast<int>(random_() % unsigned(below));
    }

    block sequence(int depth, int nurseries)
    {
        block b;
        for (int n = 1 + draw(3); n; --n) b.push_back(one(depth, nurseries));
        return b;
    }

    statement one(int depth, int nurseries)
    {
        // Half of the inner statements are scopes and groups.
        bool inner = depth > 0 && draw(2);
        int first = inner ? int(op::acquire) : 0;
        int below = inner ? int(op::count) : int(op::acquire);
        auto what = static_cast<op>(first + draw(below - first));
        if (what == op::work && draw(2)) what = op::sleep;
        if (what == op::fail && draw(3)) what = op::yield;
        statement s{what, ++ids_, draw(6), draw(8) ? 1 + draw(2000) : 0};
        if (what == op::cancel || what == op::spawn) {
            if (!nurseries) s.what = inner ? op::nursery : op::yield;
            s.at = nurseries ? draw(nurseries) : 0;
        }
        if (inner) add_blocks(s, depth - 1, nurseries);
        return s;
    }

    void add_blocks(statement& s, int depth, int nurseries)
    {
        bool group = s.what == op::all || s.what == op::any;
        int count = group ? 2 + draw(2) : s.what == op::mop_up ? 2 : 1;
        if (s.what == op::nursery) ++nurseries;
        if (s.what == op::spawn) nurseries -= s.at;
        while (count--) s.blocks.push_back(sequence(depth, nurseries));
        if (s.what != op::nursery) return;
        for (int n = draw(3); n; --n) {  // a nursery without tasks is dull
            statement child{op::spawn, ++ids_, 0, 0};
            child.blocks.push_back(sequence(depth, nurseries));
            s.blocks[0].insert(s.blocks[0].begin(), std::move(child));
        }
    }

    std::minstd_rand random_;
    int ids_ = 0;
};

inline std::string text_of(const block& b, int indent)
{
    std::string all;
    for (const statement& s : b) {
        all += "# " + std::string(unsigned(indent) * 2, ' ')
             + std::to_string(s.id) + " " + op_names[int(s.what)] + " at "
             + std::to_string(s.at) + " time " + std::to_string(s.time) + "\n";
        bool later = false;
        for (const block& inner : s.blocks) {
            if (later)
                all += "# " + std::string(unsigned(indent) * 2, ' ') + "and\n";
            all += text_of(inner, indent + 1);
            later = true;
        }
    }
    return all;
}

inline std::string text_of(const program& p)
{
    std::string all = p.counts_unhandled ? "" : "# default on_unhandled\n";
    for (const one_run& r : p.runs)
        all += "# run, " + std::string(end_names[int(r.how)]) + " "
             + std::to_string(r.when) + "\n" + text_of(r.root, 1);
    return all;
}

// What happened, in its order; of a model, and of relev.hpp.
struct trace {
    std::string text;
    int steps = 0;

    void note(int id, char kind, int value = 0)
    {
        ++steps;
        text += std::to_string(id) + kind;
        if (value) text += std::to_string(value);
        text += ' ';
    }
};

// How a value is made of that of a block before, and of a statement.
inline int mixed(int before, int value)
{
    return (before * 31 + value) & 0xfff;
}

#endif
