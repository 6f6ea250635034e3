package org.stratafs.fuse.libfuse;

/** What the number in {@code fuse_file_info.fh} stands for: a handle of a node. Immutable. */
final class OpenFile {
  final OpenNode node;
  final long handle;

  OpenFile(OpenNode node, long handle) {
    this.node = node;
    this.handle = handle;
  }
}
