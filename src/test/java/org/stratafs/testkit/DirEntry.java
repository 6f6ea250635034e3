package org.stratafs.testkit;

/**
 * What readdir(3) tells of one name.
 *
 * @param ino d_ino
 * @param type d_type
 */
public record DirEntry(String name, long ino, int type) {}
