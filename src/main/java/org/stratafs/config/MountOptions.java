package org.stratafs.config;

import org.stratafs.layer.MetacopyPolicy;
import org.stratafs.layer.RedirectPolicy;
import org.stratafs.layer.StackSpec;

/**
 * Everything {@code -o} says about one mount, with the defaults filled in.
 *
 * @param layers the directories of the stack
 * @param kernel the options of the mount itself
 * @param timeoutNanos how long the kernel may believe names and attributes, in nanoseconds; 0 = not
 *     at all
 * @param acl whether POSIX ACLs are offered
 * @param fsync whether fsync(2) makes anything durable; false with volatile
 * @param writeback whether the kernel collects small writes; late errors then show at close
 * @param passthrough which files the kernel may read and write by itself
 * @param staticNlink st_nlink of directories is 1
 * @param ino32 st_ino is cut to 32 bits
 * @param redirects what is done with redirects of renamed directories
 * @param index names of a lower hard link stay one file over its copy-up
 * @param metacopy what is done with files whose data is in another layer than they are
 * @param layerXattrs programs may ask any path which layer it comes from
 * @param transport what carries the requests
 * @param debug each request and its reply is a line of the log
 * @param logFile where the log goes once the mount answers; null: not said
 */
public record MountOptions(
    StackSpec layers,
    KernelMount kernel,
    long timeoutNanos,
    boolean acl,
    boolean fsync,
    boolean writeback,
    Passthrough passthrough,
    boolean staticNlink,
    boolean ino32,
    RedirectPolicy redirects,
    boolean index,
    MetacopyPolicy metacopy,
    boolean layerXattrs,
    Transport transport,
    boolean debug,
    String logFile) {}
