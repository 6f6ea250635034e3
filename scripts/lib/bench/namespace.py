"""A mount and process namespace of our own: whatever ends the run, no mount and no process of it is left behind."""

import ctypes
import os
import signal
import sys

CLONE_NEWNS = 0x00020000
CLONE_NEWPID = 0x20000000
MS_REC, MS_PRIVATE = 0x4000, 1 << 18
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def mount(source, target, kind, flags=0, data=None):
    arguments = [None if a is None else os.fsencode(a) for a in (source, target, kind)]
    check(libc.mount(*arguments, ctypes.c_ulong(flags), data and data.encode()), f"mount {target}")


def wait_for(pid):
    """Waits for pid, reaping everything else; signals that ask this process to end are passed on."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: os.kill(pid, number))
    # The terminal sends it to all of us; the driver is the one that acts on it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        ended, status = os.wait()
        if ended == pid:
            return os.waitstatus_to_exitcode(status)


def enter(after):
    """Returns in a new process within the namespaces; the one that called waits for it, calls after() and exits.

    The first process of a process namespace takes all others with it; it is told to die with its parent. Handlers of
    signals are in the new process as they were.
    """
    check(libc.unshare(CLONE_NEWPID), "unshare")
    parent = os.getpid()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    first = os.fork()
    if first:
        status = wait_for(first)
        after()
        sys.exit(status if status >= 0 else 128 - status)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() not in (0, parent):
        os._exit(1)
    # Only here: the caller keeps its own mounts, and can remove the directory that one of these was made on.
    check(libc.unshare(CLONE_NEWNS), "unshare")
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    mount("proc", "/proc", "proc")
    driver = os.fork()
    if driver:
        status = wait_for(driver)
        os._exit(status if status >= 0 else 128 - status)
    for number, handler in handlers.items():
        signal.signal(number, handler)
