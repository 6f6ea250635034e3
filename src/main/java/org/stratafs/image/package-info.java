/**
 * Layers and images: the store, archives read and written, changes of an upper.
 *
 * <p>The store is an OCI image layout (image-spec, image-layout.md) with each layer unpacked beside
 * it, as a directory that a mount takes as a lower. Names and paths within layers are bytes in
 * Latin-1 Strings ({@link org.stratafs.posix.Names}); trees are written and read through directory
 * descriptors of package layer only, so that nothing an archive says leads out of its own tree.
 */
package org.stratafs.image;
