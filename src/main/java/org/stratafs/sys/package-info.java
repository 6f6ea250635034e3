/**
 * The border to the kernel: every native call, the descriptors and the native memory. Imports posix
 * only.
 */
package org.stratafs.sys;
