"""What is compared: how each kind is mounted, and which process serves it."""

import os
import pathlib
import shlex
import shutil
import time

import commands
from commands import Failed

ROOT = pathlib.Path(__file__).resolve().parents[3]


class Place:
    """Fresh directories for one mount of the layers of one tree: upper, work and merged."""

    def __init__(self, directory, tree, layers):
        self.directory = directory
        self.tree = tree
        self.layers = layers
        self.upper, self.work, self.merged = (directory / n for n in ("upper", "work", "merged"))
        for path in (self.upper, self.work, self.merged):
            path.mkdir(parents=True)

    def options(self):
        """Layers by short relative names, so that 500 of them fit in the kernel's page of options."""
        return f"lowerdir={':'.join(self.layers)},upperdir={self.upper},workdir={self.work}"

    def remove(self):
        commands.run(["rm", "-rf", "--one-file-system", self.directory])


def daemon_pid(place):
    """The process whose command line names the mount point; None if there is none."""
    wanted = os.fsencode(place.merged)
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                if wanted in file.read():
                    return int(entry)
        except OSError:
            pass  # it ended
    return None


class Kind:
    """Something that is mounted by a command and unmounted by umount(8)."""

    daemon = True
    remounts = True
    java = False

    def __init__(self, name, command, description):
        self.name = name
        self.command = command
        self.description = description

    def missing(self):
        """Why this kind cannot be used here; None if it can."""
        return None if shutil.which(self.command[0]) else f"there is no {self.command[0]}"

    def mount(self, place, seconds):
        commands.run([*self.command, "-o", place.options(), place.merged], cwd=place.tree.directory, seconds=seconds)

    def unmount(self, place, seconds=60):
        deadline = time.monotonic() + seconds
        while True:
            try:
                commands.run(["umount", place.merged], seconds=seconds)
                return
            except Failed as e:
                if "busy" not in str(e) or time.monotonic() > deadline:
                    raise
            time.sleep(0.05)

    def wait_for_end(self, place, seconds=20):
        """Until the daemon is gone, which nobody should have to wait for."""
        deadline = time.monotonic() + seconds
        while self.daemon and (pid := daemon_pid(place)):
            if time.monotonic() > deadline:
                os.kill(pid, 9)
                raise Failed("the daemon outlived its mount")
            time.sleep(0.002)


class Overlay(Kind):
    daemon = False

    def __init__(self):
        # What StrataFS does without options; data is copied up with the metadata.
        command = ["env", "LIBMOUNT_FORCE_MOUNT2=always", "mount", "-t", "overlay", "overlay"]
        command += ["-o", "index=on,redirect_dir=on,metacopy=off"]
        super().__init__("overlay", command, "kernel overlayfs, index=on,redirect_dir=on,metacopy=off")

    def missing(self):
        with open("/proc/filesystems", encoding="ascii") as file:
            return None if "\toverlay\n" in file.read() else "the kernel has no overlayfs"


class Plain(Kind):
    """No union: the merged view is copied to a directory, once for all who only read it."""

    daemon = False
    remounts = False

    def __init__(self):
        super().__init__("plain", ["true"], "the merged view copied to a plain directory beforehand")

    def mount(self, place, seconds):
        tree = place.tree
        copy = tree.plain
        if copy is None or tree.writes:
            copy = place.merged
            view = f"lowerdir={':'.join(place.layers)}:{place.upper}"
            source = place.directory / "source"
            source.mkdir()
            commands.run(["mount", "-t", "overlay", "overlay", "-o", view, source], cwd=tree.directory)
            commands.run(["cp", "-a", f"{source}/.", copy], seconds=seconds)
            commands.run(["umount", source])
        if not tree.writes and tree.plain is None:
            tree.plain = tree.directory / "plain"
            copy.rename(tree.plain)
        if not tree.writes:
            place.merged = tree.plain

    def unmount(self, place, seconds=60):
        pass


def stratafs(name, options, description):
    command = [str(ROOT / "scripts" / "stratafs")]
    kind = Kind(name, command + (["-o", options] if options else []), description)
    kind.java = True
    return kind


def all_kinds():
    """In the order of the table. A variant of StrataFS is a line here."""
    return [
        Plain(),
        Overlay(),
        Kind("fuse-overlayfs", ["fuse-overlayfs"], "fuse-overlayfs of Debian"),
        stratafs("stratafs", "", "StrataFS without options"),
        stratafs("shared", "passthrough=all", "StrataFS, passthrough=all"),
        stratafs("relayed", "passthrough=off", "StrataFS, passthrough=off"),
        stratafs("libfuse", "transport=libfuse", "StrataFS, transport=libfuse"),
    ]


def other(text):
    """--also NAME=COMMAND: any program that is mounted as fuse-overlayfs is."""
    name, _, command = text.partition("=")
    return Kind(name, shlex.split(command), command)
