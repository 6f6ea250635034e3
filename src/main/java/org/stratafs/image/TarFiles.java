package org.stratafs.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import org.stratafs.posix.Names;

/**
 * An image archive that is a tar, read once from beginning to end: what leads to what comes last,
 * so everything is staged, and what may be a layer begins to be unpacked while the rest is read.
 */
final class TarFiles implements ArchiveFiles {
  /** docker save of old wrote a layer that two images share as a link. */
  private static final int MAX_LINKS = 16;

  private final Map<String, StagedBlob> files = new HashMap<>();
  private final Map<String, String> links = new HashMap<>();

  /** Reads all of it. */
  TarFiles(InputStream in, ImportSession session) throws IOException {
    try (ReadAhead ahead = new ReadAhead(in)) {
      TarReader tar = new TarReader(ahead);
      for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
        try {
          add(entry, tar, session);
        } catch (ImageException e) {
          throw new ImageException(
              "entry '" + Names.display(entry.name()) + "' " + e.getMessage(), e);
        }
      }
      if (!tar.hasEndMark()) {
        throw new ImageException("the archive has no end mark: it is truncated");
      }
    }
  }

  private void add(TarEntry entry, TarReader tar, ImportSession session) throws IOException {
    EntryPath path = EntryPath.parse(entry.name());
    switch (entry.kind()) {
      case FILE -> {
        StagedBlob blob = session.stage(new EntryInput(tar));
        files.put(path.path(), blob);
        session.unpackEarly(blob);
      }
      case SYMLINK -> links.put(path.path(), resolved(path.parent(), entry.link()));
      case HARD_LINK -> links.put(path.path(), EntryPath.parse(entry.link()).path());
      case DIRECTORY -> {}
      default -> throw new ImageException("is of a kind that no image archive has");
    }
  }

  /** A link's target as a path in the archive, whatever it leads to: it is only looked up. */
  private static String resolved(String parent, String target) {
    String base = parent;
    String rest = target;
    while (rest.startsWith("../")) {
      int slash = base.lastIndexOf('/');
      base = slash < 0 ? "" : base.substring(0, slash);
      rest = rest.substring(3);
    }
    return Names.join(base, rest);
  }

  @Override
  public StagedBlob get(String path) {
    String at = path;
    for (int i = 0; i < MAX_LINKS && links.containsKey(at); i++) {
      at = links.get(at);
    }
    return files.get(at);
  }

  /** The content of the entry that a reader gave last. */
  private static final class EntryInput extends BulkInput {
    private final TarReader tar;

    EntryInput(TarReader tar) {
      this.tar = tar;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      return tar.read(into, from, length);
    }
  }
}
