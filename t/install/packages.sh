#!/usr/bin/env bash
# Debian's packages: the build is reproducible, and lintian reports nothing. In
# a root directory of their own, apt and dpkg replace libev's packages by them,
# programs use them, and they are removed again.
# Packages: dpkg-dev debhelper lintian fakeroot libev-dev mandoc, of setup deb.

. "$(dirname "$0")/common.bash"
need dpkg-buildpackage dh lintian fakeroot apt-get mandoc python3 cmake
. "$(dirname "$0")/debian.bash"
. "$(dirname "$0")/documents.bash"

ours=(librelev4 librelev-{dev,libevent-dev,doc} libev4-relev-debug)
debs=()

# built DIR OPTION...: the packages of the release, in DIR/deb.
built()
{
    mkdir -p "$1" && cp "$tmp"/relev-*.tar.gz "$1" &&
        "$tmp/src/tools/deb" "$(version)" "$@"
}

packages_are_built() { umask 022 && TZ=UTC built "$tmp/one"; }

# By another user, without the tests, on a busy machine.
build_elsewhere()
{
    umask 077
    TZ=Asia/Kathmandu LC_ALL=C.UTF-8 LANG=de_DE.UTF-8 \
        DEB_BUILD_OPTIONS='nocheck parallel=1' built "$tmp/some other/place"
}

packages_are_built_elsewhere() { cat "$tmp/elsewhere.log" && return "$1"; }

packages_are_the_same()
{
    local file other=0
    cd "$tmp/one/deb" || return
    for file in *.deb *.dsc *.tar.*; do
        cmp "$file" "$tmp/some other/place/deb/$file" || other=1
    done
    [ "$(ls | grep -c '\.deb$')" = 6 ] && return $other
}

