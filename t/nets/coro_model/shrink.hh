// Makes a program that fails smaller: it tries without each statement, and
// with the block of a statement in its place.

#ifndef SHRINK_HH
#define SHRINK_HH

#include <functional>

#include "program.hh"

// Whether each statement has the nurseries that it names.
inline bool is_valid(const block& b, int nurseries)
{
    for (const statement& s : b) {
        bool refers = s.what == op::spawn || s.what == op::cancel;
        if (refers && s.at >= nurseries) return false;
        int inside = nurseries + (s.what == op::nursery);
        if (s.what == op::spawn) inside -= s.at;
        for (const block& inner : s.blocks)
            if (!is_valid(inner, inside)) return false;
    }
    return true;
}

// Calls f with each block, until it returns true.
template <class F>
bool any_block(block& b, F f)
{
    if (f(b)) return true;
    for (statement& s : b)
        for (block& inner : s.blocks)
            if (any_block(inner, f)) return true;
    return false;
}

using fails = std::function<bool(const program&)>;

// One statement less; false if there is none to spare.
inline bool shrink_once(program& p, const fails& still)
{
    for (size_t run = p.runs.size(); run--;) {
        program less = p;
        less.runs.erase(less.runs.begin() + long(run));
        if (!less.runs.empty() && still(less)) return p = less, true;
        less = p;
        less.runs[run].how = end::none;
        if (p.runs[run].how != end::none && still(less)) return p = less, true;
        bool done = any_block(p.runs[run].root, [&](block& b) {
            for (size_t i = 0; i < b.size(); ++i) {
                block before = b;
                std::vector<block> instead = {{}};
                for (const block& inner : before[i].blocks)
                    instead.push_back(inner);
                for (const block& inner : instead) {
                    b.erase(b.begin() + long(i));
                    b.insert(b.begin() + long(i), inner.begin(), inner.end());
                    if (is_valid(p.runs[run].root, 0) && still(p)) return true;
                    b = before;
                }
            }
            return false;
        });
        if (done) return true;
    }
    return false;
}

#endif
