package org.stratafs.union;

/** One name of a node. */
record Link(DirectoryNode parent, String name) {
  // Identity of the parent, not equality: directories have none.
  @Override
  public boolean equals(Object other) {
    return other instanceof Link link && link.parent == parent && link.name.equals(name);
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(parent) * 31 + name.hashCode();
  }
}
