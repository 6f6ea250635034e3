"""Writes archives that strata must refuse, made by Python: hostile.py DIR.

Each is DIR/NAME.tar; DIR/NAME.names says what the message must name, on a line. DIR/taken/NAME.tar are odd ones that it must
take.
"""
import io
import pathlib
import sys
import tarfile

directory = pathlib.Path(sys.argv[1])


def file(name, data=b"evil", **more):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in more.items():
        setattr(info, key, value)
    return info, data


def special(name, kind, linkname="", **more):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, linkname
    for key, value in more.items():
        setattr(info, key, value)
    return info, b""


def archive(*entries, form=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for info, data in entries:
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def write(name, what, data):
    (directory / f"{name}.tar").write_bytes(data)
    (directory / f"{name}.names").write_text(what + "\n")


ok = file("fine", b"fine")
outside = str(directory.parent / "canary")
SYM, LNK, DIR, CHR = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE

write("dotdot", "../canary/evil", archive(ok, file("../canary/evil")))
write("dotdot-within", "a/../../canary/evil", archive(ok, special("a", DIR, mode=0o755), file("a/../../canary/evil")))
write("absolute", "/canary-evil", archive(ok, file("/canary-evil")))
write("absolute-canary", outside + "/evil", archive(ok, file(outside + "/evil")))
write("hard-link-absolute", "evil", archive(ok, special("evil", LNK, outside + "/file")))
write("hard-link-to-itself", "evil", archive(ok, special("evil", LNK, "evil")))
write("hard-link-to-a-later-one", "evil", archive(special("evil", LNK, "fine"), ok))
write("whiteout-device", "evil", archive(ok, special("evil", CHR, devmajor=0, devminor=0)))
write("under-a-link", "link/evil", archive(ok, special("link", SYM, outside), file("link/evil")))
write("under-a-link-up", "link/evil", archive(ok, special("link", SYM, "../../../../canary"), file("link/evil")))
write("under-a-file", "fine/evil", archive(ok, file("fine/evil")))
write("hard-link-outside", "evil", archive(ok, special("evil", LNK, "../canary/file")))
write("hard-link-through-a-link", "evil", archive(ok, special("link", SYM, outside), special("evil", LNK, "link/file")))
write("hard-link-to-nothing", "evil", archive(ok, special("evil", LNK, "absent")))
write("hard-link-to-a-directory", "evil", archive(ok, special("d", DIR, mode=0o755), special("evil", LNK, "d")))
write("whiteout-of-dot", ".wh..", archive(ok, file("d/.wh..", b"")))
write("whiteout-of-dotdot", ".wh...", archive(ok, file("d/.wh...", b"")))
write("whiteout-of-nothing", ".wh.", archive(ok, file("d/.wh.", b"")))
write("long-name", "n" * 100, archive(ok, file("n" * 300)))
whole = archive(ok, file("evil", b"x" * 100_000))
write("cut-in-data", "evil", whole[:50_000])
write("cut-in-header", "", archive(ok)[:1024 + 256])
size = bytearray(archive(file("evil", b"", size=0), form=tarfile.USTAR_FORMAT))
size[124:136] = b"\x80" + b"\xff" * 11
size[148:156] = b" " * 8
size[148:156] = b"%06o\0 " % sum(size[:512])
write("size-of-minus-one", "header at byte 0", bytes(size))
size[124:136] = b"\x80\0\0\0\x7f" + b"\xff" * 7
size[148:156] = b" " * 8
size[148:156] = b"%06o\0 " % sum(size[:512])
write("huge-size", "evil", bytes(size))
damaged = bytearray(archive(ok, file("evil")))
damaged[1024 + 3] ^= 0xFF  # in the header of the second entry
write("wrong-checksum", "", bytes(damaged))
write("no-archive", "", b"not a tar at all " * 100)

(directory / "taken").mkdir()
write("taken/duplicates", "", archive(
    file("twice", b"first"), special("was", DIR, mode=0o755), file("was/in", b"in"), special("was", SYM, outside),
    special("link", SYM, outside + "/file"), file("link", b"no link any more"), file("twice", b"second")))
write("taken/whiteouts-with-targets", "", archive(
    ok, special(".wh.etc", SYM, outside), special(".wh.bin", LNK, "../canary/file"), special(".wh.opt", LNK, outside)))
