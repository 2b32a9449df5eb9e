#!/usr/bin/env bash
# What happens to a person who has just got the sources: a path with a space, a
# clone that cannot be written, a release that was copied, a machine on which
# something is missing.
# Packages: git autoconf gcc.

. "$(dirname "$0")/common.bash"
need git autoconf gcc setpriv

# With the commands of a machine that has no compiler, autoconf or sudo.
tools=(awk basename bash cat chmod cmp cp cut date diff dirname echo env expr
    false find flock fold git grep head id install ln ls make mkdir mktemp mv
    nproc paste printf pwd realpath rm rmdir sed setpriv sh sleep sort tail
    tar test timeout touch tr true uname uniq wc)

bare_machine_is_made()
{
    local tool path
    mkdir "$tmp/bare" && for tool in "${tools[@]}"; do
        path=$(type -P "$tool") && ln -s "$path" "$tmp/bare" || return
    done
}

# command_is NAME: a command of the bare machine; its script is read.
command_is() { cat >"$tmp/bare/$1" && chmod +x "$tmp/bare/$1"; }

# as_user COMMAND...: not as root.
as_user()
{
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups \
            env HOME=/nonexistent "$@"
    else
        "$@"
    fi
}

users_own() # DIR
{
    mkdir "$1" && { [ "$(id -u)" != 0 ] || chown 65534:65534 "$1"; }
}

fits_a_terminal() # FILE
{
    ! awk -v tmp="$tmp" 'length > 80 && !index($0, tmp)' "$1" | grep .
}

cloned() { git clone -q "$tmp/clone" "$1"; }

space_is_built()
{
    mkdir "$tmp/a space" && cloned "$tmp/a space/of it" &&
        cd "$tmp/a space/of it" && $MAKE 2>"$tmp/said" &&
        [ ! -s "$tmp/said" ] && [ -e libev.so.4.0.0 ] ||
        { cat "$tmp/said"; return 1; }
}

space_serves_the_demo()
{
    cd "$tmp/a space/of it" || return
    REQUESTS=1000 tools/demo . >"$tmp/said" &&
        grep -F "$tmp/a space/of it/libev.so.4.0.0" "$tmp/said" &&
        tail -n 1 "$tmp/said" | grep -x 'All 1000 requests succeeded.'
}

space_is_packed()
{
    cd "$tmp/a space/of it" && $MAKE -s dist && [ -s relev-*.tar.gz ]
}

space_is_installed()
{
    local prefix="$tmp/a space/tree"
    cd "$tmp/a space/of it" && $MAKE install PREFIX="$prefix" >"$tmp/said" &&
        grep -F "LD_LIBRARY_PATH='$prefix/lib'," "$tmp/said" &&
        grep -F "rpath,'$prefix/lib'." "$tmp/said" &&
        $CC "-I$prefix/include" "$use/program.c" "$prefix/lib/libev.a" \
            -o "$tmp/program" && "$tmp/program"
}

# pkg-config escapes the space for the shell.
space_is_named_by_pkg_config()
{
    local prefix="$tmp/a space/tree" flags
    flags=$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig \
        pkg-config --cflags --libs libev) && rm -f "$tmp/program" &&
        eval "$CC '$use/program.c' $flags -o '$tmp/program'" &&
        LD_LIBRARY_PATH=$prefix/lib uses_our_library "$tmp/program" \
            "$prefix/lib"
}

space_is_uninstalled()
{
    cd "$tmp/a space/of it" && $MAKE uninstall PREFIX="$tmp/a space/tree" &&
        [ ! -e "$tmp/a space/tree" ]
}

