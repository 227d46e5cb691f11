#include "server/authority_files.h"

#include "config/parse_toml.h"
#include "config/toml_section.h"
#include "server/secret_file.h"
#include "server/toml_files.h"
#include "trail/words.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostStrengths = 16;

Result<realname::Authority> read_authority(const toml::table& root, std::string& keys) {
  realname::Authority out;
  config::TomlSection from(&root, "");
  KW_CHECK(from.text("name", out.name, 32));
  if (!trail::is_plain_word(out.name)) return from.wrong("name", "1 to 32 of a-z, 0-9 and '-'");
  KW_CHECK(from.text("issuer", out.issuer, 255, 1));
  KW_CHECK(from.text("audience", out.audience, 255, 1));
  KW_CHECK(from.text("keys", keys, 512, 1));
  if (out.issuer.empty() || out.audience.empty() || keys.empty())
    return fail(Errc::invalid, "issuer, audience and keys are needed");
  KW_CHECK(from.texts("strengths", out.strong, kMostStrengths));
  if (from.has("strengths") && out.strong.empty())
    return from.wrong("strengths", "empty: leave it out where any is enough");
  auto age = std::chrono::duration_cast<std::chrono::seconds>(out.most_age).count();
  KW_CHECK(from.number("most_age_seconds", 10, 3600, age));
  out.most_age = std::chrono::seconds(age);
  KW_CHECK(from.finish());
  return out;
}

}  // namespace

Result<AuthorityFiles> AuthorityFiles::load(const std::filesystem::path& directory) {
  AuthorityFiles out;
  if (directory.empty()) return out;
  KW_TRY(const auto files, toml_files(directory, kMost));
  for (const auto& file : files) {
    KW_TRY(const auto text, read_public(file));
    Entry entry;
    const auto root = config::parse_toml(text_of(text));
    if (!root) return root.error().within(file.string());
    auto made = read_authority(*root, entry.keys);
    if (!made) return made.error().within(file.string());
    entry.authority = std::move(*made);
    for (const auto& other : out.list_)
      if (other.authority.name == entry.authority.name || other.authority.issuer == entry.authority.issuer)
        return fail(Errc::invalid, file.string() + ": name or issuer: twice");
    out.list_.push_back(std::move(entry));
  }
  KW_CHECK(out.read());
  return out;
}

Result<std::vector<realname::Authority>> AuthorityFiles::read() const {
  std::vector<realname::Authority> out;
  for (const auto& entry : list_) {
    auto authority = entry.authority;
    KW_TRY(const auto text, read_public(entry.keys));
    auto keys = realname::KeySet::parse(text_of(text));
    if (!keys) return keys.error().within(entry.keys);
    authority.keys = std::move(*keys);
    out.push_back(std::move(authority));
  }
  return out;
}

}  // namespace kw::server
