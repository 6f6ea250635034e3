"""Puts layers on the image of an OCI layout: layers.py LAYOUT COUNT.

Layer i adds /data/n<i>, replaces /data/last, and deletes /data/n<i - 1> where i is a multiple of 10.
"""
import hashlib
import io
import json
import os
import sys
import tarfile


def layer(number):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        names = {f"data/n{number}": number, "data/last": number}
        if number % 10 == 0:
            names[f"data/.wh.n{number - 1}"] = ""
        for name, content in names.items():
            entry = tarfile.TarInfo(name)
            data = str(content).encode()
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def main(layout, count):
    def put(data):
        digest = hashlib.sha256(data).hexdigest()
        with open(f"{layout}/blobs/sha256/{digest}", "wb") as blob:
            blob.write(data)
        return {"digest": f"sha256:{digest}", "size": len(data)}

    def get(descriptor):
        with open(os.path.join(layout, "blobs", descriptor["digest"].replace(":", "/"))) as blob:
            return json.load(blob)

    with open(f"{layout}/index.json") as file:
        index = json.load(file)
    manifest = get(index["manifests"][0])
    config = get(manifest["config"])
    for number in range(1, count + 1):
        descriptor = put(layer(number))
        manifest["layers"].append(descriptor | {"mediaType": "application/vnd.oci.image.layer.v1.tar"})
        config["rootfs"]["diff_ids"].append(descriptor["digest"])
        config.setdefault("history", []).append({"created_by": f"layer {number}"})
    manifest["config"] |= put(json.dumps(config).encode())
    index["manifests"][0] |= put(json.dumps(manifest).encode())
    with open(f"{layout}/index.json", "w") as file:
        json.dump(index, file)


main(sys.argv[1], int(sys.argv[2]))
