#!/usr/bin/env bash
# The tests with threads under helgrind.

command -v valgrind >/dev/null || exit 77
exec "$(dirname "$0")/../static/goal.sh" helgrind
