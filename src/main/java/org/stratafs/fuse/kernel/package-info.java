/**
 * The transport that speaks to /dev/fuse itself: the connection, its workers and the session that
 * holds them.
 *
 * <p>A worker owns its descriptor and its memory; nothing is shared between workers on the way of a
 * request but two counters in {@link org.stratafs.fuse.kernel.WorkerPool}. No lock is held while a
 * worker reads, serves or replies.
 */
package org.stratafs.fuse.kernel;
