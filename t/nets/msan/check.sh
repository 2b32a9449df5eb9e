#!/usr/bin/env bash
# The tests in C, and the fuzz targets with their seeds, under MemorySanitizer.
#
# It keeps all processors busy by itself.

echo 'int main(void) { return 0; }' |
    clang -fsanitize=memory -x c - -o /dev/null 2>/dev/null || exit 77
exec "$(dirname "$0")/../static/goal.sh" msan
