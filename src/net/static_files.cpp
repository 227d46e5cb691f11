#include "net/static_files.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace kw::net {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kTypes{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".woff", "font/woff"},
    {".txt", "text/plain; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".webmanifest", "application/manifest+json"},
}};

std::string_view type_of(const fs::path& file) {
  const auto extension = file.extension().string();
  for (const auto& [suffix, type] : kTypes) {
    if (suffix == extension) return type;
  }
  return "application/octet-stream";
}

bool inside(const fs::path& root, const fs::path& file) {
  const auto [end, rest] = std::mismatch(root.begin(), root.end(), file.begin(), file.end());
  return end == root.end() && rest != file.end();
}

bool hidden(const std::string& path) { return path.find("/.") != std::string::npos; }

}  // namespace

StaticFiles::StaticFiles(fs::path root) {
  std::error_code error;
  root_ = fs::canonical(root, error);
  if (error) root_.clear();
}

std::optional<Response> StaticFiles::load(const fs::path& file, bool immutable) const {
  std::error_code error;
  const auto real = fs::canonical(file, error);
  if (error || !inside(root_, real) || !fs::is_regular_file(real, error) || error) return std::nullopt;
  const auto size = fs::file_size(real, error);
  if (error || size > kMaxFile) return std::nullopt;
  std::ifstream in(real, std::ios::binary);
  Response out;
  out.body.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  if (in.bad() || out.body.size() != size) return std::nullopt;
  out.content_type = std::string(type_of(real));
  out.headers.emplace_back("Cache-Control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
  return out;
}

std::optional<Response> StaticFiles::find(const std::string& path) const {
  if (root_.empty() || hidden(path) || path.find('\0') != std::string::npos) return std::nullopt;
  const fs::path relative = fs::path(path).relative_path();
  if (!relative.empty()) {
    if (auto found = load(root_ / relative, path.starts_with("/assets/"))) return found;
  }
  if (relative.has_extension() || path.starts_with("/assets/")) return std::nullopt;
  return load(root_ / "index.html", false);
}

}  // namespace kw::net
