package com.kenai.jffi.internal;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Loads the native half of jffi 1.4.3, in place of the class of this name that jffi brings: {@code
 * com.kenai.jffi.Init} looks for it by name, through the class loader, and calls the two public
 * methods. That class starts java.util.logging before it loads anything, which is a quarter of the
 * time of a mount; this one reads the file that {@code scripts/lib/run-dir.sh} has laid out.
 *
 * <p>It has to come first on the class path. {@code StubLoaderTest} says so if jffi changes what it
 * needs.
 */
public final class StubLoader {
  /** The directory that has the library, as jffi names the property. */
  static final String DIRECTORY_PROPERTY = "jffi.boot.library.path";

  private static final String LIBRARY = "libjffi-1.2.so";

  /** Why it could not be loaded, or null. */
  private static final String FAILURE = load(System.getProperty(DIRECTORY_PROPERTY));

  private StubLoader() {}

  /** Whether the library is loaded. Called by {@code com.kenai.jffi.Init.load} by reflection. */
  public static boolean isLoaded() {
    return FAILURE == null;
  }

  /** Why it is not, or null. Called by {@code com.kenai.jffi.Init.load} by reflection. */
  public static Throwable getFailureCause() {
    return FAILURE == null ? null : new UnsatisfiedLinkError(FAILURE);
  }

  private static String load(String directory) {
    try {
      if (directory != null) {
        System.load(directory + "/" + LIBRARY);
      } else {
        loadFromJar();
      }
      return null;
    } catch (IOException | UnsatisfiedLinkError e) {
      return e.toString();
    }
  }

  /** For a JVM that was started without the property, as those of the tests are. */
  private static void loadFromJar() throws IOException {
    String arch = System.getProperty("os.arch");
    String resource = "/jni/" + (arch.equals("amd64") ? "x86_64" : arch) + "-Linux/" + LIBRARY;
    try (InputStream library = StubLoader.class.getResourceAsStream(resource)) {
      if (library == null) {
        throw new FileNotFoundException(resource + " is in no jar of the class path");
      }
      Path copy = Files.createTempFile("jffi", ".so");
      try {
        Files.copy(library, copy, StandardCopyOption.REPLACE_EXISTING);
        System.load(copy.toString());
      } finally {
        Files.delete(copy);
      }
    }
  }
}
