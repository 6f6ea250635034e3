package org.stratafs.strata;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import org.stratafs.image.Exporter;
import org.stratafs.image.Image;
import org.stratafs.image.ImageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(name = "export", description = "Writes an image as a tar.")
final class ExportCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;
  @Mixin private LimitOptions limits;

  @Parameters(paramLabel = "IMAGE")
  private String image;

  @Option(
      names = "--format",
      paramLabel = "oci|docker|rootfs",
      description =
          "An OCI image layout, what docker load takes, or the merged root file system. Default:"
              + " oci.")
  private String format = "oci";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where to. Default: -, standard output.")
  private String output = "-";

  @Override
  public Integer call() throws IOException {
    Exporter.Format kind = Choice.of(Exporter.Format.class, "--format", format);
    try (Work work = Work.shared(strata.store)) {
      Image found = work.store.find(image);
      work.store.unpack(found, limits.limits());
      Exporter exporter = new Exporter(work.store, work.sys, Console.INSTANCE);
      if (output.equals("-")) {
        if (Terminal.isStandardOutputOne()) {
          throw new ImageException("a tar is nothing for a terminal: give -o FILE, or redirect it");
        }
        exporter.export(found, kind, new FileOutputStream(FileDescriptor.out));
      } else {
        toFile(exporter, found, kind);
      }
    }
    return Strata.OK;
  }

  /** Under another name until it is whole. */
  private void toFile(Exporter exporter, Image found, Exporter.Format kind) throws IOException {
    Path target = Path.of(output).toAbsolutePath();
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      try (OutputStream out = Files.newOutputStream(target)) {
        exporter.export(found, kind, out); // a pipe or a device
      }
      return;
    }
    Path staged = target.resolveSibling("." + target.getFileName() + ".strata-part");
    try {
      try (OutputStream out = Files.newOutputStream(staged)) {
        exporter.export(found, kind, out);
      }
      Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(staged);
    }
  }
}
