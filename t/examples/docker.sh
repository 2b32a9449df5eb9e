#!/usr/bin/env bash
# The image of examples/docker without Docker: the commands of its Dockerfile
# are run here, with musl if it is installed, as in Alpine. What they make is
# run alone in a directory, by the user that the Dockerfile names, as process 1
# of a namespace; a client is greeted, and SIGTERM ends the server.
# Packages: gcc g++ musl-tools. Only root can change the root directory.

. "$(dirname "$0")/../consumers/common.bash"
need gcc g++ readelf python3

file=$top/examples/docker/Dockerfile
root=$tmp/root work=$tmp/work

# The instructions, one a line, and the arguments of one of them.
instructions()
{
    grep -v '^#' "$file" | sed -e ':a' -e '/\\$/N; s/ *\\\n */ /; ta'
}

arguments_of() { instructions | sed -n "s/^$1 //p"; }

# The words of an array such as ["/greeter"].
words_of()
{
    arguments_of "$1" | python3 -c 'import json, sys
print(*json.load(sys.stdin), sep="\n")'
}

# gcc and g++ as they are in Alpine.
musl_is_used()
{
    local beyond="-idirafter /usr/include -idirafter /usr/include/$(
        gcc -dumpmachine | sed 's/-pc-/-/')"
    mkdir "$tmp/musl"
    printf '#!/bin/sh\nexec %s "$@" %s\n' musl-gcc "$beyond" >"$tmp/musl/gcc"
    printf '#!/bin/sh\nPATH=%s exec %s "$@" %s\n' "'$PATH'" \
        "'$top/t/nets/platforms/musl-g++'" "$beyond" >"$tmp/musl/g++"
    chmod +x "$tmp"/musl/*
    path=$tmp/musl:$PATH
}

# run_all: each RUN but that of Alpine's package manager.
run_all()
{
    local command
    while read -r command; do
        case $command in apk*) continue ;; esac
        (cd "$work" && PATH=$path bash -ec "${command//\/relev/$top}") \
            >"$tmp/run.log" 2>&1 || fail_with_log "$tmp/run.log" "$command"
        passed "Dockerfile: RUN $command"
    done < <(arguments_of RUN)
}

# The last image has only what is copied from the first.
copied()
{
    local from to
    read -r from to < <(arguments_of COPY | sed -n 's/^--from=build //p')
    [ "${from%/*}" = "$(arguments_of WORKDIR)" ] || fail "no file is copied"
    mkdir -p "$root" && cp "$work/${from##*/}" "$root$to"
    readelf -lW "$root$to" | grep INTERP && fail "$to is not static"
    passed "Dockerfile: $to is static"
}

# as_container ARGUMENT...: spawns the server.
as_container()
{
    local entry
    mapfile -t entry < <(words_of ENTRYPOINT)
    if [ "$(id -u)" = 0 ] && unshare --pid --fork true 2>/dev/null; then
        spawn "$tmp/log" unshare --pid --fork --kill-child chroot \
            --userspec="$(arguments_of USER)" "$root" "${entry[@]}" "$@"
        in_time child_of_is_ready "$pid" || fail_with_log "$tmp/log" "no server"
    else
        passed "Dockerfile: process 1, empty root # SKIP only root can do that"
        spawn "$tmp/log" "$root${entry[0]}" "$@"
        server=$pid
    fi
}

# unshare becomes chroot, and that the server.
child_of_is_ready()
{
    server=$(cat "/proc/$1/task/$1/children") && server=${server%% *} &&
        [ -n "$server" ] && grep -q listening "$tmp/log"
}

server_is_used()
{
    local port answer status
    as_container 0
    port=$(listening_port "$server") ||
        fail_with_log "$tmp/log" "it does not listen"
    exec {client}<>"/dev/tcp/127.0.0.1/$port"
    read -r -t 60 answer <&"$client"
    exec {client}>&-
    [ "$answer" = welcome ] || fail "the server says '$answer'"
    passed "Dockerfile: the server needs nothing else, and greets"
    kill -TERM "$server"
    outcome "$pid"
    status=$?
    [ "$status" = 0 ] && grep -q 'ended by signal 15' "$tmp/log" ||
        fail_with_log "$tmp/log" "after SIGTERM: status $status"
    passed "Dockerfile: SIGTERM ends the server in order"
}

# The manual shows the file as it is, without the comment.
shown_in_manual()
{
    awk '/@same examples\/docker\/Dockerfile/ { wanted = 1 }
        wanted && /^\.Ed/ { exit }
        shown { gsub(/\\e/, "\\"); print }
        wanted && /^\.Bd/ { shown = 1 }' "$top/man/ev_container.7" \
        >"$tmp/shown"
    grep -v '^#' "$file" | diff "$tmp/shown" - >"$tmp/diff" ||
        fail_with_log "$tmp/diff" "ev_container(7) shows another file"
    passed "Dockerfile: as ev_container(7) shows it"
}

mkdir "$work"
path=$PATH
if command -v musl-gcc >/dev/null; then
    musl_is_used
else
    passed "Dockerfile: with musl # SKIP musl-gcc is not installed"
fi
run_all
copied
[ "$(words_of CMD)" = "$(arguments_of EXPOSE)" ] || fail "CMD is not EXPOSE"
server_is_used
shown_in_manual
planned
