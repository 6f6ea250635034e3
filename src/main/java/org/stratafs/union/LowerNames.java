package org.stratafs.union;

import java.util.Arrays;
import org.stratafs.layer.LowerDir;
import org.stratafs.layer.Marks;
import org.stratafs.posix.DirectoryVisitor;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;

/**
 * All names in the lowers of one directory, read once: in which lowers each is, and which lowers
 * hide it from those below. Lowers do not change, so this stays true for as long as it is kept; a
 * lookup then asks only the layer that has the name, and a miss asks none.
 *
 * <p>Immutable once read. About 90 bytes a name.
 */
final class LowerNames {
  private static final int DT_CHR = 2;
  private static final int DT_REG = 8;

  /** The entry is there, as a file or directory. */
  private static final int PRESENT = 0;

  /** The entry itself is a whiteout. */
  private static final int WHITEOUT = 1;

  /** A mark {@code .wh.NAME} hides the name from the lowers below this one. */
  private static final int MARK = 2;

  private static final int KIND_BITS = 2;
  private static final int KIND_MASK = (1 << KIND_BITS) - 1;
  private static final int EMPTY = -1;

  private String[] names = new String[16];

  /** d_ino of the topmost entry, as the layer has it. */
  private long[] inos = new long[16];

  /** d_type of the topmost entry. */
  private byte[] types = new byte[16];

  /** The only lower that has the name; or, complemented, an index into {@link #events}. */
  private int[] places = new int[16];

  private int size;

  /** For names met more than once or hidden: lower and kind of each meeting, topmost first. */
  private int[][] events = new int[4][];

  private int eventLists;

  /** Open addressing: indexes into {@link #names}, or EMPTY. */
  private int[] table = newTable(32);

  /** Whether every entry could be looked at; if not, this must not be kept. */
  private boolean complete = true;

  private LowerNames() {}

  /**
   * Reads all lowers of a directory: three system calls for opening, reading and closing each, one
   * more for each 64 KiB of entries, for each character device, and for the bottom's xattrs.
   *
   * @throws FsException what reading one of them says
   */
  static LowerNames read(Core core, DirectoryNode node) {
    LowerNames all = new LowerNames();
    for (int i = 0; i < node.lowers.length; i++) {
      try (LowerDir directory = core.directories.lower(node, i)) {
        all.readLower(directory, i, node.lowers[i].hasXattrWhiteouts(directory));
      }
    }
    return all;
  }

  private void readLower(LowerDir directory, int lower, boolean xattrWhiteouts) {
    Stat stat = new Stat();
    directory.list(
        new DirectoryVisitor() {
          @Override
          public void entry(String name, long ino, int type) {
            if (Marks.isMarkName(name) && !Marks.isLiteral(directory, name)) {
              add(name.substring(Marks.PREFIX.length()), lower, MARK, 0, 0);
              return;
            }
            addEntry(directory, lower, name, ino, type, xattrWhiteouts, stat);
          }
        });
  }

  private void addEntry(
      LowerDir directory,
      int lower,
      String name,
      long ino,
      int listedType,
      boolean xattrWhiteouts,
      Stat stat) {
    int type = listedType;
    int kind = PRESENT;
    boolean mayBeWhiteout =
        type == DT_CHR || type == Mode.DT_UNKNOWN || (type == DT_REG && xattrWhiteouts);
    if (mayBeWhiteout) {
      try {
        if (!directory.stat(name, stat)) {
          return; // gone since it was read
        }
        type = Mode.toDirentType(stat.mode);
        Marks.Opacity opacity = xattrWhiteouts ? Marks.Opacity.XATTR_WHITEOUTS : Marks.Opacity.NONE;
        if (Marks.isWhiteout(directory, name, stat, opacity)) {
          kind = WHITEOUT;
        }
      } catch (FsException e) {
        type = listedType; // it spoils itself only, and its own lookup will say why
        complete = false;
      }
    }
    add(name, lower, kind, ino, type);
  }

