# Prints every include that does not lead to a lower level, and every one from
# a backend to a watcher or back.

function level(file)
{
    if (file ~ /^(ev\.c(pp)?|event\.c)$/) return 11
    if (file ~ /\/all\.cc$/) return 10
    if (file ~ /\.cc$/) return 9
    if (file == "core/c_api.hh") return 6
    if (file == "core/relev.hh") return 5.5
    if (file ~ /^relev\/(debug_calls|trace)\.hh$/) return 5.4
    if (file == "core/loop.hh") return 5
    if (file ~ /^(backends\/backend|watchers\/kinds)\.hh$/) return 4
    if (file == "core/fork.hh") return 6.5
    if (file == "core/fd_table.hh") return 4
    if (file ~ /^core\/(cancel|heap|list|timeouts)\.hh$/) return 3
    if (file == "core/index.hh") return 3.5
    if (file == "core/heap_entry.hh") return 2.5
    if (file == "core/array.hh") return 2
    if (file == "core/config.hh") return 1
    if (file == "core/uses.hh") return 0.5
    if (file == "relev/shared.hh") return 7
    if (file ~ /^relev\/(debug|metrics_text|state|walk)\.hh$/) return 8.5
    if (file ~ /^(backends|watchers|relev|compat)\/.*\.hh$/) return 8
    return file ~ /\.hh$/ ? 7 : 0
}

/^ *# *include "/ {
    split($0, part, "\"")
    name = part[2]
    dir = FILENAME
    sub(/[^\/]*$/, "", dir)
    if (!sub(/^\.\.\//, "", name)) name = dir name
    if (FILENAME == "ev.cpp" && name == "ev.c") next
    where = FILENAME ":" FNR ": "
    if (level(name) >= level(FILENAME))
        print where name " is not of a lower level"
    if (FILENAME ~ /^backends\// && name ~ /^watchers\//)
        print where "a backend names a watcher"
    if (FILENAME ~ /^watchers\// && name ~ /^backends\//)
        print where "a watcher names a backend"
}
