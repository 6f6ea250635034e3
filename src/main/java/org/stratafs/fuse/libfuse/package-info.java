/**
 * The transport {@code -o transport=libfuse}: the same core under libfuse 2, whose callbacks come
 * through jnr-fuse with paths.
 *
 * <p>It holds no state of the file system but {@link org.stratafs.fs.FileSystem}: a path is walked
 * as a chain of lookups, each given back as soon as the callback is done. What it keeps are the
 * open files, since libfuse hands back a number and no more, and with them the lookups of their
 * nodes.
 *
 * <p>The connection is mounted by the caller, and the requests are read here, by threads of the
 * JVM, and handed to {@code fuse_session_process}. So no thread of libfuse ever enters the JVM:
 * jffi would attach and detach such a thread for each callback, and each time all that this process
 * keeps for a thread (native scratch memory) would be made anew.
 *
 * <p>Nothing here is loaded for the default transport.
 */
package org.stratafs.fuse.libfuse;
