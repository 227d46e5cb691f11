#pragma once
// ControlFile walks the paragraphs of a Debian control file: dpkg's status, a Packages index, a Release file, sources.
//
// Borrowed views: they live as long as the text. A line that is neither field nor continuation is passed over, as apt
// does; a clearsigned file's armour is no field, so InRelease reads like Release. Source: deb822(5). PURE.
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace kw::device {

class Paragraph {
 public:
  /// get gives a field's first line, trimmed; names differ by more than case. Empty where it is absent.
  [[nodiscard]] std::string_view get(std::string_view name) const noexcept;
  [[nodiscard]] bool empty() const noexcept { return fields_.empty(); }

 private:
  friend class ControlFile;
  std::vector<std::pair<std::string_view, std::string_view>> fields_;
};

class ControlFile {
 public:
  explicit ControlFile(std::string_view text) : rest_(text) {}
  /// next gives the next paragraph that has a field; its views end with the text, it itself with the next call.
  [[nodiscard]] const Paragraph* next();

 private:
  std::string_view rest_;
  Paragraph paragraph_;
};

/// compare_versions orders two versions of Debian packages: below, at or above 0. Source: Debian Policy 5.6.12.
[[nodiscard]] int compare_versions(std::string_view a, std::string_view b) noexcept;

/// parse_mail_date reads a Release file's Date, "Sat, 10 May 2025 09:43:12 UTC"; Errc::malformed. Source: RFC 5322 3.3.
[[nodiscard]] Result<Timestamp> parse_mail_date(std::string_view text);

}  // namespace kw::device
