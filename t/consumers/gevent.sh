#!/usr/bin/env bash
# gevent, the Python framework whose C extension is linked with libev.so.4, on
# each backend: see gevent_job.py; and tests of Python's own library on gevent:
# see gevent_stdlib.py.
# Packages: python3 python3-gevent libpython3.11-testsuite.

. "$(dirname "$0")/common.bash"

here=$(cd "$(dirname "$0")" && pwd)
python=/usr/bin/python3
"$python" -c 'import gevent.libev.corecext' 2>/dev/null \
    || skip "python3-gevent is not installed"
"$python" -c 'import test.test_socket' 2>/dev/null \
    || skip "Python's own tests are not installed"
extension=$("$python" -c 'import gevent.libev.corecext as c; print(c.__file__)')
ldd "$extension" | grep -q 'libev\.so\.4 ' \
    || skip "this gevent is not linked with libev.so.4"

export GEVENT_LOOP=libev-cext PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

for backend in epoll poll select; do
    export GEVENT_BACKEND=$backend
    perform "gevent-$backend" "$python" "$here/gevent_job.py"
done
unset GEVENT_BACKEND
cd "$tmp" || exit
perform stdlib "$python" "$here/gevent_stdlib.py"
planned
