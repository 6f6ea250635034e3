"""Puts a layer on the image of an OCI layout that holds what builders seldom write: odd_layer.py LAYOUT.

ACLs, times in nanoseconds, names and link targets that are no UTF-8, xattrs of any bytes, a path of over 255 characters,
an owner beyond 2^21, all in pax records; made by Python, independent of the tools that are compared.
"""
import hashlib
import io
import json
import os
import struct
import sys
import tarfile

ALL, READ_WRITE, READ, NONE = 7, 6, 4, 0
USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHER = 1, 2, 4, 8, 16, 32
UNDEFINED = 0xFFFFFFFF


def acl(*entries):
    """The value of system.posix_acl_access (linux/posix_acl_xattr.h)."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


ACCESS = acl(
    (USER_OBJ, READ_WRITE, UNDEFINED), (USER, READ, 1234), (GROUP_OBJ, READ, UNDEFINED), (GROUP, ALL, 3000003), (MASK, ALL, UNDEFINED), (OTHER, NONE, UNDEFINED))
DEFAULT = acl((USER_OBJ, ALL, UNDEFINED), (USER, ALL, 99), (GROUP_OBJ, READ, UNDEFINED), (MASK, ALL, UNDEFINED), (OTHER, READ, UNDEFINED))


def record(key, value):
    """A pax record: its length, which counts itself, a space, key=value and a newline."""
    body = b" " + key + b"=" + value + b"\n"
    length = len(body) + len(str(len(body)))
    length = len(body) + len(str(length))
    return str(length).encode() + body


def header(name, size, kind, mode, mtime, linkname=b""):
    info = tarfile.TarInfo("placeholder")
    info.size, info.type, info.mode, info.mtime = size, kind, mode, mtime
    block = bytearray(info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict"))
    block[0:100] = name[:100].ljust(100, b"\0")
    block[157:257] = linkname[:100].ljust(100, b"\0")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])
    return bytes(block[:512])


def padded(data):
    return data + b"\0" * (-len(data) % 512)


def entry(name, data=b"", kind=tarfile.REGTYPE, mode=0o644, linkname=b"", **records):
    pax = {b"path": name, b"mtime": b"1234567890.123456789"}
    if linkname:
        pax[b"linkpath"] = linkname
    pax |= {key.replace("__", ".").encode(): value for key, value in records.items()}
    text = b"".join(record(key, value) for key, value in pax.items())
    return (header(b"PaxHeaders/x", len(text), tarfile.XHDTYPE, 0o644, 0) + padded(text)
            + header(name, len(data), kind, mode, 1234567890, linkname) + padded(data))


def layer():
    out = io.BytesIO()
    out.write(entry(b"odd", kind=tarfile.DIRTYPE, mode=0o755, SCHILY__xattr__system__posix_acl_default=DEFAULT))
    out.write(entry(b"odd/acl", b"acl", mode=0o670, SCHILY__xattr__system__posix_acl_access=ACCESS))
    out.write(entry(b"odd/caf\xe9", b"latin"))
    out.write(entry(b"odd/link", kind=tarfile.SYMTYPE, linkname=b"caf\xe9"))
    out.write(entry(b"odd/xattr", b"x", SCHILY__xattr__user__bytes=bytes(range(256))))
    path = b"odd/long"
    for _ in range(4):  # each with an entry: what a directory without one gets is not said anywhere
        out.write(entry(path, kind=tarfile.DIRTYPE, mode=0o755))
        path += b"/" + b"d" * 100
    out.write(entry(path, b"long"))
    out.write(entry(b"odd/owner", b"o", uid=b"4000000000", gid=b"3000000"))
    return out.getvalue() + b"\0" * 1024


def main(layout):
    def put(data):
        digest = hashlib.sha256(data).hexdigest()
        with open(f"{layout}/blobs/sha256/{digest}", "wb") as blob:
            blob.write(data)
        return {"digest": f"sha256:{digest}", "size": len(data)}

    def get(descriptor):
        with open(os.path.join(layout, "blobs", descriptor["digest"].replace(":", "/")), encoding="utf-8") as blob:
            return json.load(blob)

    with open(f"{layout}/index.json", encoding="utf-8") as file:
        index = json.load(file)
    manifest = get(index["manifests"][0])
    config = get(manifest["config"])
    descriptor = put(layer())
    manifest["layers"].append(descriptor | {"mediaType": "application/vnd.oci.image.layer.v1.tar"})
    config["rootfs"]["diff_ids"].append(descriptor["digest"])
    config.setdefault("history", []).append({"created": "2020-01-01T00:00:00Z", "created_by": "odd"})
    manifest["config"] |= put(json.dumps(config).encode())
    index["manifests"][0] |= put(json.dumps(manifest).encode())
    with open(f"{layout}/index.json", "w", encoding="utf-8") as file:
        json.dump(index, file)


main(sys.argv[1])
