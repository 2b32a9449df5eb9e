// What the functions around tasks and operations return, to be awaited at once.

#ifndef RELEVPP_DETAIL_ONCE_HPP
#define RELEVPP_DETAIL_ONCE_HPP

#include <tuple>

#include "../base.hpp"
#include "refused.hpp"

namespace relev::detail {

// Becomes an operation when it is awaited. As a task, it can be neither stored
// for later nor moved: nobody awaits it twice.
template <class Op, class... Args>
class [[nodiscard]] once : pinned {
public:
    using operation_type = Op;

    explicit once(Args... args) noexcept : args_(std::move(args)...) {}
    once(const once& o) noexcept
        : pinned(), args_(std::move(const_cast<once&>(o).args_))
    {
        static_assert(never<Op>,
                      "this can be neither stored nor moved: await the call "
                      "itself, as in co_await with_timeout(1s, f())");
    }
    std::tuple<Args...>&& release() noexcept { return std::move(args_); }

private:
    std::tuple<Args...> args_;
};

template <class Op, class... Args>
Op operator co_await(once<Op, Args...> o) noexcept
{
    return std::make_from_tuple<Op>(o.release());
}

}  // namespace relev::detail

#endif
