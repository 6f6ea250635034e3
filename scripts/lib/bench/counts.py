"""Counts what a daemon is asked and what it asks the kernel: strace(1) on all its threads while a workload runs.

A request is what comes out of a read of /dev/fuse: a record that begins with its own length (struct fuse_in_header).
"""

import collections
import contextlib
import os
import pathlib
import re
import signal
import struct
import subprocess
import time

from commands import Failed

# enum fuse_opcode of linux/fuse.h
OPCODES = dict(
    enumerate(
        "LOOKUP FORGET GETATTR SETATTR READLINK SYMLINK . MKNOD MKDIR UNLINK RMDIR RENAME LINK OPEN READ WRITE STATFS "
        "RELEASE . FSYNC SETXATTR GETXATTR LISTXATTR REMOVEXATTR FLUSH INIT OPENDIR READDIR RELEASEDIR FSYNCDIR GETLK "
        "SETLK SETLKW ACCESS CREATE INTERRUPT BMAP DESTROY IOCTL POLL NOTIFY_REPLY BATCH_FORGET FALLOCATE READDIRPLUS "
        "RENAME2 LSEEK COPY_FILE_RANGE SETUPMAPPING REMOVEMAPPING SYNCFS TMPFILE STATX".split(),
        start=1,
    )
)
# Of calls that are newer than the strace of Debian 12.
NEW_CALLS = {"syscall_0x1cf": "setxattrat", "syscall_0x1d0": "getxattrat", "syscall_0x1d1": "listxattrat"}
IN_HEADER, WRITE_HEADER, WRITE = 40, 80, 16
CALL = re.compile(r"^\d+ +(\w+)\(")
READ = re.compile(r'^\d+ +(?:<\.\.\. )?(?:read|readv|pread64)\b.*?"((?:\\x[0-9a-f]{2}){8,})".* = (\d+)$')


def request(line):
    """The name of the request that a line of strace's output shows being read; None for any other line."""
    match = READ.match(line)
    if not match or int(match[2]) < IN_HEADER:
        return None
    length, opcode = struct.unpack_from("=II", bytes.fromhex(match[1].replace("\\x", "")))
    # libfuse splices a large write and reads its head alone.
    whole = length == int(match[2]) or (opcode == WRITE and int(match[2]) == WRITE_HEADER)
    return OPCODES.get(opcode) if whole else None


class Counts:
    """Calls and requests by name; kept for a table."""

    def __init__(self, calls, requests):
        self.calls = calls
        self.requests = requests
        self.operations = 1


class Counter:
    """Attaches strace to a daemon for the length of a block."""

    def __init__(self, directory):
        self.file = pathlib.Path(directory) / "strace"

    @contextlib.contextmanager
    def count(self, pid, into):
        """INTO is a list that gets the Counts at the end."""
        arguments = ["strace", "-f", "-qq", "-xx", "-s", "48", "-o", str(self.file), "-p", str(pid)]
        tracer = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
        try:
            self.wait_until_attached(tracer, pid)
            yield
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait(timeout=60)
        into.append(self.parse())
        self.file.unlink()

    @staticmethod
    def wait_until_attached(tracer, pid):
        for _ in range(500):
            if tracer.poll() is not None:
                raise Failed(f"strace: {tracer.stderr.read().decode(errors='replace').strip()}")
            traced = 0
            threads = os.listdir(f"/proc/{pid}/task")
            for thread in threads:
                with open(f"/proc/{pid}/task/{thread}/status", encoding="ascii", errors="replace") as file:
                    traced += f"TracerPid:\t{tracer.pid}\n" in file.read()
            if traced == len(threads):
                return
            time.sleep(0.01)
        raise Failed("strace did not attach")

    def parse(self):
        calls, requests = collections.Counter(), collections.Counter()
        with open(self.file, encoding="ascii", errors="replace") as lines:
            for line in lines:
                line = line.rstrip("\n")
                call = CALL.match(line)
                if call:
                    calls[NEW_CALLS.get(call[1], call[1])] += 1
                name = request(line)
                if name:
                    requests[name] += 1
        return Counts(calls, requests)
