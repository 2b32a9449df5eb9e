#!/usr/bin/env bash
# Runs a goal of the makefile that runs many test programs under a tool, as one
# report in TAP: a line for each program, and one for a planted error, which the
# tool must find.
#
# Usage: t/nets/static/goal.sh NAME, for the goals check-NAME and planted-NAME.
# Environment: BUILD, MAKE.

set -u
export LC_ALL=C
cd "${BUILD:-$PWD}" || exit 1
top=$(cd "$(dirname "$0")/../../.." && pwd -P)
unset MAKEFLAGS MAKELEVEL MFLAGS
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

goal() { ${MAKE:-make} -f "$top/Makefile" -s "$1"; }

goal "planted-$1" >"$log" 2>&1
if grep -q 'Error 99$' "$log"; then
    echo "ok 1 - the planted error is found"
else
    echo "not ok 1 - the planted error is not found"
    sed 's/^/# /' "$log"
fi

goal "check-$1" >"$log" 2>&1
awk '
    /^\[[0-9]+\/[0-9]+\] / {
        good = !/, [0-9]+ failed/
        sub(/^[^ ]* /, "")
        printf "%sok %d - %s\n", good ? "" : "not ", ++count + 1, $0
        next
    }
    /^failed: no report / { printf "not ok %d - %s\n", ++count + 1, $0; next }
    /^[0-9]+ passed|^failed: / { next }
    { print "# " $0 }
    END { print "1.." (count ? count + 1 : 2) }
' "$log"
