#!/usr/bin/env bash
# The tests with threads under helgrind.
#
# It keeps all processors busy by itself.

command -v valgrind >/dev/null || exit 77
exec "$(dirname "$0")/../static/goal.sh" helgrind
