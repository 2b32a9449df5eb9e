#!/usr/bin/env bash
# The library in projects of meson: as a subproject of one in C and of one in C
# and C++, and installed by itself.

. "$(dirname "$0")/common.bash"
need meson ninja clang clang++
export CC CXX

parent_is_made()
{
    mkdir -p "$tmp/parent/subprojects" && cp "$use"/* "$tmp/parent" &&
        ln -s ../../src "$tmp/parent/subprojects/relev"
}

# setup SOURCE BUILD OPTION...: not even a warning from meson.
setup()
{
    rm -rf "$2"
    meson setup "$@" >"$tmp/setup" 2>&1 && ! grep -qi warning "$tmp/setup" ||
        { cat "$tmp/setup"; return 1; }
}

# subproject OPTION...: builds the parent in $tmp/out.
subproject()
{
    setup "$tmp/parent" "$tmp/out" --wrap-mode=forcefallback "$@" &&
        ninja -C "$tmp/out"
}

# The C++ compiler links even a program in C, but it needs no C++ runtime.
static_library_serves_c()
{
    subproject -Ddefault_library=static -Donly_c=true &&
        "$tmp/out/c" && needs_only_libc "$tmp/out/c" && [ ! -e "$tmp/out/c++" ]
}

shared_library_serves_c()
{
    subproject -Ddefault_library=shared -Donly_c=true &&
        uses_our_library "$tmp/out/c" "$tmp/out/subprojects/relev"
}

static_library_serves_both()
{
    subproject -Ddefault_library=static -Drelev:libevent=enabled \
        -Devent=true && "$tmp/out/c" && "$tmp/out/c++" && "$tmp/out/c++20" &&
        "$tmp/out/event" &&
        needs_only_libc "$tmp/out/c" "$tmp/out/event"
}

shared_library_serves_both()
{
    local CC=clang CXX=clang++
    subproject -Ddefault_library=shared &&
        uses_our_library "$tmp/out/c" "$tmp/out/subprojects/relev" &&
        uses_our_library "$tmp/out/c++" "$tmp/out/subprojects/relev"
}

# event.h in the way of libevent's would be a nuisance.
emulation_is_not_seen_by_a_parent()
{
    subproject && [ -e "$tmp/out/subprojects/relev/ev.h" ] &&
        [ ! -e "$tmp/out/subprojects/relev/event.h" ] &&
        ! ninja -C "$tmp/out" -t commands c | grep 'program\.c$' |
            grep parent/subprojects/relev &&
        ! nm -D "$tmp/out/subprojects/relev/libev.so" | grep ' T event_'
}

# Both as they would be installed, at the same place.
installed_by_make() { made /opt/ev /opt/ev/lib/some; }

installed_by_meson()
{
    setup "$tmp/src" "$tmp/meson" --prefix=/opt/ev --libdir=lib/some &&
        ninja -C "$tmp/meson" &&
        DESTDIR=$tmp/mesoned meson install -C "$tmp/meson"
}

installs_are_the_same()
{
    local pc=$tmp/mesoned/opt/ev/lib/some/pkgconfig/libev.pc
    sed -i 's,^\(.*dir=\)${prefix},\1/opt/ev,' "$pc" &&
        is_made_alike "$tmp/mesoned" opt/ev/lib/some
}

# Where the pages go, also if that is not below the prefix.
manual_goes_elsewhere()
{
    meson configure "$tmp/meson" --mandir=/usr/man &&
        DESTDIR=$tmp/elsewhere meson install -C "$tmp/meson" &&
        diff -r "$tmp/made/opt/ev/share/man" "$tmp/elsewhere/usr/man"
}

# One kind of library only.
static_is_left_out()
{
    setup "$tmp/src" "$tmp/shared" --prefix=/opt/ev -Dstatic=disabled \
        --libdir=lib && DESTDIR=$tmp/one meson install -C "$tmp/shared" &&
        [ -e "$tmp/one/opt/ev/lib/libev.so" ] &&
        [ ! -e "$tmp/one/opt/ev/lib/libev.a" ]
}

check release_is_unpacked
check parent_is_made
check static_library_serves_c
check shared_library_serves_c
check static_library_serves_both
check shared_library_serves_both
check emulation_is_not_seen_by_a_parent
check installed_by_make
check installed_by_meson
check installs_are_the_same
check manual_goes_elsewhere
check static_is_left_out
finish