# A user may not write there: what to do is said, and nothing else.
install_needs_rights()
{
    users_own "$tmp/users" && cp -a "$tmp/clone/." "$tmp/users" &&
        chmod -R a+rwX "$tmp/users" && cd "$tmp/users" &&
        as_user $MAKE -s CXXFLAGS=-O0 && mkdir -p "$tmp/locked tree/lib" &&
        chmod a-w "$tmp/locked tree" "$tmp/locked tree/lib" &&
        refuses "make install: $tmp/locked tree cannot be written." \
            as_user $MAKE -s install PREFIX="$tmp/locked tree" &&
        grep 'sudo make install' "$tmp/said" && ! grep '^install' "$tmp/said" &&
        touch "$tmp/locked tree/lib/libev.a" &&
        refuses "make uninstall: $tmp/locked tree cannot be written." \
            as_user $MAKE -s uninstall PREFIX="$tmp/locked tree" &&
        [ -e "$tmp/locked tree/lib/libev.a" ]
}

space_is_cleaned()
{
    cd "$tmp/a space/of it" && $MAKE distclean &&
        diff - <(git status -s --ignored) <<-'END'
	!! config.h.in
	!! configure
	END
}

# refuses LINE COMMAND...: fails and says so first.
refuses()
{
    local line=$1
    shift
    ! "$@" >"$tmp/said" 2>&1 && cat "$tmp/said" &&
        head -n 1 "$tmp/said" | grep -F -e "$line" &&
        ! grep -iE 'not found|no such' "$tmp/said" &&
        fits_a_terminal "$tmp/said"
}

space_is_refused_at_once()
{
    cd "$tmp/a space/of it" &&
        refuses 'make check cannot work in a path with a space' $MAKE check &&
        mkdir "$tmp/elsewhere" && cd "$tmp/elsewhere" &&
        refuses 'the path of the sources has a space' \
            $MAKE -f "$tmp/a space/of it/Makefile" &&
        refuses 'error: a path with a space: run ./configure there' \
            "$tmp/a space/of it/configure"
}

# elsewhere SOURCES: built and tested out of tree; distclean leaves nothing.
elsewhere()
{
    cd "$tmp" && rm -rf out && users_own out && cd out || return
    as_user $MAKE -f "$1/Makefile" && as_user $MAKE t/ours/idle/idle.tap &&
        grep '# exit status: 0' t/ours/idle/idle.tap &&
        as_user $MAKE distclean && ! ls -A | grep .
}

read_only_clone_is_built()
{
    cloned "$tmp/locked" && chmod -R a-w "$tmp/locked" &&
        elsewhere "$tmp/locked" && chmod -R u+w "$tmp/locked" &&
        [ ! -e "$tmp/locked/configure" ]
}

# Copied, which changes every date; when it was built, moved, copied again.
copied_release_is_built()
{
    release_is_unpacked && cp -r "$tmp/src" "$tmp/first" &&
        (cd "$tmp/first" && $MAKE) && cp -r "$tmp/first" "$tmp/copy" &&
        rm -r "$tmp/first" && cd "$tmp/copy" && $MAKE &&
        $MAKE t/ours/idle/idle.tap && $MAKE distclean && cd "$tmp" &&
        diff -r src copy && chmod -R a-w copy && elsewhere "$tmp/copy" &&
        chmod -R u+w "$tmp/copy"
}

# On the bare machine, as a user without root and sudo.
missing_is_named()
{
    users_own "$tmp/mine" && cp -a "$tmp/clone/." "$tmp/mine" &&
        chmod -R a+rwX "$tmp/mine" && cd "$tmp/mine" || return
    export PATH=$tmp/bare
    unset CXX
    refuses 'apt-get install autoconf g++' as_user $MAKE CXX=g++ &&
        refuses 'are missing (no apt-get): apt-get install autoconf g++' \
            as_user $MAKE CXX=g++ check &&
        command_is apt-get <<<'#!/bin/sh' &&
        refuses 'are missing (no root, no sudo): apt-get install autoconf g++' \
            as_user $MAKE CXX=g++ check-all || return
    cd "$tmp/src" &&
        refuses 'no C++ compiler (install: apt-get install g++)' ./configure
}

