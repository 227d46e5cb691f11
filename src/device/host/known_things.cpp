#include "device/host/known_things.h"

#include <algorithm>
#include <utility>

#include "base/writer.h"
#include "schema/codec.h"

namespace kw::device {

namespace v1 = ::kioskward::v1;

Result<KnownThings> KnownThings::parse(ByteView stored) {
  KW_TRY(const auto state, schema::parse<v1::HostState>(stored, kMostState));
  if (state.version() != 1) return fail(Errc::unsupported, "version");
  KnownThings out;
  out.set_id = {state.setuid_files().begin(), state.setuid_files().end()};
  out.modules = {state.modules().begin(), state.modules().end()};
  out.set_id_learnt = state.setuid_learnt();
  out.modules_learnt = state.modules_learnt();
  out.places_learnt = state.places_learnt();
  out.failures_inode = state.failures_inode();
  out.failures_read = state.failures_read();
  for (const auto& one : state.places()) {
    crypto::Digest digest{};
    if (one.digest().size() != digest.size()) return fail(Errc::malformed, "a digest of another size");
    std::copy(one.digest().begin(), one.digest().end(), digest.begin());
    out.places.emplace(one.path(), digest);
  }
  return out;
}

Bytes KnownThings::serialise() const {
  v1::HostState state;
  state.set_version(1);
  for (const auto& one : set_id) state.add_setuid_files(one);
  for (const auto& one : modules) state.add_modules(one);
  for (const auto& [path, digest] : places) {
    auto& place = *state.add_places();
    place.set_path(path);
    place.set_digest(copy_text(digest));
  }
  state.set_setuid_learnt(set_id_learnt);
  state.set_modules_learnt(modules_learnt);
  state.set_places_learnt(places_learnt);
  state.set_failures_inode(failures_inode);
  state.set_failures_read(failures_read);
  return schema::serialise(state);
}

std::string KnownThings::place_changed(const std::string& path, const std::optional<crypto::Digest>& now) {
  const auto at = places.find(path);
  if (!now) {
    if (at == places.end()) return {};
    places.erase(at);
    return "removed";
  }
  if (at != places.end()) return std::exchange(at->second, *now) == *now ? "" : "changed";
  // Beyond the bound nothing is remembered: the same file is told again rather than never.
  if (places.size() < kMostPlaces) places.emplace(path, *now);
  return "added";
}

crypto::Digest digest_of_place(const FileState& state) {
  Writer out;
  out.raw(state.digest).u32(state.mode).u32(state.uid).u32(state.gid);
  return crypto::sm3(out.view());
}

const std::vector<std::string>& persistence_places() {
  static const std::vector<std::string> kPlaces = {
      // what runs by itself
      "/etc/crontab", "/etc/anacrontab", "/etc/cron.*/**", "/var/spool/cron/**", "/etc/systemd/system/**",
      "/etc/systemd/user/**", "/usr/lib/systemd/system/**", "/usr/lib/systemd/user/**",
      "/usr/lib/systemd/system-generators/**", "/usr/local/lib/systemd/**", "/etc/init.d/**", "/etc/rc?.d/**",
      "/etc/rc.local", "/etc/inittab", "/etc/udev/rules.d/**", "/usr/lib/udev/rules.d/**", "/etc/xdg/autostart/**",
      "/etc/X11/Xsession.d/**", "/etc/network/if-*.d/**", "/etc/NetworkManager/dispatcher.d/**",
      "/etc/apt/apt.conf.d/**", "/etc/update-motd.d/**", "/etc/dhcp/dhclient-*.d/**",
      // what is loaded into every program, or into the kernel
      "/etc/ld.so.preload", "/etc/ld.so.conf", "/etc/ld.so.conf.d/**", "/etc/environment", "/etc/modules",
      "/etc/modules-load.d/**", "/etc/modprobe.d/**",
      // what every shell and desktop reads
      "/etc/profile", "/etc/profile.d/**", "/etc/bash.bashrc", "/root/.profile", "/root/.bashrc", "/root/.bash_profile",
      "/home/*/.profile", "/home/*/.bashrc", "/home/*/.bash_profile", "/home/*/.xsession", "/home/*/.xsessionrc",
      "/home/*/.config/autostart/**", "/home/*/.config/systemd/**",
      // who may log on, and as whom
      "/root/.ssh/authorized_keys*", "/home/*/.ssh/authorized_keys*", "/etc/ssh/sshd_config",
      "/etc/ssh/sshd_config.d/**", "/etc/pam.conf", "/etc/pam.d/**", "/etc/security/**", "/etc/sudoers",
      "/etc/sudoers.d/**", "/etc/polkit-1/**", "/etc/passwd", "/etc/shadow", "/etc/group"};
  return kPlaces;
}

}  // namespace kw::device
