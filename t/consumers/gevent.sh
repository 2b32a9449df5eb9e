#!/usr/bin/env bash
# gevent, the Python framework whose C extension is linked with libev.so.4, on
# each backend: see gevent_job.py.
# Packages: python3 python3-gevent.

. "$(dirname "$0")/common.bash"

python=/usr/bin/python3
"$python" -c 'import gevent.libev.corecext' 2>/dev/null \
    || skip "python3-gevent is not installed"
extension=$("$python" -c 'import gevent.libev.corecext as c; print(c.__file__)')
ldd "$extension" | grep -q 'libev\.so\.4 ' \
    || skip "this gevent is not linked with libev.so.4"

export GEVENT_LOOP=libev-cext PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
[ "$library" = system ] || export LIBRARY=$library

for backend in epoll poll select; do
    echo "gevent on $backend"
    export GEVENT_BACKEND=$backend
    spawn "$tmp/log" timeout 30 "$python" "$(dirname "$0")/gevent_job.py"
    wait "$pid" || fail_with_log "$tmp/log" "gevent on $backend fails"
    sed 's/^/  /' "$tmp/log"
done
