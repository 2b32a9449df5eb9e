// The list of kinds, in the order in which their fork and destroy functions are
// called: a kind comes before the kinds that it uses.

#include "async.cc"
#include "child.cc"
#include "embed.cc"
#include "handler.cc"
#include "hook.cc"
#include "idle.cc"
#include "inotify.cc"
#include "internal.cc"
#include "io.cc"
#include "once.cc"
#include "periodic.cc"
#include "signal.cc"
#include "signalfd.cc"
#include "stat.cc"
#include "timer.cc"
#include "timerfd.cc"

namespace evi { namespace {

constexpr const Kind* kinds[] = {
    &embed_kind,    &once_kind,  &stat_kind, &child_kind,
    &signal_kind,   &async_kind, &idle_kind, &hook_kind,
    &periodic_kind, &timer_kind, nullptr,
};

const Kind* kind_at(int i) { return kinds[i]; }

}}  // evi
