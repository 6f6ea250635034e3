/**
 * The seam: the operations of a mounted file system, nodeid based. Transports and in-process tests
 * call it.
 */
package org.stratafs.fs;
