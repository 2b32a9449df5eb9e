// loop::dump: the tree of fibers and scopes.

#ifndef RELEVPP_DUMP_HPP
#define RELEVPP_DUMP_HPP

#include "detail/run.hpp"

namespace relev {
namespace detail {

class dumper {
public:
    explicit dumper(std::FILE* file) noexcept : file_(file) {}

    // The scopes of f inside `end`, the outermost first, and what it waits for.
    void fiber_in(fiber& f, const scope* end, int depth)
    {
        std::fprintf(file_, "%*sfiber", 2 * depth, "");
        if (const operation* l = f.waits_in()) {
            std::fprintf(file_, " waits in %s", l->name());
            where(l->at);
        } else {
            std::fputs(" is ready or runs\n", file_);
        }
        scopes(f.inner, end, depth + 1);
    }

private:
    void scopes(scope* s, const scope* end, int depth)
    {
        if (s == end || !s) return;
        scopes(s->outer, end, depth);
        if (s->kind == scope_kind::root) return;
        std::fprintf(file_, "%*s%s%s", 2 * depth, "", name_of(s->kind),
                     s->canceled ? ", canceled," : "");
        where(s->at);
        if (auto* fibers = s->inside())
            fibers->each([&](fiber& f) { fiber_in(f, s, depth + 1); });
    }

    static const char* name_of(scope_kind kind) noexcept
    {
        constexpr const char* names[] = {"root", "timeout", "shield", "stop",
                                         "group"};
        return names[static_cast<int>(kind)];
    }

    void where(const place& at)
    {
        std::fprintf(file_, " at %s:%d\n", at.file, at.line);
    }

    std::FILE* file_;
};

}  // namespace detail

inline void loop::dump(std::FILE* file) const
{
    for (detail::run* r = runs_; r; r = r->around)
        detail::dumper(file).fiber_in(*r, nullptr, 0);
    guests_.each([file](detail::fiber& f) {
        detail::dumper(file).fiber_in(f, nullptr, 0);
    });
}

}  // namespace relev

#endif
