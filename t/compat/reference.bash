# Where the reference's event.h is, for scripts that compare with it.
# shellcheck shell=bash

# reference_event_h DIRECTORY: prints its path; fetches it there if need be,
# for its package cannot be installed beside libevent's own.
reference_event_h()
{
    local installed=${REF_EVENT_H:-/usr/include/event.h}
    if grep -qs 'struct ev_io' "$installed"; then
        echo "$installed"
        return
    fi
    mkdir -p "$1" && cd "$1" && apt-get -qq download libev-libevent-dev \
        && dpkg -x libev-libevent-dev*.deb . && echo "$1/usr/include/event.h"
} 2>/dev/null
