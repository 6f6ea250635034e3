"""Commands run as children with a time limit: the driver itself never touches what is mounted, so it cannot hang."""

import contextlib
import os
import signal
import subprocess


class Failed(Exception):
    """A command, or a check of what it did, failed; the text is what the table shows."""


class Skipped(Exception):
    """A kind cannot do this workload; the text says why."""


def run(arguments, cwd=None, within=None, seconds=300):
    """The standard output of a command, as bytes; Failed if it does not end with status 0 in time.

    For WITHIN, a directory that might never answer, env(1) goes there: Popen waits for its child to enter CWD.
    """
    enter = ["env", "-C", str(within)] if within else []
    child = subprocess.Popen(
        enter + [str(a) for a in arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    name = os.path.basename(str(arguments[0]))
    try:
        output, errors = child.communicate(timeout=seconds)
    except BaseException as e:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        if isinstance(e, subprocess.TimeoutExpired):
            raise Failed(f"{name}: not done after {seconds} s") from None
        raise
    if child.returncode != 0:
        # mount(8) ends with a hint that is the same for every error.
        lines = [line.strip() for line in errors.decode(errors="replace").splitlines() if "dmesg(1)" not in line]
        raise Failed(lines[-1] if lines else f"{name}: exit status {child.returncode}")
    return output


def expect(actual, wanted, what):
    if actual != wanted:
        raise Failed(f"{what}: {actual}, not {wanted}")
