package org.stratafs.union;

/**
 * The children of a directory by name, by open addressing: 11 to 22 bytes a child, where a HashMap
 * needs some 38 and a million nodes are not unusual. Guarded by NodeTable.
 */
final class Children {
  private static final int INITIAL = 4; // a power of two

  private String[] names = new String[INITIAL];
  private Node[] nodes = new Node[INITIAL];
  private int size;

  Node get(String name) {
    return nodes[slot(name)];
  }

  void put(String name, Node node) {
    int slot = slot(name);
    if (names[slot] == null) {
      if ((size + 1) * 4 > names.length * 3) {
        resize(names.length * 2);
        slot = slot(name);
      }
      names[slot] = name;
      size++;
    }
    nodes[slot] = node;
  }

  /** Removes the name if it leads to this node; whether it did. */
  boolean remove(String name, Node node) {
    int hole = slot(name);
    if (names[hole] == null || nodes[hole] != node) {
      return false;
    }
    size--;
    int mask = names.length - 1;
    // Close the gap: move back each follower whose home does not lie between the hole and itself
    // (Knuth 6.4, algorithm R).
    for (int i = (hole + 1) & mask; names[i] != null; i = (i + 1) & mask) {
      int home = home(names[i], mask);
      if (((i - home) & mask) >= ((i - hole) & mask)) {
        names[hole] = names[i];
        nodes[hole] = nodes[i];
        hole = i;
      }
    }
    names[hole] = null;
    nodes[hole] = null;
    if (names.length > INITIAL && size * 8 < names.length) {
      resize(names.length / 2);
    }
    return true;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Where the name is, or else may be put. */
  private int slot(String name) {
    int mask = names.length - 1;
    int slot = home(name, mask);
    while (names[slot] != null && !names[slot].equals(name)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void resize(int capacity) {
    String[] oldNames = names;
    Node[] oldNodes = nodes;
    names = new String[capacity];
    nodes = new Node[capacity];
    for (int i = 0; i < oldNames.length; i++) {
      if (oldNames[i] != null) {
        int slot = slot(oldNames[i]);
        names[slot] = oldNames[i];
        nodes[slot] = oldNodes[i];
      }
    }
  }

  /** Spread, since names that differ in their last digits have hashes that follow each other. */
  private static int home(String name, int mask) {
    return (name.hashCode() * 0x9E3779B9) >>> 8 & mask;
  }
}
