package org.stratafs.image;

import java.io.IOException;

/** The files of an image archive, by their paths in it. */
interface ArchiveFiles {
  /** The file, staged as a blob; null if the archive has none of that path. */
  StagedBlob get(String path) throws IOException;
}
