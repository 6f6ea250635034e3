package org.stratafs.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** An image archive that is a directory: files are read when they are asked for. */
final class DirectoryFiles implements ArchiveFiles {
  private final Path root;
  private final ImportSession session;
  private final Map<String, StagedBlob> staged = new HashMap<>();

  DirectoryFiles(Path root, ImportSession session) {
    this.root = root;
    this.session = session;
  }

  @Override
  public StagedBlob get(String path) throws IOException {
    StagedBlob blob = staged.get(path);
    if (blob != null) {
      return blob;
    }
    try (InputStream in = Files.newInputStream(root.resolve(path))) {
      blob = session.stage(in);
    } catch (NoSuchFileException e) {
      return null;
    }
    staged.put(path, blob);
    return blob;
  }
}
