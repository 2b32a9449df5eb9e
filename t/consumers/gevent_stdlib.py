"""Tests of Python's own standard library, which know nothing of gevent, run
with everything in it that waits replaced by gevent, and so by libev.

These are those that pass on gevent with libev 4.33, without the slow ones, the
ones for other platforms, and what is sensitive to a busy machine.
"""

import gevent.monkey

gevent.monkey.patch_all()

import sys
import unittest

from gevent.libev import corecext

CASES = {
    # First: its tests wait for whatever threads others have left.
    "threading": "PyRLockTests SemaphoreTests TimerTests",
    "socket": """BasicSocketPairTest BasicUDPTest CreateServerFunctionalTest
        InterruptedRecvTimeoutTest InterruptedSendTimeoutTest
        RecvmsgIntoTCPTest RecvmsgIntoUnixStreamTest RecvmsgSCMRightsStreamTest
        RecvmsgTCPTest RecvmsgUDPTest RecvmsgUnixStreamTest SendRecvFdsTests
        SendmsgTCPTest SendmsgUDPTest SendmsgUnixStreamTest TestUnixDomain""",
    "httplib": """BasicTest HTTPSTest HeaderTests PersistenceTest
        ExtendedReadTest SourceAddressTest TimeoutTest""",
    "telnetlib": "GeneralTests ReadTests OptionTests WriteTests",
    "smtplib": "SMTPGeneralTests",
    "socketserver": "SocketServerTest",
    "queue": "PyQueueTest",
}


def run(module):
    """Runs what is chosen of a module; each test has to pass or to be skipped
    by itself."""
    names = [f"test.test_{module}.{case}" for case in CASES[module].split()]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(sys.stdout, buffer=True).run(suite)
    passed = result.testsRun - len(result.skipped)
    assert result.wasSuccessful() and passed > 0
    print(f"ok {module}, {passed} tests")


def main():
    assert isinstance(gevent.get_hub().loop, corecext.loop)
    with open("/proc/self/maps", encoding="ascii") as maps:
        print(maps.read())
    for module in CASES:
        run(module)


if __name__ == "__main__":
    sys.exit(main())
