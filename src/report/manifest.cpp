#include "report/manifest.h"

#include <algorithm>
#include <boost/json.hpp>

#include "report/json_out.h"

namespace kw::report {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostManifest = 16 * 1024;
constexpr std::uint64_t kManifestVersion = 1;
constexpr std::string_view kManifestFormat = "kioskward-report-bundle";

const std::string kNoText;

/// A member's text, empty where there is none: what is wrong is found when the octets are compared.
std::string text_member(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : kNoText;
}
std::uint64_t number_member(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  json::error_code problem;
  const auto out = value != nullptr && value->is_number() ? value->to_number<std::uint64_t>(problem) : 0;
  return problem ? 0 : out;
}
Result<crypto::Digest> digest_member(const json::object& from, std::string_view key) {
  KW_TRY(const auto octets, from_hex(text_member(from, key)));
  return to_array<32>(octets);
}

}  // namespace

bool is_file_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 64 && name.front() != '.' && name.front() != '-' &&
         std::ranges::all_of(
             name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'; });
}

std::string write_manifest(const Manifest& manifest) {
  JsonOut out;
  out.open('{').key("files").open('[');
  for (const auto& file : manifest.files) {
    out.open('{').text("name", file.name).number("octets", file.octets).text("packed_sm3", to_hex(file.packed));
    out.text("sm3", to_hex(file.digest)).close('}');
  }
  out.close(']').text("format", kManifestFormat).text("made", to_rfc3339(manifest.made));
  out.text("number", manifest.number).number("version", kManifestVersion).close('}');
  return std::move(out).take();
}

Result<Manifest> read_manifest(std::string_view text) {
  if (text.size() > kMostManifest) return fail(Errc::too_large, "manifest");
  json::error_code problem;
  json::parse_options options;
  options.max_depth = 4;
  const auto root = json::parse(json::string_view(text.data(), text.size()), problem, {}, options);
  if (problem || !root.is_object()) return fail(Errc::malformed, "manifest");
  const auto& object = root.get_object();
  if (text_member(object, "format") != kManifestFormat) return fail(Errc::malformed, "manifest: format");
  if (number_member(object, "version") != kManifestVersion) return fail(Errc::unsupported, "manifest: version");
  Manifest out;
  out.number = text_member(object, "number");
  KW_TRY(out.made, from_rfc3339(text_member(object, "made")));
  const auto* files = object.if_contains("files");
  if (files == nullptr || !files->is_array() || files->get_array().size() > kMostBundleFiles)
    return fail(Errc::malformed, "manifest: files");
  for (const auto& value : files->get_array()) {
    if (!value.is_object()) return fail(Errc::malformed, "manifest: files");
    const auto& from = value.get_object();
    ManifestFile file{text_member(from, "name"), number_member(from, "octets"), {}, {}};
    KW_TRY(file.digest, digest_member(from, "sm3"));
    KW_TRY(file.packed, digest_member(from, "packed_sm3"));
    if (!is_file_name(file.name)) return fail(Errc::malformed, "manifest: name of a file");
    out.files.push_back(std::move(file));
  }
  if (write_manifest(out) != text) return fail(Errc::corrupt, "manifest: not in canonical form");
  return out;
}

}  // namespace kw::report
