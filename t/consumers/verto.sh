#!/usr/bin/env bash
# libverto, through its module for libev: see verto.c.
# Packages: gcc libverto-dev libverto-libev1.

. "$(dirname "$0")/common.bash"

[ -e /usr/include/verto.h ] || skip "libverto-dev is not installed"
"${CC:-cc}" -g -Wall -Wextra -Werror "$(dirname "$0")/jobs/verto.c" \
    -o "$tmp/verto" -lverto || fail "verto.c does not compile"
perform verto "$tmp/verto"
planned
