#!/usr/bin/env bash
# A release: reproducible by anybody anywhere, without files that do not belong
# there, and can be built without autoconf.

. "$(dirname "$0")/common.bash"
need git autoconf gcc cmake

# The commands of a machine that can only build: no autoconf, m4 or C compiler.
tools=(sh awk basename cat chmod cmp cp cut date diff dirname echo env expr
    false find grep install ln ls make mkdir mktemp mv nproc printf pwd
    realpath rm rmdir sed sleep sort tail test touch tr true uname uniq wc
    ar as ld nm ranlib readelf strip g++)

# packed NAME: packs a release in $tmp/NAME, out of tree, as a developer does
# with a fresh clone, $tmp/NAME.clone.
packed()
{
    mkdir "$tmp/$1" && cd "$tmp/$1" &&
        $MAKE -s -f "$tmp/$1.clone/Makefile" CXX="$CXX" dist
}

# Two users whose environments differ as much as possible.
release_is_packed()
{
    git clone -q "$tmp/clone" "$tmp/one.clone" &&
        umask 022 && TZ=UTC packed one
}

release_is_packed_elsewhere()
{
    umask 077
    git clone -q "$tmp/clone" "$tmp/another.clone" &&
        find "$tmp/another.clone" -exec touch -h -d '1 hour ago' {} + &&
        TZ=Asia/Kathmandu LC_ALL=C.UTF-8 LANG=de_DE.UTF-8 GZIP=-n \
            TAR_OPTIONS='--exclude=*.md' packed another
}

release_is_the_same() { cmp "$tmp"/{one,another}/relev-"$(version)".tar.gz; }

# The source of all that follows.
release_is_unpacked()
{
    tar -xzf "$tmp"/one/relev-*.tar.gz -C "$tmp" &&
        mv "$tmp"/relev-*/ "$tmp/src"
}

# The date of the release may be given from outside.
date_is_given()
{
    mkdir "$tmp/dated" && cd "$tmp/dated" &&
        SOURCE_DATE_EPOCH=86400 "$tmp/src/tools/dist" 1 . &&
        [ "$(tar --utc --full-time -tvzf relev-1.tar.gz |
            awk '{ print $4, $5 }' | sort -u)" = "1970-01-02 00:00:00" ]
}

# One directory; files of root with the date of the commit; no one else may
# write them.
release_tells_of_nobody()
{
    local found
    found=$(tar --utc --full-time --numeric-owner -tvzf \
        "$tmp"/one/relev-*.tar.gz | grep -vE "^-rw(x|-)r-(x|-)r-(x|-) 0/0 +\
[0-9]+ 2023-11-14 22:13:20 relev-$(version)/")
    [ -z "$found" ] || { echo "$found"; return 1; }
}

# Our files, and what configure is made of.
release_is_complete()
{
    cd "$tmp/clone" &&
        diff <({ git ls-files; printf '%s\n' configure config.h.in; } | sort) \
            <(cd "$tmp/src" && find . -type f -printf '%P\n' | sort)
}

# What a person leaves in a clone is not packed: notes, the examples built as
# their comments say. Of these git does not speak, and `make clean` takes them.
leftovers_are_not_packed()
{
    cp -a "$tmp/one.clone" "$tmp/used" && cd "$tmp/used" && $MAKE -s &&
        examples_built && cp -a examples "$tmp/built" &&
        touch notes examples/notes.txt &&
        diff -u - <(git status -s) <<-'END' && packed_again
	?? examples/notes.txt
	?? notes
	END
}

examples_built()
{
    CPATH=$PWD LIBRARY_PATH=$PWD examples_are_built "$PWD/examples"
}

packed_again()
{
    $MAKE -s dist && cmp relev-*.tar.gz "$tmp"/one/relev-*.tar.gz
}

clean_takes_the_examples()
{
    cd "$tmp/used" && [ -x examples/echo ] && $MAKE -s clean &&
        ! find examples -type f -executable | grep .
}

build_in_the_release()
{
    local tool path
    mkdir "$tmp/bin" && cd "$tmp/bin" || return
    for tool in "${tools[@]}"; do
        path=$(type -P "$tool") && ln -s "$path" . || return
    done
    cp -a "$tmp/src" "$tmp/only" && cd "$tmp/only" &&
        PATH=$tmp/bin ./configure -q --prefix=/opt/ev &&
        PATH=$tmp/bin make -s 2>"$tmp/warnings" &&
        PATH=$tmp/bin make -s install DESTDIR="$tmp/stage" &&
        [ -f "$tmp/stage/opt/ev/lib/libev.so.4.0.0" ] &&
        [ ! -s "$tmp/warnings" ] || { cat "$tmp/warnings"; return 1; }
}

# In the release, and with the clone that another directory was built from.
platform_is_probed()
{
    mkdir "$tmp/second" && (cd "$tmp/second" &&
        $MAKE -s -f "$tmp/one.clone/Makefile" config.h) &&
        diff "$tmp/only/config.h" "$tmp/second/config.h" &&
        grep HAVE_EPOLL_CTL "$tmp/only/config.h"
}

# From an unpacked release in which the library and the examples were built. It
# is not under git, although it lies in a project that is.
release_packs_itself()
{
    cd "$tmp" && git init -q && commit '@1500000000 +0000' &&
        cd "$tmp/only" && cp -a "$tmp/built/." examples &&
        [ -x examples/echo ] && packed_again
}

# The makefile has been used elsewhere, on a bare tree that nobody configured:
# all but configure itself is there.
make_configures_by_itself()
{
    cd "$tmp/one" && $MAKE -s && [ -f libev.so.4.0.0 ] &&
        cd "$tmp/one.clone" && diff -u - <(git status -s --ignored) <<-'END'
	!! config.h.in
	!! configure
	END
}

# Whatever the compiler makes would not run here: configure does not try.
configure_runs_no_program()
{
    mkdir "$tmp/cross" && cd "$tmp/cross" &&
        printf '#!/bin/sh\n%s "$@" -Wl,--dynamic-linker=/none\n' "$CXX" \
            >cross-c++ && chmod +x cross-c++ &&
        "$tmp/src/configure" --host=sparc-sun-linux-gnu \
            CXX="$PWD/cross-c++" && $MAKE -s && [ -f libev.so ]
}

check clone_is_made
check release_is_packed
check release_is_packed_elsewhere
check release_is_the_same
check release_is_unpacked
check release_tells_of_nobody
check release_is_complete
check date_is_given
check make_configures_by_itself
check leftovers_are_not_packed
check clean_takes_the_examples
check build_in_the_release
check platform_is_probed
check release_packs_itself
check configure_runs_no_program
finish
