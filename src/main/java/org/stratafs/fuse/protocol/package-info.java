/**
 * The FUSE kernel protocol, 7.31 to 7.45: request bytes in, one {@link org.stratafs.fs.FileSystem}
 * call, reply bytes out.
 *
 * <p>No I/O and no native call happens here, so that any bytes can be thrown at {@link
 * org.stratafs.fuse.protocol.Dispatcher}. Struct, field and flag names are those of
 * include/uapi/linux/fuse.h.
 */
package org.stratafs.fuse.protocol;
