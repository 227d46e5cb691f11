#include "server/connectors.h"

#include <algorithm>

#include "base/bytes.h"
#include "server/answer_masker.h"
#include "server/secret_file.h"
#include "server/toml_files.h"

namespace kw::server {

Result<Connectors> Connectors::load(const std::filesystem::path& directory, const matters::MatterBook* book) {
  if (directory.empty()) return Connectors();
  KW_TRY(const auto files, toml_files(directory, kMost));
  std::vector<trail::Connector> out;
  for (const auto& file : files) {
    KW_TRY(const auto text, read_public(file));
    auto connector = trail::parse_connector(text_of(text));
    if (!connector) return connector.error().within(file.string());
    if (std::ranges::find(out, connector->name, &trail::Connector::name) != out.end())
      return fail(Errc::invalid, file.string() + ": name: twice");
    if (const auto mapped = check_answer_maps(*connector, book); !mapped) return mapped.error().within(file.string());
    out.push_back(std::move(*connector));
  }
  return Connectors(std::move(out));
}

const trail::Connector* Connectors::find(std::string_view name) const {
  const auto at = std::ranges::find(list_, name, &trail::Connector::name);
  return at == list_.end() ? nullptr : &*at;
}

namespace {

/// Whether one of the services has this matter, and `wanted` of it.
template <class Wanted>
bool any_of_matter(const std::vector<trail::Connector>& list, std::string_view code, Wanted wanted) {
  return std::ranges::any_of(list, [&](const trail::Connector& one) {
    const auto* matter = one.matter(code);
    return matter != nullptr && wanted(*matter);
  });
}

}  // namespace

bool Connectors::knows(std::string_view matter) const {
  return any_of_matter(list_, matter, [](const trail::Matter&) { return true; });
}

bool Connectors::wants_identity(std::string_view matter) const {
  return any_of_matter(list_, matter, [](const trail::Matter& one) { return one.real_name; });
}

bool Connectors::serves(std::string_view matter, std::string_view site) const {
  return any_of_matter(list_, matter, [&](const trail::Matter& one) { return trail::serves(one, site); });
}

}  // namespace kw::server
