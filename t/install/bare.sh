#!/usr/bin/env bash
# The commands of the README in a bare Debian 12, which has git and make and
# hardly anything else: by root, and by a user with sudo, each in a system of
# their own. They are run as they are written; only a check is limited to one
# subject, and what is to be done as root is done by sudo.
#
# debootstrap makes the bare system, in ${XDG_CACHE_HOME:-~/.cache}/relev, where
# it stays for the next time, with the packages that were fetched.
# Usage: bare.sh [root|user]...
# Packages: debootstrap.

. "$(dirname "$0")/common.bash"
. "$top/t/install/readme.bash"
need debootstrap unshare chroot apt-get flock git
suite=bookworm
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/relev
bare=$cache/$suite-$(dpkg --print-architecture)

skip() { echo "skipped: $1"; exit 77; }

[ "$(id -u)" = 0 ] || skip "only root can change the root directory"
unshare -m true 2>/dev/null || skip "this system may not mount"

# Debian's mirrors, as the machine has them.
sources() { apt-get indextargets --format "$1" 'Created-By: Packages'; }
mirror=$(sources '$(CODENAME) $(SITE)' | sed -n "s/^$suite //p" | head -n 1)
[ -n "$mirror" ] || skip "apt has no source of packages of $suite"

bare_system_is_made()
{
    mkdir -p "$cache/archives/partial" && exec 9>"$cache/lock" && flock 9 ||
        return
    [ ! -e "$bare" ] || return 0
    rm -rf "$bare.part" && unshare -m debootstrap --variant=minbase \
        --include=git,make,sudo "$suite" "$bare.part" "$mirror" &&
        echo force-unsafe-io >"$bare.part/etc/dpkg/dpkg.cfg.d/fast" &&
        mv "$bare.part" "$bare"
}

# system_is_made USER: in $tmp/USER, with a clone in the user's home.
system_is_made()
{
    local root=$tmp/$1 home=/root
    cp -a "$bare" "$root" && cp -L /etc/resolv.conf /etc/hosts "$root/etc" &&
        sources 'deb $(SITE) $(RELEASE) $(COMPONENT)' | sort -u \
            >"$root/etc/apt/sources.list" &&
        apt-config dump | grep -E '^Acquire::(Check-|https?::Proxy )' \
            >"$root/etc/apt/apt.conf.d/host"
    if [ "$1" != root ]; then
        home=/home/$1
        chroot "$root" useradd -m -s /bin/bash "$1" &&
            echo "$1 ALL=(ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/$1" ||
            return
    fi
    cp -a "$tmp/clone" "$root$home/clone" &&
        chroot "$root" chown -R "$1:" "$home" &&
        there "$1" "${sudo[$1]} apt-get update"
}

# there USER COMMAND: in the user's system, by the user, with the functions of
# this test.
there()
{
    unshare -m bash -c 'root=$1 user=$2
        mount --make-rprivate / && mount --rbind /dev "$root/dev" &&
        mount -t proc proc "$root/proc" &&
        mount --bind "$3" "$root/var/cache/apt/archives" &&
        exec chroot "$root" runuser -l "$user" -c "$4"' bash \
        "$tmp/$1" "$1" "$cache/archives" "bash -c $(printf %q "
            $(declare -f block program done_as_written copies by_root \
                copies_run library_comes_and_goes)
            tmp=\$HOME top=\$HOME/clone SUBJECT=idle REQUESTS=1000
            sudo='${sudo[$1]}'
            export SUBJECT REQUESTS MAKE=make
            $2")" </dev/null
}

# by_root PATTERN: the block, with sudo where it says so. apt-get asks.
by_root()
{
    block "$1" | sed "s/^\(.*[^ ]\) *# as root.*/$sudo \1/" >"$tmp/block" &&
        cat "$tmp/block" && cd "$tmp/clone" && yes | bash -e "$tmp/block"
}

# copies_run PACKAGE [COMPILER]...: with the library of that package. Debian's
# libev has no relev.hpp.
copies_run()
{
    local package=$1
    shift
    copies "$@" &&
        dpkg -S "$(readlink -f /usr/lib/*/libev.so.4)" | grep "^$package:"
}

# In /usr/local: without rights, then with them.
library_comes_and_goes()
{
    cd "$tmp/clone" || return
    if [ -n "$sudo" ]; then
        ! make install 2>"$tmp/said" && cat "$tmp/said" &&
            grep 'sudo make install' "$tmp/said" || return
    fi
    find /usr/local | sort >"$tmp/before" && $sudo make install &&
        /sbin/ldconfig -p | grep '=> /usr/local/lib/libev' &&
        $sudo make uninstall && find /usr/local | sort |
        diff "$tmp/before" - && ! /sbin/ldconfig -p | grep /usr/local/lib/libev
}

declare -A sudo=([root]="" [user]=sudo)
check clone_is_made
bare_system_is_made >"$tmp/made" 2>&1 ||
    skip "no bare system: $(tail -n 1 "$tmp/made")"
[ $# != 0 ] || set -- root user
for user; do
    check system_is_made "$user"
    check there "$user" "done_as_written '^make demo '"
    check there "$user" "done_as_written '^cc .*cron'"
    check there "$user" "done_as_written '^make install '"
    check there "$user" library_comes_and_goes
    check there "$user" "by_root '^make deb'"
    check there "$user" "copies_run librelev4"
    check there "$user" "by_root '^apt-get install libev4 '"
    check there "$user" "copies_run libev4 cc"
    check there "$user" "cd clone && make html"
    rm -rf "${tmp:?}/$user"
done
finish
