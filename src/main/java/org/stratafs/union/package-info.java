/**
 * The union core: nodes, lookup, copy-up, creation, removal and rename over a stack of layers.
 *
 * <h2>Lock order, outermost first ({@link org.stratafs.union.RankedLock} checks it under -ea)</h2>
 *
 * <ol>
 *   <li>{@code FileHandle}: its monitor, for the switch of a handle from lower to upper
 *   <li>{@code Node.copyUpLock}: one node at a time, taken with no other lock held; the only lock
 *       held while data is copied
 *   <li>{@code renameLock} (in {@link org.stratafs.union.Locks}): exclusive for rename; shared for
 *       every other operation that uses a name or a parent
 *   <li>{@code DirectoryNode.dirLock}: parent before child; the names of one directory, on disk and
 *       in memory
 *   <li>{@code links} (in {@link org.stratafs.union.Locks}): the node of an inode with several
 *       names is made, or one of these names goes, or its copy takes its place
 *   <li>leaf locks, held for memory only: KnownNames, NodeTable, DirectoryCache, HandleTable
 * </ol>
 *
 * <p>copyUpLock is outermost, so that an unlink, which holds its directory's lock, never waits for
 * data to be copied: what an operation needs in upper is copied up before it takes any other lock,
 * and I3 makes sure that stays so.
 *
 * <h2>Invariants</h2>
 *
 * <p>I1 a lower layer is never written. I2 a node's file type never changes. I3 upper: unset, then
 * set once. I4 a name in upper is always complete. I5 an upper child has an upper parent. I6 a
 * whiteout is never visible and exists only over a lower name. I7 nlookup = entries replied -
 * forgets; a node leaves the table only at 0. I8 nodeids are not reused. I9 one reply a request.
 * I10 while passthrough opens of an inode exist they all use one backing file. I11 readdirplus
 * counts a lookup for each entry that fitted. I12 after a failed operation the visible tree is the
 * tree before it. I13 a read after a write returns what was written, through every descriptor
 * opened before or after the copy-up.
 */
package org.stratafs.union;
