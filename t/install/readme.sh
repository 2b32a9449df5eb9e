#!/usr/bin/env bash
# The blocks of the README, run as they are written, in a clone. Only the
# environment is arranged: HOME, the number of requests, and for what changes
# the system a system of its own. The block about cron is run by
# t/examples/examples.sh.
# Packages: git autoconf nghttp2-server nghttp2-client valgrind dpkg-dev
# debhelper fakeroot mandoc python3.

. "$(dirname "$0")/common.bash"
. "$top/t/install/readme.bash"
need git autoconf nghttpd h2load valgrind apt-get dpkg-buildpackage dh \
    fakeroot mandoc python3

# A new block needs a test.
no_block_is_unknown()
{
    diff - <(sed -n 's/^```\([a-z]\)/\1/p' "$top/README.md" | sort | uniq -c |
        sed 's/^ *//') <<-'END'
	1 c
	1 c++
	4 sh
	END
}

# The first two commands. Nothing has to be installed for them here.
first_minute_passes()
{
    mkdir "$tmp/nothing" &&
        printf '#!/bin/sh\nexit 1\n' >"$tmp/nothing/apt-get" &&
        cp "$tmp/nothing/apt-get" "$tmp/nothing/sudo" &&
        chmod +x "$tmp"/nothing/* &&
        PATH=$tmp/nothing:$PATH REQUESTS=5000 SUBJECT=idle \
            done_as_written '^make demo ' >"$tmp/minute" ||
        { cat "$tmp/minute"; return 1; }
    tail -n 1 "$tmp/minute" |
        grep -E '^[1-9][0-9]+ passed, 0 failed, 0 skipped$'
}

# What the README shows of it, numbers aside.
demo_is_as_shown()
{
    local line
    block '^What the kernel says' | tr -s '0-9.' 9 >"$tmp/shown"
    tr -s '0-9.' 9 <"$tmp/minute" >"$tmp/said"
    [ "$(wc -l <"$tmp/shown")" -ge 10 ] || return
    while read -r line; do
        case $line in
        9 | '' | /tmp/* | finished*) ;;
        *) grep -F -e "$line" "$tmp/said" || { echo "no: $line"; return 1; } ;;
        esac
    done <"$tmp/shown"
}

library_is_installed()
{
    mkdir "$tmp/home" && HOME=$tmp/home done_as_written '^make install' \
        >"$tmp/installed" && grep -F "LD_LIBRARY_PATH=$tmp/home/relev/lib" \
        "$tmp/installed" && [ -e "$tmp/home/relev/lib/libev.so.4" ]
}

programs_are_built()
{
    export CPATH=$tmp/home/relev/include
    export LIBRARY_PATH=$tmp/home/relev/lib LD_LIBRARY_PATH=$tmp/home/relev/lib
    copies && ldd "$tmp"/copy.*/copy | grep -F "$LD_LIBRARY_PATH/libev.so.4"
}

# Becomes a system like this one, whose changes are dropped at the end.
in_a_copy_of_the_system()
{
    export tmp
    unshare -m bash -c '
        new=$tmp/system && mount --make-rprivate / && mkdir -p "$new" &&
        mount -t tmpfs none "$new" && mkdir "$new"/{changes,work,root} &&
        mount -t overlay -o \
            "lowerdir=/,upperdir=$new/changes,workdir=$new/work" \
            overlay "$new/root" && mount --rbind /dev "$new/root/dev" &&
        mount -t proc proc "$new/root/proc" &&
        mkdir -p "$new/root$tmp" && mount --bind "$tmp" "$new/root$tmp" &&
        exec chroot "$new/root" "$@"' bash "$@"
}

# apt-get asks whether it may replace the packages. After it the programs need
# no path.
packages_are_installed()
{
    yes | done_as_written '^make deb' &&
        dpkg -s librelev4 librelev-dev >/dev/null && [ -z "$(dpkg --audit)" ] &&
        dpkg -S "$(readlink -f /usr/lib/*/libev.so.4)" | grep librelev4 &&
        unset CPATH LIBRARY_PATH LD_LIBRARY_PATH && copies
}

# The same without root: only what apt-get would do.
packages_would_be_installed()
{
    apt-get() { command apt-get -s "$@"; }
    export -f apt-get
    done_as_written '^make deb' >"$tmp/apt" || { cat "$tmp/apt"; return 1; }
    grep '^Inst librelev4 ' "$tmp/apt" && grep '^Inst librelev-dev ' "$tmp/apt"
}

packages_are_installed_there()
{
    export top
    in_a_copy_of_the_system bash -c "$(declare -f block program copies \
        done_as_written packages_are_installed); packages_are_installed"
}

check no_block_is_unknown
check clone_is_made
check first_minute_passes
check demo_is_as_shown
check library_is_installed
check programs_are_built
if in_a_copy_of_the_system true 2>"$tmp/why"; then
    check packages_are_installed_there
else
    check packages_would_be_installed
fi
finish
