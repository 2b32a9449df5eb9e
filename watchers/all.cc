// The list of kinds. Their fork and destroy functions are called in this order:
// a kind comes before the kinds that it uses.

#include "async.cc"
#include "child.cc"
#include "cleanup.cc"
#include "embed.cc"
#include "handler.cc"
#include "hook.cc"
#include "idle.cc"
#include "indexed.cc"
#include "inotify.cc"
#include "internal.cc"
#include "io.cc"
#include "once.cc"
#include "periodic.cc"
#include "receiver.cc"
#include "signal.cc"
#include "signalfd.cc"
#include "stat.cc"
#include "timer.cc"

namespace evi { namespace {

constexpr const Kind* kinds[] = {
    &embed_kind,
    &once_kind,
    &stat_kind,
    &child_kind,
    &signal_kind,
    &async_kind,
    &idle_kind,
    EV_PREPARE_ENABLE ? &prepare_kind : &no_kind,
    EV_CHECK_ENABLE ? &check_kind : &no_kind,
    EV_FORK_ENABLE ? &fork_kind : &no_kind,
    EV_CLEANUP_ENABLE ? &cleanup_kind : &no_kind,
    &periodic_kind,
    &timer_kind,
    &io_kind,
    nullptr,
};

const Kind* kind_at(int i) { return kinds[i]; }

}}  // evi
