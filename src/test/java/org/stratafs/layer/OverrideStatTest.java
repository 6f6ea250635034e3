package org.stratafs.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;
import org.stratafs.sys.DeviceNumbers;

class OverrideStatTest {
  private static OverrideStat parse(String value) {
    return OverrideStat.parse(value.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static Stat shownOver(int inodeMode, String value) {
    Stat stat = new Stat();
    stat.mode = inodeMode;
    parse(value).applyTo(stat);
    return stat;
  }

  @ParameterizedTest
  @CsvSource({
    "0:0:0755, 0, 0, 100755",
    "1000:100:4755:file, 1000, 100, 104755",
    "123:456:104750, 123, 456, 104750",
    "1:2:0644:pipe, 1, 2, 010644",
    "1:2:0644:socket, 1, 2, 140644",
    "1:2:010644, 1, 2, 010644",
    "1:2:0644:dir, 1, 2, 100644",
    "1:2:0644:symlink, 1, 2, 100644",
    "4294967294:65534:01777, -2, 65534, 101777",
  })
  void aRegularFileShowsWhatTheValueSays(String value, int uid, int gid, String mode) {
    Stat stat = shownOver(Mode.S_IFREG | 0600, value);
    assertEquals(uid, stat.uid);
    assertEquals(gid, stat.gid);
    assertEquals(Integer.parseInt(mode, 8), stat.mode);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0:6:0660:block-8-17", "0:6:0660:block8:17", "0:6:0660:block-8-17-later"})
  void aBlockDeviceIsReadInEveryFormOfItsNumber(String value) {
    Stat stat = shownOver(Mode.S_IFREG, value);
    assertEquals(Mode.S_IFBLK | 0660, stat.mode);
    assertEquals(DeviceNumbers.make(8, 17), stat.rdev);
  }

  @Test
  void aDirectoryStaysOneWhateverTheValueSays() {
    assertEquals(Mode.S_IFDIR | 0711, shownOver(Mode.S_IFDIR | 0700, "0:0:0711:char-1-3").mode);
  }

  @ParameterizedTest
  @CsvSource({
    "0:0:0755:dir",
    "1000:100:4755:file",
    "1:2:0644:pipe",
    "1:2:0644:socket",
    "1:2:0777:symlink",
    "0:6:0660:block-8-17",
    "0:0:0666:char-1-3",
    "4294967294:0:0000:file",
  })
  void whatIsWrittenIsTheFormWithDashes(String value) {
    assertEquals(value, new String(parse(value).format(), StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "0:0",
        "0:0:",
        "0:0:9",
        "a:0:755",
        "-1:0:755",
        "0:0:755:what",
        "0:0:755:char",
        "0:0:755:char-1",
        "0:0:755:char--3",
        "4294967296:0:755",
        "0:0:7777777",
        "0:0:755x"
      })
  void whatIsNoValueIsEinval(String value) {
    assertEquals(Errno.EINVAL, assertThrows(FsException.class, () -> parse(value)).errno(), value);
  }

  @Test
  void anyBytesAreAValueOrEinval() {
    Random random = new Random(7);
    byte[] valid = "1000:100:4755:char-1-3".getBytes(StandardCharsets.ISO_8859_1);
    int values = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] value = Arrays.copyOf(valid, 1 + random.nextInt(valid.length));
      for (int changes = random.nextInt(3); changes > 0; changes--) {
        value[random.nextInt(value.length)] = (byte) random.nextInt(256);
      }
      try {
        OverrideStat stat = OverrideStat.parse(value);
        OverrideStat again = OverrideStat.parse(stat.format());
        assertEquals(stat, again);
        values++;
      } catch (FsException e) {
        assertEquals(Errno.EINVAL, e.errno());
      }
    }
    assertTrue(values > 100, values + " were values");
  }
}
