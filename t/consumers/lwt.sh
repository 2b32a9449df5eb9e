#!/usr/bin/env bash
# Lwt, the threads of OCaml programs, on each backend: see lwt_jobs.ml.
# Packages: ocaml ocaml-findlib liblwt-ocaml-dev.

. "$(dirname "$0")/common.bash"

need ocamlfind ocamlopt
[ -n "$(ocamlfind query lwt.unix 2>/dev/null)" ] \
    || skip "liblwt-ocaml-dev is not installed"

cp "$(dirname "$0")/lwt_jobs.ml" "$tmp"
(cd "$tmp" && ocamlfind ocamlopt -thread -package lwt.unix -linkpkg \
    lwt_jobs.ml -o lwt >lwt.log 2>&1) \
    || fail_with_log "$tmp/lwt.log" "lwt_jobs.ml does not compile"
for backend in epoll poll select; do
    perform "lwt-$backend" "$tmp/lwt" "$backend"
done
planned
