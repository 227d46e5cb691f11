#include "server/first_credentials.h"

#include <algorithm>
#include <sstream>

#include "server/secret_file.h"

namespace kw::server {
namespace {
constexpr std::string_view kHeading =
    "# One-time passwords of the first administrators. Lines go as accounts are activated.\n";
}

std::string FirstCredentials::text(const std::vector<Invitation>& invitations) {
  std::string out(kHeading);
  for (const auto& one : invitations) out += one.user.account + "  " + one.one_time_password + "\n";
  return out;
}

Result<> FirstCredentials::write(const std::vector<Invitation>& invitations) {
  gone_ = false;
  return write_private(path_, bytes_of(text(invitations)));
}

Result<> FirstCredentials::prune(UserService& users) {
  if (gone_) return {};
  auto file = read_private(path_);
  if (!file) {
    gone_ = file.code() == Errc::not_found;
    return gone_ ? Result<>() : file.error();
  }
  KW_TRY(const auto all, users.list());
  const auto invited = [&](std::string_view account) {
    return std::any_of(all.begin(), all.end(), [&](const auto& user) {
      return user.account == account && user.state == store::UserState::invited;
    });
  };
  std::istringstream lines{std::string(text_of(file->reveal()))};
  std::string kept, line;
  bool dropped = false, left = false;
  while (std::getline(lines, line)) {
    const bool comment = line.starts_with('#');
    const bool keep = comment || invited(line.substr(0, line.find(' ')));
    dropped = dropped || !keep;
    left = left || (keep && !comment);
    if (keep) kept += line + "\n";
  }
  if (!left) {
    gone_ = true;
    return remove_file(path_);
  }
  return dropped ? write_private(path_, bytes_of(kept)) : Result<>();
}

}  // namespace kw::server