  private void add(String name, int lower, int kind, long ino, int type) {
    int event = lower << KIND_BITS | kind;
    int i = find(name);
    if (i >= 0) {
      if (places[i] >= 0) {
        places[i] = ~newEvents(places[i] << KIND_BITS | PRESENT, event);
      } else {
        int list = ~places[i];
        int[] longer = Arrays.copyOf(events[list], events[list].length + 1);
        longer[longer.length - 1] = event;
        events[list] = longer;
        // A mark may be listed before the entry beside it, which shows all the same.
        if (kind == PRESENT && shownIn(i) == lower) {
          inos[i] = ino;
          types[i] = (byte) type;
        }
      }
      return;
    }
    if (size == names.length) {
      grow();
    }
    names[size] = name;
    inos[size] = ino;
    types[size] = (byte) type;
    places[size] = kind == PRESENT ? lower : ~newEvents(event);
    insert(size++);
  }

  private int newEvents(int... first) {
    if (eventLists == events.length) {
      events = Arrays.copyOf(events, eventLists * 2);
    }
    events[eventLists] = first;
    return eventLists++;
  }

  private void grow() {
    int length = size * 2;
    names = Arrays.copyOf(names, length);
    inos = Arrays.copyOf(inos, length);
    types = Arrays.copyOf(types, length);
    places = Arrays.copyOf(places, length);
    table = newTable(length * 2);
    for (int i = 0; i < size; i++) {
      insert(i);
    }
  }

  private static int[] newTable(int length) {
    int[] table = new int[length];
    Arrays.fill(table, EMPTY);
    return table;
  }

  private void insert(int i) {
    int at = slot(names[i]);
    while (table[at] != EMPTY) {
      at = at + 1 & table.length - 1;
    }
    table[at] = i;
  }

  private int slot(String name) {
    int hash = name.hashCode();
    return (hash ^ hash >>> 16) & table.length - 1;
  }

  /** Whether it holds for longer than the request it was read for. */
  boolean isComplete() {
    return complete;
  }

  /** How many names there are, hidden ones included. */
  int size() {
    return size;
  }

  /** The index of a name, -1 if no lower has it or marks it. */
  int find(String name) {
    int at = slot(name);
    while (table[at] != EMPTY) {
      if (names[table[at]].equals(name)) {
        return table[at];
      }
      at = at + 1 & table.length - 1;
    }
    return -1;
  }

  /** Whether the lower has an entry of the name that is no whiteout. */
  boolean isPresent(int i, int lower) {
    return i >= 0 && (places[i] >= 0 ? places[i] == lower : has(i, lower << KIND_BITS | PRESENT));
  }

  /** Whether the lower hides the name from the lowers below it. */
  boolean hides(int i, int lower) {
    return i >= 0
        && places[i] < 0
        && (has(i, lower << KIND_BITS | WHITEOUT) || has(i, lower << KIND_BITS | MARK));
  }

  /** Whether any lower from {@code lower} on has an entry of the name. */
  boolean isPresentFrom(int i, int lower) {
    if (i < 0 || places[i] >= 0) {
      return i >= 0 && places[i] >= lower;
    }
    for (int event : events[~places[i]]) {
      if ((event & KIND_MASK) == PRESENT && event >> KIND_BITS >= lower) {
        return true;
      }
    }
    return false;
  }

  private boolean has(int i, int wanted) {
    for (int event : events[~places[i]]) {
      if (event == wanted) {
        return true;
      }
    }
    return false;
  }

  /** The topmost lower that shows the name, -1 if it is hidden. */
  int shownIn(int i) {
    if (places[i] >= 0) {
      return places[i];
    }
    int topmost = events[~places[i]][0] >> KIND_BITS;
    return isPresent(i, topmost) ? topmost : -1;
  }

  String name(int i) {
    return names[i];
  }

  /** d_ino of the entry that shows, as its layer has it. */
  long ino(int i) {
    return inos[i];
  }

  /** d_type of the entry that shows. */
  int type(int i) {
    return types[i];
  }
}