lintian_is_content()
{
    lintian --allow-root --pedantic --display-info \
        --fail-on error,warning,info,pedantic "$tmp"/one/deb/*.changes
}

# The name of a release fits the pattern in debian/watch.
release_is_watched()
{
    local pattern
    pattern=$(sed -n 's,^https://.* ,,p' "$tmp/src/debian/watch") &&
        basename "$tmp"/relev-*.tar.gz | grep -xP "$pattern"
}

# Programs linked with it depend on libev's interface, not on this package.
symbols_are_those_of_libev()
{
    dpkg-deb -I "${debs[0]}" symbols | sed 1,3d | sort | diff - \
        <({ sed 's/$/@RELEV_1 0.1.0 1/' "$tmp/src/packaging/Symbols.relev"
            echo RELEV_1@RELEV_1 0.1.0 1
            sed 's/$/@Base 1:4.33/' "$tmp/src"/Symbols.{ev,event}; } |
            sed 's/^/ /' | sort) &&
        dpkg-deb -I "${debs[0]}" symbols | grep -x 'libev.so.4 libev4 .*' &&
        dpkg-deb -I "${debs[0]}" symbols | grep -x '| librelev4 .*' &&
        dpkg-deb -I "${debs[0]}" shlibs | grep -x 'libev 4 libev4 (>= 1:4.33)'
}

# libev and what depends on it, as Debian has them.
libev_is_there()
{
    repacked libev4 && repacked libev-dev &&
        stub libc6 99 'Multi-Arch: same' &&
        stub libev-libevent-dev 1:4.33-1 'Conflicts: libevent-dev' \
            'Depends: libev-dev, libev4 (<< 1:4.33+1~), libev4 (>= 1:4.33)' &&
        stub server 1 'Depends: libc6, libev4 (>= 1:4.04)' &&
        stub source 1 'Depends: libev-dev (>= 1:4.22)' &&
        in_root --install "$tmp"/stubs/*.deb &&
        [ -e "$root/usr/lib/$triplet/libev.so.4.0.0" ]
}

# Only libev's own packages go.
apt_would_exchange_them()
{
    diff - <(apt_in_root install "${debs[@]}") <<END
Inst libev4-relev-debug
Inst librelev-dev
Inst librelev-doc
Inst librelev-libevent-dev
Inst librelev4
Remv libev-dev
Remv libev-libevent-dev
Remv libev4
END
}

dpkg_exchanges_them()
{
    in_root --auto-deconfigure --install "${debs[@]}" &&
        [ -z "$(in_root --audit)" ] &&
        diff - <(installed) <<END
libc6
$(printf '%s\n' "${ours[@]}" | LC_ALL=C sort)
server
source
END
}

# All that `make install` has: the rest is documents. What is about event.h is
# where event.h is.
files_are_complete()
{
    local lib=usr/lib/$triplet
    files_of librelev4 | diff - <(printf '%s\n' \
        $lib/libev.so.4 $lib/libev.so.4.0.0) &&
        files_of librelev-dev | diff - <(printf '%s\n' \
            usr/include/{{ev++,ev,relev}.h,relev.hpp} \
            $(cd "$tmp/src" &&
                printf 'usr/include/%s\n' relevpp/{,detail/,net/}*.hpp | sort) \
            $lib/cmake/libev/libev-config{-version,}.cmake $lib/libev.a \
            $lib/libev.so $lib/pkgconfig/libev.pc $(pages | grep -v /man1/ |
                comm -23 - <(pages_of_event_h))) &&
        files_of libev4-relev-debug | diff - <(printf '%s\n' \
            usr/bin/relev-debug $lib/relev-debug/libev.so.4 \
            $(pages | grep /man1/)) &&
        files_of librelev-libevent-dev | diff - \
            <(printf '%s\n' usr/include/event.h $(pages_of_event_h))
}

pages()
{
    "$tmp/src/tools/manual" --list | sed 's,.*,usr/share/man/&.gz,' | sort
}

pages_of_event_h()
{
    (cd "$tmp/src/man" && echo ev_libevent.3 && ../tools/manlinks *.[137] |
        sed -n 's/ ev_libevent\.3$//p') |
        sed 's,.*,usr/share/man/man3/&.gz,' | sort
}

# Each page of ours, compressed, also those that are links.
manual_is_complete()
{
    local page
    for page in $("$tmp/src/tools/manual" --list); do
        gzip -dc "$root/usr/share/man/$page.gz" |
            grep -q '^\.Dd' || { echo "no $page"; return 1; }
    done
}

html_is_complete()
{
    local index page
    index=$(sed -n 's/^Index: //p' "$root/usr/share/doc-base/"*librelev*)
    [ -f "$root$index" ] || { echo "no index: $index"; return 1; }
    ! find "$(dirname "$root$index")" -name '*.gz' | grep . || return
    cd "$tmp/src/man" || return
    for page in *.[137]; do
        [ -f "$(dirname "$root$index")/$page.html" ] ||
            { echo "no $page.html"; return 1; }
    done
}

# The test that comes with the packages, for installed ones.
programs_run()
{
    mkdir "$tmp/programs"
    AUTOPKGTEST_TMP=$tmp/programs PKG_CONFIG_SYSROOT_DIR=$root \
        PKG_CONFIG_LIBDIR=$root/usr/lib/$triplet/pkgconfig \
        LD_LIBRARY_PATH=$root/usr/lib/$triplet \
        "$tmp/src/debian/tests/programs" &&
        LD_LIBRARY_PATH=$root/usr/lib/$triplet uses_our_library \
            "$tmp/programs/c" "$root/usr/lib/$triplet"
}

# Not those of the machine, which has libev's.
headers_are_ours()
{
    $CXX -M -I"$root/usr/include" "$use"/{program.c,program.cpp,event.c} |
        tr ' ' '\n' | grep -E '/(ev|ev\+\+|event)\.h$' | sort -u | diff - \
        <(printf "$root/usr/include/%s.h\n" ev++ ev event | sort)
}

programs_are_built_by_cmake()
{
    cmake -S "$use" -B "$tmp/cmake" -DCMAKE_PREFIX_PATH="$root/usr" &&
        cmake --build "$tmp/cmake" &&
        uses_our_library "$tmp/cmake/c" "$root/usr/lib/$triplet" &&
        uses_our_library "$tmp/cmake/c++" "$root/usr/lib/$triplet"
}

# One event.h at a time.
libevent_is_refused()
{
    stub libevent-dev 2.1.12 &&
        ! in_root --install "$tmp/stubs/libevent-dev.deb"
}

# Nor is there a place for another libev.so.4.
libev_is_refused() { ! in_root --install "$tmp/stubs/libev4.deb"; }

# libev's library of another architecture may stand beside ours.
libev_of_another_architecture_fits()
{
    stub libc6 99 'Multi-Arch: same' 'Architecture: i386' &&
        in_root --add-architecture i386 &&
        foreign i386 i386-linux-gnu "$tmp/stubs/libev4.deb" \
            "${debs[@]:0:2}" || return
    diff - <(apt_in_root install "$tmp/stubs/libc6.deb" \
        "$tmp"/foreign/libev4_*.deb) <<-'END' || return
	Inst libc6:i386
	Inst libev4:i386
	END
    in_root --install "$tmp/stubs/libc6.deb" "$tmp"/foreign/libev4_*.deb &&
        in_root --status libev4:i386 librelev4:$arch &&
        [ -z "$(in_root --audit)" ]
}

# And ours takes its place there, too.
ours_of_another_architecture_fits()
{
    diff - <(apt_in_root install "$tmp"/foreign/librelev*.deb) <<-'END' ||
	Inst librelev-dev:i386
	Inst librelev4:i386
	Remv libev4:i386
	END
        return
    in_root --install "$tmp"/foreign/librelev*.deb &&
        in_root --status librelev-dev:i386 librelev-dev:$arch &&
        ! in_root --status libev4:i386 &&
        in_root --purge librelev4:i386 librelev-dev:i386 libc6:i386
}

# What depends on libev4 keeps ours from being removed.
library_is_needed() { ! in_root --remove librelev4; }

packages_go_without_a_trace()
{
    in_root --purge server source "${ours[@]}" && [ "$(installed)" = libc6 ] &&
        ! find "$root" ! -type d ! -path '*/var/lib/dpkg/*' \
            ! -path '*/stub/libc6' | grep .
}

