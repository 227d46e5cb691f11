// What is mounted, and print queues: which of them are ways out.
#include <gtest/gtest.h>

#include "device/egress/mounts.h"
#include "device/egress/printers.h"

namespace kw::device {
namespace {

TEST(WaysOut, mounts) {
  const std::vector<std::string> tolerated{"/snap/core"};
  const auto kind = [&](const Mount& mount, bool removable = false) {
    return judge_mount(mount, removable, tolerated);
  };
  EXPECT_EQ(kind({1, "/media/stick", "vfat", "/dev/sdb1"}, true), "removable");
  EXPECT_EQ(kind({1, "/mnt", "ext4", "/dev/loop3"}), "loop");
  EXPECT_EQ(kind({1, "/snap/core", "squashfs", "/dev/loop0"}), "");
  EXPECT_EQ(kind({1, "/home/u/cloud", "fuse.sshfs", "u@h:"}), "fuse");
  EXPECT_EQ(kind({1, "/mnt/ntfs", "fuseblk", "/dev/sdb1"}), "fuse");
  EXPECT_EQ(kind({1, "/sys/fs/fuse/connections", "fusectl", "fusectl"}), "");
  EXPECT_EQ(kind({1, "/srv", "nfs4", "h:/srv"}), "network");
  EXPECT_EQ(kind({1, "/srv", "cifs", "//h/srv"}), "network");
  EXPECT_EQ(kind({1, "/", "ext4", "/dev/sda1"}, true), "") << "a kiosk that boots from a stick still runs";
  EXPECT_EQ(kind({1, "/tmp", "tmpfs", "tmpfs"}), "");
  EXPECT_EQ(kind({1, "/var", "ext4", "/dev/sda2"}), "");
}
TEST(WaysOut, print_queues_that_write_into_files) {
  EXPECT_EQ(file_printers("# Printer configuration file for CUPS v2.4.2\n"
                          "<Printer receipt>\nDeviceURI usb://EPSON/TM-T88\n</Printer>\n"
                          "<DefaultPrinter out>\nInfo to a file\nDeviceURI file:///tmp/out.prn\n</DefaultPrinter>\n"
                          "<Printer line>\nDeviceURI file:/dev/usb/lp0\n</Printer>\n"
                          "<Printer pdf>\n  deviceuri cups-pdf:/\r\n</Printer>\nDeviceURI file:/tmp/nobody's\n"),
            (std::vector<FilePrinter>{{"out", "file:///tmp/out.prn"}, {"pdf", "cups-pdf:/"}}));
  EXPECT_TRUE(file_printers("").empty());
  EXPECT_TRUE(file_printers("<Printer").empty());
  EXPECT_TRUE(file_printers("<Printer >\nDeviceURI").empty());
}

}  // namespace
}  // namespace kw::device
