package org.stratafs.strata;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.stratafs.image.Image;
import org.stratafs.image.ImageException;
import org.stratafs.image.ImageReference;
import org.stratafs.image.Importer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "import",
    description = "Makes images of an archive: docker save, OCI layout, or a root file system.")
final class ImportCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;
  @Mixin private LimitOptions limits;

  @Parameters(
      index = "0",
      paramLabel = "SOURCE",
      description = "A tar, compressed or not, an OCI layout directory, or - for standard input.")
  private String source;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "NAME[:TAG]",
      description = "What to call it. Default: as the archive does.")
  private String name;

  @Option(
      names = "--format",
      paramLabel = "auto|docker|oci|rootfs",
      description = "What SOURCE is. Default: auto, told by its first entry.")
  private String format = "auto";

  @Override
  public Integer call() throws IOException {
    ImageReference reference = name == null ? null : ImageReference.parse(name);
    Importer.Format kind = Choice.of(Importer.Format.class, "--format", format);
    try (Work work = Work.shared(strata.store)) {
      Importer importer = new Importer(work.store, limits.limits());
      List<Image> images;
      if (source.equals("-")) {
        images = importer.importStream(System.in, kind, reference, "standard input");
      } else {
        Path path = Path.of(source);
        images =
            Files.isDirectory(path)
                ? importer.importDirectory(path, reference)
                : importFile(importer, path, kind, reference);
      }
      for (Image image : images) {
        Console.INSTANCE.line(image.display() + " " + image.id());
      }
    }
    return Strata.OK;
  }

  private static List<Image> importFile(
      Importer importer, Path path, Importer.Format kind, ImageReference reference)
      throws IOException {
    String shown = path.getFileName().toString();
    try (InputStream in = Files.newInputStream(path)) {
      if (!Terminal.isStandardErrorOne()) {
        return importer.importStream(in, kind, reference, shown);
      }
      ProgressBarBuilder bar =
          new ProgressBarBuilder()
              .setTaskName(shown)
              .setInitialMax(Files.size(path))
              .setUnit("MB", 1_000_000)
              .setStyle(ProgressBarStyle.ASCII);
      try (InputStream watched = ProgressBar.wrap(in, bar)) {
        return importer.importStream(watched, kind, reference, shown);
      }
    } catch (NoSuchFileException e) {
      throw new ImageException("there is no file '" + path + "'", e);
    }
  }
}
