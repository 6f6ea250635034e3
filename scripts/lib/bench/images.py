"""Compares `strata` with podman, umoci and tar on images: scripts/bench --images [--rounds N] [--scale S].

Every tool does the same in turn, in each round, on one tmpfs, each in a store of its own without the layer: an image of three layers (a copy
of /usr, scaled, changes and deletions) becomes a tree, a tar of one tree becomes a tree, and one directory, added to that image, becomes a
layer. tar only unpacks; strata verifies what it reads and keeps the archive, too. podman and strata keep layers as they are; umoci always
compresses, which strata does, too, in a row of its own. Prints medians and their ratio to strata's.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
STRATA = ROOT / "scripts" / "strata"


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(str(part) for part in command)}: {done.stdout.decode(errors='replace')}")
    return done.stdout.decode(errors="replace")


class Bench:
    def __init__(self, base, bytes_wanted):
        self.base = base
        self.conf = self.configure()
        self.make_image(bytes_wanted)

    def configure(self):
        (self.base / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\nrunroot = "{self.base}/run"\ngraphroot = "{self.base}/storage"\n', encoding="utf-8")
        (self.base / "containers.conf").write_text(
            '[containers]\ndefault_ulimits = ["nofile=20000:20000"]\ndefault_sysctls = []\n[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n',
            encoding="utf-8")
        return os.environ | {
            "CONTAINERS_STORAGE_CONF": str(self.base / "storage.conf"),
            "CONTAINERS_CONF": str(self.base / "containers.conf"),
            "TMPDIR": str(self.base / "tmp"),
        }

    def make_image(self, wanted):
        tree = self.base / "tree"
        (tree / "usr").mkdir(parents=True)
        taken = 0
        for name in ("share", "include", "bin", "sbin", "lib"):
            for directory, _, files in os.walk(f"/usr/{name}"):
                target = tree / directory[1:]
                target.mkdir(parents=True, exist_ok=True)
                for file in files:
                    source = pathlib.Path(directory, file)
                    if taken >= wanted or source.is_symlink() or not source.is_file():
                        continue
                    shutil.copy2(source, target / file)
                    taken += source.stat().st_size
        run("tar", "-C", tree, "-cf", self.base / "rootfs.tar", ".")
        store = self.base / "make"
        run(STRATA, "--store", store, "import", "--format", "rootfs", self.base / "rootfs.tar", "image:1")
        upper = self.base / "changes"
        shutil.copytree(tree / "usr" / "share", upper / "usr" / "share", symlinks=True, ignore=lambda d, names: names[::3])
        run(STRATA, "--store", store, "commit", upper, "image:2", "--base", "image:1")
        (upper / "usr" / "share" / "more").write_text("more", encoding="utf-8")
        run(STRATA, "--store", store, "commit", upper, "image:3", "--base", "image:2")
        run(STRATA, "--store", store, "export", "image:3", "--format", "docker", "-o", self.base / "docker.tar")
        run(STRATA, "--store", store, "export", "image:3", "-o", self.base / "oci.tar")
        (self.base / "oci").mkdir()
        run("tar", "-C", self.base / "oci", "-xf", self.base / "oci.tar")
        # What is committed: a directory that the image does not have.
        self.new = self.base / "new"
        (self.new / "new").mkdir(parents=True)
        run("cp", "-a", upper / "usr" / "share", self.new / "new" / "share")
        self.imported = self.base / "imported"
        run(STRATA, "--store", self.imported, "import", self.base / "docker.tar")

    # What stands between the two yields is timed.

    def import_strata(self, work):
        yield
        run(STRATA, "--store", work / "s", "import", self.base / "docker.tar")
        yield

    def import_podman(self, work):
        yield
        run("podman", "load", "-q", "-i", self.base / "docker.tar", env=self.conf)
        yield
        run("podman", "rmi", "-f", "-a", env=self.conf)

    def import_umoci(self, work):
        yield
        run("umoci", "unpack", "--image", f"{self.base}/oci:image:3", work / "u")
        yield

    def rootfs_strata(self, work):
        yield
        run(STRATA, "--store", work / "s", "import", "--format", "rootfs", self.base / "rootfs.tar", "rootfs:1")
        yield

    def rootfs_tar(self, work):
        (work / "t").mkdir()
        yield
        run("tar", "-C", work / "t", "-xf", self.base / "rootfs.tar")
        yield

    def strata_commits(self, work, *options):
        run("cp", "-a", self.imported, work / "s")
        yield
        run(STRATA, "--store", work / "s", "commit", *options, self.new, "image:c", "--base", "image:3")
        yield

    def commit_strata(self, work):
        return self.strata_commits(work)

    def commit_strata_gzip(self, work):
        return self.strata_commits(work, "--compress", "gzip")

    def commit_podman(self, work):
        run("podman", "load", "-q", "-i", self.base / "docker.tar", env=self.conf)
        name = run("podman", "create", "--net", "host", "image:3", "/bin/true", env=self.conf).split()[-1]
        mounted = run("podman", "mount", name, env=self.conf).split()[-1]
        run("cp", "-a", self.new / "new", mounted)
        yield
        run("podman", "commit", "-q", name, "image:c", env=self.conf)
        yield
        run("podman", "umount", name, env=self.conf)
        run("podman", "rm", "-f", name, env=self.conf)
        run("podman", "rmi", "-f", "-a", env=self.conf)

    def commit_umoci_gzip(self, work):
        run("cp", "-a", self.base / "oci", work / "o")
        run("umoci", "unpack", "--image", f"{work}/o:image:3", work / "u")
        run("cp", "-a", self.new / "new", work / "u" / "rootfs")
        yield
        run("umoci", "repack", "--image", f"{work}/o:image:c", work / "u")
        yield


def timed(steps):
    next(steps)
    start = time.monotonic()
    next(steps)
    end = time.monotonic()
    for _ in steps:
        pass
    return end - start


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench --images", description=__doc__, allow_abbrev=False)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="of 400 MB; 1")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="strata-bench-") as directory:
        base = pathlib.Path(directory)
        run("mount", "-t", "tmpfs", "-o", "size=10g", "none", base)
        try:
            (base / "tmp").mkdir()
            compare(Bench(base, int(400e6 * options.scale)), base, options.rounds)
        finally:
            subprocess.run(["umount", "-R", "-l", base], check=False)


def compare(bench, base, rounds):
    times = {}
    names = [name for name in dir(bench) if name.startswith(("import_", "rootfs_", "commit_"))]
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            work = base / "work"
            work.mkdir()
            times.setdefault(name, []).append(timed(getattr(bench, name)(work)))
            shutil.rmtree(work, ignore_errors=True)
    for what in ("import", "rootfs", "commit"):
        own = statistics.median(times[f"{what}_strata"])
        for name, values in sorted(times.items()):
            if name.startswith(what):
                median = statistics.median(values)
                print(f"{name:18} {median:7.2f} s  {median / own:5.2f} of strata's  ({min(values):.2f} to {max(values):.2f})")


if __name__ == "__main__":
    sys.exit(main())
