package org.stratafs.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.config.CommandLine.Action;
import org.stratafs.config.KernelMount.Atime;
import org.stratafs.layer.IdMap;
import org.stratafs.layer.IdentitySpec;
import org.stratafs.layer.MetacopyPolicy;
import org.stratafs.layer.OverrideForm;
import org.stratafs.layer.RedirectPolicy;
import org.stratafs.layer.StackSpec;
import org.stratafs.layer.XattrNamespace;

class CommandLineTest {
  private static CommandLine parse(String... arguments) {
    return CommandLine.parse(List.of(arguments), true, false);
  }

  /** One mount of lower /l with these options. */
  private static CommandLine mount(String options) {
    return parse("-o", "lowerdir=/l," + options, "/m");
  }

  private static String refusal(String... arguments) {
    return assertThrows(OptionException.class, () -> parse(arguments)).getMessage();
  }

  private static String refusalOf(String options) {
    String line = refusal("-o", "lowerdir=/l," + options, "/m");
    assertFalse(line.contains("\n"), "one line: " + line);
    return line;
  }

  @Test
  void layersAreReadInOrder() {
    CommandLine line =
        parse("-o", "lowerdir=/a/../b:rel:l/X/../diff,upperdir=/u,workdir=/w", "/merged");
    assertEquals(List.of("/a/../b", "rel", "l/X/../diff"), line.options().layers().lowers());
    assertEquals("/u", line.options().layers().upper());
    assertEquals("/w", line.options().layers().work());
    assertEquals(XattrNamespace.AUTO, line.options().layers().xattrs());
    assertEquals("/merged", line.mountPoint());
    assertEquals(Action.MOUNT, line.action());
    assertFalse(line.foreground());
    assertEquals(List.of(), line.warnings());
  }

  @Test
  void whatContainersStorageWritesIsUnderstood() {
    CommandLine line =
        parse("-o", "lowerdir=l/A:l/B,upperdir=ID/diff,workdir=ID/work,,volatile,", "ID/merged");
    assertEquals(List.of("l/A", "l/B"), line.options().layers().lowers());
    assertFalse(line.options().fsync());
    assertEquals(List.of(), line.warnings());
  }

  @Test
  void theEnvironmentKeepsWhiteoutsFromBeingDevices() {
    List<String> arguments = List.of("-olowerdir=/l", "/m");
    assertTrue(CommandLine.parse(arguments, true, true).options().layers().noDeviceWhiteouts());
    assertFalse(CommandLine.parse(arguments, true, false).options().layers().noDeviceWhiteouts());
  }

  @Test
  void withoutAnUpperThereIsNone() {
    CommandLine line = mount("");
    assertNull(line.options().layers().upper());
    assertNull(line.options().layers().work());
  }

  @Test
  void workdirWithoutUpperdirIsSaidAndIgnored() {
    CommandLine line = mount("workdir=/w");
    assertNull(line.options().layers().work());
    assertEquals(1, line.warnings().size());
    assertTrue(line.warnings().get(0).contains("workdir ignored"));
  }

  @Test
  void upperdirWithoutWorkdirIsRefused() {
    assertTrue(refusalOf("upperdir=/u").contains("workdir"));
  }

  @Test
  void severalOptionArgumentsAddUpAndTheLastValueWins() {
    CommandLine line =
        parse(
            "-olowerdir=/a,ro",
            "-o",
            "lowerdir=/b",
            "-orw",
            "-o",
            "upperdir=/u",
            "-oworkdir=/w",
            "/m");
    assertEquals(List.of("/b"), line.options().layers().lowers());
    assertEquals("/u", line.options().layers().upper());
    assertFalse(line.options().kernel().readOnly());
  }

  @Test
  void theLastPositionalIsTheMountPointAndTheOneBeforeItTheSource() {
    CommandLine line = parse("none", "/m", "-o", "lowerdir=/l");
    assertEquals("/m", line.mountPoint());
    assertEquals("none", line.options().kernel().fsname());
    assertEquals("stratafs", parse("/m", "-o", "lowerdir=/l").options().kernel().fsname());
    assertEquals("stratafs", parse("", "/m", "-o", "lowerdir=/l").options().kernel().fsname());
    assertEquals(
        "x", parse("none", "/m", "-o", "lowerdir=/l,fsname=x").options().kernel().fsname());
  }

