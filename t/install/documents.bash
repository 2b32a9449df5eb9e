# What the packages document: the README, and examples that can be built where
# they are installed. To be sourced by packages.sh.

# With only the packages, in a copy of the directory.
examples_run()
{
    local script
    cp -r "$root/usr/share/doc/librelev-dev/examples" "$tmp/mine" &&
        diff -r -x libev -x '*.bt' "$tmp/src/examples" "$tmp/mine" || return
    for script in "$tmp"/src/tools/trace/*.bt; do
        cmp "$script" "$tmp/mine/${script##*/}" || return
    done
    export CPATH=$root/usr/include LIBRARY_PATH=$root/usr/lib/$triplet
    export LD_LIBRARY_PATH=$LIBRARY_PATH CMAKE_PREFIX_PATH=$root/usr
    examples_are_built "$tmp/mine" || return
    for program in cron echo supervisor threads cmake/build/limit; do
        ldd "$tmp/mine/$program" | grep "$LIBRARY_PATH/libev.so.4" || return
    done
    [ "$("$tmp/mine/cron" -n 1 '*:*:*' echo tick)" = tick ]
}

# The project of CMake may also be read where it lies.
examples_are_built_from_there()
{
    cmake -S "$root/usr/share/doc/librelev-dev/examples/cmake" \
        -B "$tmp/there" -DCMAKE_PREFIX_PATH="$root/usr" &&
        cmake --build "$tmp/there" && "$tmp/there/limit" 5 true
}

# Each picture and file that the README shows, outside of its programs.
readme_is_complete()
{
    local file
    cd "$root/usr/share/doc/librelev-dev" &&
        zcat -f README.md* | sed '/^```/,/^```$/d' >"$tmp/readme" &&
        grep -q '](bench/.*svg)' "$tmp/readme" || return
    for file in $(grep -o '](\([^):]*\))' "$tmp/readme" | tr -d ']()'); do
        [ -f "$file" ] || { echo "no $file"; return 1; }
    done
}
