package org.stratafs.image;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * For which machines an image is (OCI image-spec, image-index.md).
 *
 * @param architecture as GOARCH names it: amd64, arm64
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Platform(String architecture, String os, String variant) {
  /** The machine we run on. */
  static Platform here() {
    String arch = System.getProperty("os.arch", "");
    return new Platform(
        switch (arch) {
          case "x86_64", "amd64" -> "amd64";
          case "aarch64" -> "arm64";
          default -> arch;
        },
        "linux",
        null);
  }

  boolean matches(Platform other) {
    return architecture.equals(other.architecture) && os.equals(other.os);
  }
}