  @Test
  void afterTwoDashesEverythingIsPositional() {
    CommandLine line = parse("-o", "lowerdir=/l", "--", "-f", "-m");
    assertEquals("-m", line.mountPoint());
    assertEquals("-f", line.options().kernel().fsname());
    assertFalse(line.foreground());
  }

  @Test
  void bytesBeyondAsciiPassUnchanged() {
    String name = "/l\u00e4\u00ff\u0080";
    assertEquals(List.of(name), parse("-o", "lowerdir=" + name, "/m").options().layers().lowers());
  }

  @Test
  void messagesAreTextWithControlCharactersEscaped() {
    assertEquals(
        List.of("unknown argument ignored: \u00e4\\x0a"), mount("\u00c3\u00a4\n").warnings());
    assertTrue(refusalOf("timeout=\u00c3\u00a4\n").contains("value \u00e4\\x0a,"));
  }

  @Test
  void fiveHundredLowersAreRead() {
    List<String> lowers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      lowers.add("/layers/" + i);
    }
    CommandLine line = parse("-o", "lowerdir=" + String.join(":", lowers), "/m");
    assertEquals(lowers, line.options().layers().lowers());
  }

  @Test
  void noMountPointAndNoLayersAndTooMuchAreRefused() {
    assertTrue(refusal("-o", "lowerdir=/l").contains("mount point"));
    assertTrue(refusal("/m").contains("lowerdir"));
    assertTrue(refusal("-o", "lowerdir=/l", "a", "b", "c").contains("too many"));
    assertTrue(refusal("/m", "-o").contains("-o"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lowerdir=/a:",
        "lowerdir=:/a",
        "lowerdir=::/a",
        "lowerdir=/a::",
        "lowerdir=/a:::/b"
      })
  void anEmptyLowerIsRefused(String option) {
    assertTrue(refusalOf(option).contains("empty path"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-x", "--nonsense", "-s"})
  void anUnknownArgumentIsRefused(String argument) {
    assertTrue(refusal(argument, "-o", "lowerdir=/l", "/m").contains(argument));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "private",
        "x-systemd.automount",
        "_netdev",
        "nofail",
        "lowerdir+",
        "foo=bar",
        "lowerdir+=/x"
      })
  void anUnknownOptionIsReportedAndIgnored(String option) {
    assertEquals(List.of("unknown argument ignored: " + option), mount(option).warnings());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lowerdir",
        "upperdir",
        "workdir",
        "uidmapping",
        "gidmapping",
        "squash_to_uid",
        "squash_to_gid",
        "xattr_permissions",
        "xino",
        "timeout",
        "threaded",
        "writeback",
        "fast_ino",
        "noxattrs",
        "plugins",
        "fsync",
        "redirect_dir",
        "metacopy",
        "index",
        "context",
        "max_write",
        "fsname",
        "subtype",
        "log",
        "transport"
      })
  void anOptionWithoutItsValueIsRefusedByName(String name) {
    String expected = "option " + name + " needs a value: " + name + "=";
    assertTrue(refusalOf(name).startsWith(expected));
    assertTrue(refusalOf(name + "=").startsWith(expected));
    assertTrue(refusalOf(name + "=\"\"").startsWith(expected));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "static_nlink",
        "ino32_t",
        "noacl",
        "volatile",
        "userxattr",
        "squash_to_root",
        "debug",
        "allow_other",
        "allow_root",
        "default_permissions",
        "ro",
        "rw",
        "suid",
        "nosuid",
        "dev",
        "nodev",
        "exec",
        "noexec",
        "noatime",
        "relatime",
        "atime",
        "strictatime",
        "diratime",
        "nodiratime"
      })
  void aFlagWithAValueIsRefusedAndWithoutIsKnown(String name) {
    assertTrue(refusalOf(name + "=1").contains("takes no value"));
    assertEquals(List.of(), mount(name).warnings());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "timeout=x",
        "timeout=-1",
        "timeout=.",
        "timeout=1e3",
        "timeout=1.2.3",
        "fsync=2",
        "fsync=yes",
        "threaded=2",
        "writeback=on",
        "fast_ino=x",
        "noxattrs=2",
        "xino=maybe",
        "redirect_dir=yes",
        "metacopy=1",
        "index=1",
        "xattr_permissions=3",
        "squash_to_uid=root",
        "squash_to_uid=4294967295",
        "squash_to_gid=-1",
        "uidmapping=0:1000",
        "uidmapping=0:1000:1:",
        "uidmapping=:",
        "uidmapping=0:1000:x",
        "uidmapping=0:1000:0",
        "uidmapping=4294967295:0:1",
        "uidmapping=0:4294967000:500",
        "gidmapping=0:1000:2:1:5000:1",
        "gidmapping=0:1000:2:5:1001:1",
        "gidmapping=-1:0:1",
        "max_write=0",
        "max_write=4294967296",
        "max_write=x",
        "transport=udp"
      })
  void aBadValueIsRefusedWithNameAndValue(String option) {
    String name = option.substring(0, option.indexOf('='));
    String value = option.substring(option.indexOf('=') + 1);
    String line = refusalOf(option);
    assertTrue(
        line.startsWith("option " + name + " has the value " + value + ", and takes "), line);
  }

  @Test
  void twoColonsBeginADataOnlyLayer() {
    StackSpec layers = layers("lowerdir=/a:/b::/c::/d\\:e");
    assertEquals(List.of("/a", "/b", "/c", "/d:e"), layers.lowers());
    assertEquals(2, layers.dataOnly());
    assertEquals(0, layers("lowerdir=/a:/b").dataOnly());
    assertTrue(refusalOf("lowerdir=/a::/b:/c").contains("after a data-only one"));
  }

  private static StackSpec layers(String option) {
    return parse("-o", option, "/m").options().layers();
  }

  @Test
  void metacopyNeedsRedirectsAndTrustedXattrsAsOverlayfsHasIt() {
    assertEquals(MetacopyPolicy.ON, mount("ro").options().metacopy());
    assertEquals(MetacopyPolicy.ON, mount("metacopy=on").options().metacopy());
    assertEquals(MetacopyPolicy.REFUSE, mount("metacopy=off").options().metacopy());
    assertEquals(MetacopyPolicy.FOLLOW, mount("redirect_dir=follow").options().metacopy());
    assertEquals(MetacopyPolicy.FOLLOW, mount("userxattr").options().metacopy());
    assertTrue(refusalOf("metacopy=on,userxattr").contains("userxattr"));
    List<String> arguments = List.of("-olowerdir=/l,metacopy=on", "/m");
    List<String> warnings = CommandLine.parse(arguments, false, false).warnings();
    assertTrue(warnings.get(0).startsWith("metacopy=on is ignored"), warnings.toString());
    for (String other : new String[] {"off", "follow", "nofollow"}) {
      String line = refusalOf("metacopy=on,redirect_dir=" + other);
      assertTrue(line.startsWith("metacopy=on and redirect_dir=" + other + " exclude"), line);
    }
  }

  @Test
  void uidmappingMapsRangesAndTakesALeadingColon() {
    IdentitySpec identity = identity("uidmapping=:0:1000:1:1:100000:65536,gidmapping=5:0:1");
    assertEquals(1000, identity.uids().shown(0));
    assertEquals(100000, identity.uids().shown(1));
    assertEquals(165535, identity.uids().shown(65536));
    assertEquals(IdMap.OVERFLOW, identity.uids().shown(65537));
    assertEquals(0, identity.gids().shown(5));
  }

  @Test
  void squashToUidIsStrongerThanSquashToRoot() {
    assertEquals(IdentitySpec.PLAIN, identity("ro"));
    assertEquals(0, identity("squash_to_root").squashUid());
    assertEquals(0, identity("squash_to_root").squashGid());
    IdentitySpec both = identity("squash_to_uid=7,squash_to_root");
    assertEquals(7, both.squashUid());
    assertEquals(0, both.squashGid());
    assertEquals(8, identity("squash_to_gid=8").squashGid());
    assertEquals(IdentitySpec.NO_ID, identity("squash_to_gid=8").squashUid());
  }

  @Test
  void xattrPermissionsChoosesWhereOwnersAreKept() {
    assertEquals(OverrideForm.NONE, identity("xattr_permissions=0").override());
    assertEquals(OverrideForm.PRIVILEGED, identity("xattr_permissions=1").override());
    assertEquals(OverrideForm.CONTAINERS, identity("xattr_permissions=2").override());
  }

  @Test
  void noaclAndVolatileReachTheLayers() {
    assertFalse(identity("noacl").acls());
    assertFalse(mount("volatile").options().layers().durable());
    assertFalse(mount("fsync=0").options().layers().durable());
    assertTrue(mount("ro").options().layers().durable());
  }

  private static IdentitySpec identity(String options) {
    return mount(options).options().layers().identity();
  }

  @Test
  void xinoOffIsIgnoredWithALine() {
    assertEquals(
        List.of("xino=off is ignored: st_ino is always unique over all layers"),
        mount("xino=off").warnings());
  }

  @Test
  void redirectDirChoosesThePolicyAndOffFollowsAsOverlayfsDoes() {
    assertEquals(RedirectPolicy.ON, mount("ro").options().redirects());
    assertEquals(RedirectPolicy.ON, mount("redirect_dir=on").options().redirects());
    assertEquals(RedirectPolicy.FOLLOW, mount("redirect_dir=follow").options().redirects());
    assertEquals(RedirectPolicy.FOLLOW, mount("redirect_dir=off").options().redirects());
    assertEquals(RedirectPolicy.NOFOLLOW, mount("redirect_dir=nofollow").options().redirects());
  }

  @Test
  void transportChoosesWhoSpeaksToTheKernel() {
    assertEquals(Transport.KERNEL, mount("ro").options().transport());
    assertEquals(Transport.LIBFUSE, mount("transport=libfuse").options().transport());
    assertEquals(
        Transport.KERNEL, mount("transport=libfuse,transport=kernel").options().transport());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "metacopy=on",
        "index=on",
        "xattr_permissions=0",
        "transport=kernel",
        "threaded=0",
        "threaded=1",
        "writeback=0",
        "fast_ino=0",
        "noxattrs=0",
        "plugins=/usr/lib/x.so",
        "fsync=1",
        "xino=auto",
        "xino=on"
      })
  void whatChangesNothingIsTakenSilently(String option) {
    CommandLine line = mount(option);
    assertEquals(List.of(), line.warnings());
    assertEquals(mount("").options(), line.options());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0.0, 0",
    "1, 1000000000",
    "0.5, 500000000",
    ".25, 250000000",
    "2., 2000000000",
    "0.0000000019, 1",
    "1000000000, 1000000000000000000",
    "99999999999999999999, 9223372035000000000"
  })
  void timeoutIsDecimalSeconds(String value, long nanos) {
    assertEquals(nanos, mount("timeout=" + value).options().timeoutNanos());
  }

  @Test
  void defaultsForRoot() {
    MountOptions options = mount("").options();
    assertEquals(1_000_000_000_000_000_000L, options.timeoutNanos());
    assertTrue(options.acl());
    assertTrue(options.fsync());
    assertFalse(options.writeback());
    assertTrue(mount("writeback=1").options().writeback());
    assertFalse(options.staticNlink());
    assertFalse(options.ino32());
    assertFalse(options.debug());
    assertNull(options.logFile());
    assertEquals(
        new KernelMount(
            "stratafs", "stratafs", null, false, true, true, true, Atime.NONE, true, true, 0),
        options.kernel());
  }

  @Test
  void defaultsForAnOrdinaryUser() {
    KernelMount kernel =
        CommandLine.parse(List.of("-olowerdir=/l", "/m"), false, false).options().kernel();
    assertEquals(
        new KernelMount(
            "stratafs", "stratafs", null, false, false, false, true, Atime.NONE, true, false, 0),
        kernel);
    assertTrue(
        CommandLine.parse(List.of("-olowerdir=/l,allow_other", "/m"), false, false)
            .options()
            .kernel()
            .allowOther());
  }

  @Test
  void allowRootMeansNobodyElseForRootAndIsRefusedForOthers() {
    assertFalse(mount("allow_root").options().kernel().allowOther());
    assertTrue(refusalOf("allow_root,allow_other").contains("exclude"));
    String line =
        assertThrows(
                OptionException.class,
                () -> CommandLine.parse(List.of("-olowerdir=/l,allow_root", "/m"), false, false))
            .getMessage();
    assertTrue(line.contains("allow_other"), line);
  }

  @Test
  void eachMountOptionReachesItsField() {
    KernelMount kernel =
        mount(
                "ro,nosuid,nodev,noexec,relatime,nodiratime,max_write=4096,fsname=f,subtype=s,context=\"a,b\"")
            .options()
            .kernel();
    assertEquals(
        new KernelMount(
            "f", "s", "a,b", true, false, false, false, Atime.RELATIVE, false, true, 4096),
        kernel);
    assertEquals(Atime.RELATIVE, mount("atime").options().kernel().atime());
    assertEquals(Atime.STRICT, mount("strictatime").options().kernel().atime());
    assertEquals(Atime.NONE, mount("atime,noatime").options().kernel().atime());
  }

  @Test
  void eachFileSystemOptionReachesItsField() {
    MountOptions options =
        mount("static_nlink,ino32_t,noacl,fsync=0,userxattr,timeout=0").options();
    assertTrue(options.staticNlink());
    assertTrue(options.ino32());
    assertTrue(options.index());
    assertFalse(mount("index=off").options().index());
    assertFalse(options.acl());
    assertFalse(options.fsync());
    assertEquals(XattrNamespace.USER, options.layers().xattrs());
    assertEquals(0, options.timeoutNanos());
  }

  @Test
  void fOrDebugStaysInTheForeground() {
    assertTrue(parse("-f", "-olowerdir=/l", "/m").foreground());
    assertTrue(parse("-d", "-olowerdir=/l", "/m").foreground());
    assertTrue(parse("--debug", "-olowerdir=/l", "/m").options().debug());
    assertTrue(parse("-olowerdir=/l,debug", "/m").foreground());
    assertEquals("/a,b", parse("-olowerdir=/l,log=/a\\,b", "/m").options().logFile());
  }

  @Test
  void helpAndVersionNeedNothingElse() {
    assertEquals(Action.HELP, parse("-h").action());
    assertEquals(Action.HELP, parse("--help", "-o", "lowerdir=/l").action());
    assertEquals(Action.VERSION, parse("-V").action());
    assertEquals(Action.VERSION, parse("--version").action());
    assertEquals(Action.VERSION, parse("-V", "-h").action());
    assertEquals(Action.HELP, parse("--nonsense", "-h").action());
    assertEquals(Action.MOUNT, parse("-olowerdir=/l", "--", "-h").action());
    assertEquals(
        List.of("unknown argument ignored: -h"),
        parse("-olowerdir=/l", "-o", "-h", "/m").warnings());
  }

  @Test
  void aRemountIsRefusedWithTheRemedy() {
    assertTrue(refusalOf("remount,ro").contains("unmount it, and mount it again"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"suid", "dev"})
  void anOrdinaryUserIsToldWhatOnlyRootsMountsHave(String option) {
    CommandLine line = CommandLine.parse(List.of("-olowerdir=/l," + option, "/m"), false, false);
    assertEquals(
        List.of(
            option + " is ignored: only what root mounts may have set-uid programs and devices"),
        line.warnings());
    assertFalse(line.options().kernel().suid() || line.options().kernel().dev());
    assertEquals(List.of(), mount(option).warnings());
  }
}