libev_may_come_back()
{
    stub libc6 99 'Multi-Arch: same' 'Architecture: i386' &&
        in_root --install "$tmp"/stubs/{libev4,libev-dev,libc6}.deb \
            "$tmp"/foreign/libev4_*.deb
}

# Of two libraries of libev's.
libev_of_another_architecture_stays()
{
    diff - <(apt_in_root install "${debs[0]}") <<-'END' || return
	Inst librelev4
	Remv libev-dev
	Remv libev4
	END
    in_root --remove libev-dev && in_root --install "${debs[0]}" &&
        in_root --status libev4:i386 librelev4:$arch &&
        ! in_root --status libev4:$arch | grep '^Status: .* installed'
}

check release_is_unpacked
check packages_are_built
build_elsewhere >"$tmp/elsewhere.log" 2>&1 &
for name in "${ours[@]}"; do
    debs+=("$tmp/one/deb/$name"_*.deb)
done
check lintian_is_content
wait $!
check packages_are_built_elsewhere $?
check packages_are_the_same
check release_is_watched
check symbols_are_those_of_libev
check libev_is_there
check apt_would_exchange_them
check dpkg_exchanges_them
check files_are_complete
check manual_is_complete
check_man "$root/usr/share/man"
check html_is_complete
check readme_is_complete
check examples_run
check examples_are_built_from_there
check headers_are_ours
check programs_run
check programs_are_built_by_cmake
check libevent_is_refused
check libev_is_refused
check libev_of_another_architecture_fits
check ours_of_another_architecture_fits
check library_is_needed
check packages_go_without_a_trace
check libev_may_come_back
check libev_of_another_architecture_stays
finish
