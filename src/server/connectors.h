#pragma once
// Connectors are the back-end services that kiosks may ask through the platform, read once at the start.
//
//   KW_TRY(const auto connectors, Connectors::load("/etc/kioskward/connectors.d", &book));
//   const auto* service = connectors.find("residence");   // null: nobody may
//
// Immutable; thread-safe.
#include <filesystem>

#include "matters/matter_book.h"
#include "trail/connector.h"

namespace kw::server {

class Connectors {
 public:
  static constexpr std::size_t kMost = 64;
  Connectors() = default;
  explicit Connectors(std::vector<trail::Connector> list) : list_(std::move(list)) {}
  /// load: errors of trail::parse_connector with the file's name; Errc::invalid where two files share a name, or one
  /// maps values to a datum that the catalogue does not have (`book` is null where there is none). An empty path gives
  /// none.
  static Result<Connectors> load(const std::filesystem::path& directory, const matters::MatterBook* book);

  [[nodiscard]] const trail::Connector* find(std::string_view name) const;
  /// knows: some service is for this matter. serves: one is, for kiosks of this site (32 hex digits).
  [[nodiscard]] bool knows(std::string_view matter) const;
  [[nodiscard]] bool serves(std::string_view matter, std::string_view site) const;
  /// wants_identity: some service is for persons alone whose identity was established.
  [[nodiscard]] bool wants_identity(std::string_view matter) const;
  [[nodiscard]] std::size_t size() const noexcept { return list_.size(); }

 private:
  std::vector<trail::Connector> list_;
};

}  // namespace kw::server
