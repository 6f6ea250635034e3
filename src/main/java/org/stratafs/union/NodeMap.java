package org.stratafs.union;

/**
 * A map from nodeid to node by open addressing: 5 to 10 bytes a node, where a HashMap of boxed keys
 * needs over 50. Not safe for threads.
 */
final class NodeMap {
  private static final int INITIAL = 256; // a power of two

  private Node[] slots = new Node[INITIAL];
  private int size;

  Node get(long nodeid) {
    int mask = slots.length - 1;
    for (int i = home(nodeid, mask); slots[i] != null; i = (i + 1) & mask) {
      if (slots[i].nodeid == nodeid) {
        return slots[i];
      }
    }
    return null;
  }

  /** Adds a node whose nodeid is not in the map. */
  void put(Node node) {
    if ((size + 1) * 4 > slots.length * 3) {
      resize(slots.length * 2);
    }
    insert(node);
    size++;
  }

  void remove(long nodeid) {
    int mask = slots.length - 1;
    int hole = home(nodeid, mask);
    while (slots[hole] != null && slots[hole].nodeid != nodeid) {
      hole = (hole + 1) & mask;
    }
    if (slots[hole] == null) {
      return;
    }
    size--;
    // Close the gap: move back each follower whose home does not lie between the hole and itself
    // (Knuth 6.4, algorithm R).
    for (int i = (hole + 1) & mask; slots[i] != null; i = (i + 1) & mask) {
      int home = home(slots[i].nodeid, mask);
      if (((i - home) & mask) >= ((i - hole) & mask)) {
        slots[hole] = slots[i];
        hole = i;
      }
    }
    slots[hole] = null;
    if (slots.length > INITIAL && size * 8 < slots.length) {
      resize(slots.length / 2);
    }
  }

  int size() {
    return size;
  }

  void clear() {
    slots = new Node[INITIAL];
    size = 0;
  }

  void unpinAll() {
    for (Node node : slots) {
      if (node != null) {
        node.unpin();
      }
    }
  }

  private void resize(int length) {
    Node[] old = slots;
    slots = new Node[length];
    for (Node node : old) {
      if (node != null) {
        insert(node);
      }
    }
  }

  private void insert(Node node) {
    int mask = slots.length - 1;
    int i = home(node.nodeid, mask);
    while (slots[i] != null) {
      i = (i + 1) & mask;
    }
    slots[i] = node;
  }

  private static int home(long nodeid, int mask) {
    // nodeids are handed out in sequence: spread them, so that a run of survivors does not become a
    // run of full slots
    return (int) ((nodeid * 0x9E3779B97F4A7C15L) >>> 32) & mask;
  }
}
