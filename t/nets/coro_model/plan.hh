// Random programs for several loops, and what they may do; see pools.cc.

#ifndef PLAN_HH
#define PLAN_HH

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

enum class act { yield, nap, fail, forever, call, attempt, both };
inline const char* const act_names[] = {"yield", "nap",     "fail", "forever",
                                        "call",  "attempt", "both"};

struct step;
using steps = std::vector<step>;

struct step {
    act what;
    int id;
    int at = 0;  // the loop of a call, the time of an attempt
    steps inner = {};
};

struct run_plan {
    std::vector<steps> roots;
    int stop_at = -1;  // the pool is stopped when so many steps are done
};

struct plan {
    bool pooled;
    int loops;
    std::vector<run_plan> runs;
};

class planner {
public:
    explicit planner(unsigned seed) : random_(seed * 2654435761u + 1) {}

    plan make()
    {
        plan p;
        p.pooled = draw(4) != 0;
        loops_ = p.loops = 1 + draw(3);
        for (int n = p.pooled ? 1 + draw(3) : 1; n; --n) {
            run_plan r;
            if (p.pooled && draw(3) == 0) r.stop_at = draw(12);
            fails_ = draw(4) == 0;
            for (int i = 0; i < loops_; ++i)
                r.roots.push_back(draw(3) ? list(4) : steps());
            p.runs.push_back(std::move(r));
        }
        return p;
    }

private:
    int draw(int below) { return int(random_() % unsigned(below)); }

    steps list(int depth)
    {
        steps all;
        for (int n = 1 + draw(3); n; --n) all.push_back(one(depth));
        return all;
    }

    step one(int depth)
    {
        if (depth == 0 || draw(3) == 0) {
            int kind = fails_ && draw(4) == 0 ? 2 : draw(2);
            return {static_cast<act>(kind), ++ids_};
        }
        auto what = static_cast<act>(int(act::call) + draw(3));
        if (draw(2)) what = act::call;
        step s{what, ++ids_, draw(loops_), list(depth - 1)};
        if (what == act::attempt && draw(2))
            s.inner.push_back({act::forever, ++ids_});
        return s;
    }

    std::minstd_rand random_;
    int ids_ = 0, loops_ = 1;
    bool fails_ = false;
};

// What a run may do.
struct model {
    std::map<int, int> must;  // how often each step is done, if all goes well
    std::set<int> may_fail;   // the steps whose error may come out
    bool must_fail = false;

    // The value of the steps.
    int add(const steps& all, bool sure)
    {
        int value = 0;
        for (const step& s : all) value = value * 31 % 65536 + add(s, sure);
        return value;
    }

    int add(const step& s, bool sure)
    {
        if (sure) must[s.id] = 1;
        if (s.what == act::fail) may_fail.insert(s.id), must_fail |= sure;
        int value = add(s.inner, sure && s.what != act::attempt);
        return s.what == act::call ? value % 1000 : int(s.what) + 1;
    }
};

#endif
