package org.stratafs.fuse.libfuse;

/**
 * How a {@link LibfuseSession} serves its mount.
 *
 * @param timeoutNanos how long the kernel may use names and absences without asking again.
 *     Attributes are asked for each time: to libfuse 2 two hard links are two files, and the kernel
 *     would not know that a change through one concerns the other
 * @param maxWrite the largest WRITE in bytes, 0 for libfuse's own limit of 128 KiB
 * @param debug let libfuse print every request to standard error
 */
public record LibfuseOptions(long timeoutNanos, int maxWrite, boolean debug) {}
