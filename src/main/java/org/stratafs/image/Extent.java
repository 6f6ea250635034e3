package org.stratafs.image;

/** A part of a file that has content; what no part covers is a hole. In bytes. */
record Extent(long offset, long length) {
  long end() {
    return offset + length;
  }
}