# Without a network or root what can be tested is tested; the rest is skipped.
check_goes_on_without()
{
    mkdir "$tmp/without" && cd "$tmp/without" || return
    $MAKE -s -f "$tmp/clone/Makefile" check SUBJECT=idle CC="$CC -nostdinc" \
        >"$tmp/said" 2>&1 && tail -n 1 "$tmp/said" |
        grep -x '0 passed, 0 failed, [1-9] skipped' ||
        { cat "$tmp/said"; return 1; }
}

# make check shows how far it is, from the beginning, and ends with the sum.
check_shows_progress()
{
    mkdir "$tmp/progress" && cd "$tmp/progress" &&
        $MAKE -s -f "$tmp/clone/Makefile" check SUBJECT=idle >"$tmp/said" 2>&1
    cat "$tmp/said"
    grep -xE 'compiling 1 of [2-9]' "$tmp/said" &&
        grep '^\[1/4] ' "$tmp/said" && grep '^\[4/4] ' "$tmp/said" &&
        tail -n 1 "$tmp/said" |
        grep -xE '[1-9][0-9]* passed, 0 failed, [0-9]+ skipped' &&
        fits_a_terminal "$tmp/said"
}

# A test that runs further reports does not count as more than one.
reports_within_a_test_are_not_counted()
{
    export PROGRESS=$tmp/count REPORTS=2 tmp runner=$top/t/harness/report
    "$runner" "$tmp/x/one.tap" sh -c '"$runner" "$tmp/x/inner.tap" true' &&
        "$runner" "$tmp/x/two.tap" true >"$tmp/said" && cat "$tmp/said" &&
        grep '^\[2/2] ' "$tmp/said"
}

# setup, as the only program that reaches the network, says first what it is
# about to do. apt-get is played.
setup_announces()
{
    command_is apt-get <<-'END'
	#!/bin/sh
	case $* in
	*--assume-no*)
	    echo '0 upgraded, 514 newly installed, 0 to remove.'
	    echo 'Need to get 521 MB of archives.'
	    echo 'After this operation, 2,200 MB of additional disk space' \
	        'will be used.' ;;
	*install*)
	    echo 'E: Failed to fetch it'
	    echo 'E: another error' ;;
	esac
	END
    command_is sudo <<-'END'
	#!/bin/sh
	[ "$1" != -n ] || shift
	exec "$@"
	END
    command_is g++ <<<'#!/bin/sh'
    minutes=$(sed -nE 's/^#: check-all .*: ([0-9]+ minutes).*/\1/p' \
        "$top/Makefile")
    cd "$tmp/src" && PATH=$tmp/bare tools/setup check-all >"$tmp/said" 2>&1
    cat "$tmp/said"
    fits_a_terminal "$tmp/said" &&
        diff - <(grep -v '^    ' "$tmp/said") <<-END
	setup: reading the lists of packages (apt-get update)
	setup: installing 514 packages:
	setup: 521 MB to fetch
	setup: 2,200 MB on disk
	setup: check-all takes about $minutes on 2 processors
	setup: Failed to fetch it
	setup: what needs more packages is skipped (apt-get failed): apt-get \\
	END
}

# One package is not several.
setup_counts_in_english()
{
    command_is apt-get <<-'END'
	#!/bin/sh
	case $* in *--assume-no*) echo '0 upgraded, 1 newly installed' ;; esac
	END
    cd "$tmp/src" && PATH=$tmp/bare tools/setup demo 2>"$tmp/said"
    cat "$tmp/said"
    grep -x 'setup: installing 1 package:' "$tmp/said"
}

chmod 755 "$tmp"
check clone_is_made
check bare_machine_is_made
check space_is_built
! command -v nghttpd >/dev/null || check space_serves_the_demo
check space_is_packed
check space_is_installed
! command -v pkg-config >/dev/null || check space_is_named_by_pkg_config
check space_is_uninstalled
check space_is_cleaned
check space_is_refused_at_once
check read_only_clone_is_built
check copied_release_is_built
check missing_is_named
check install_needs_rights
check check_goes_on_without
check check_shows_progress
check reports_within_a_test_are_not_counted
check setup_announces
check setup_counts_in_english
finish
