#include "net/router.h"

namespace kw::net {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> out;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    out.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return out;
}

bool match(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
           std::map<std::string, std::string>& params) {
  if (pattern.size() != path.size()) return false;
  params.clear();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i].starts_with('{')) {
      params[pattern[i].substr(1, pattern[i].size() - 2)] = path[i];
    } else if (pattern[i] != path[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

void Router::add(std::string method, std::string pattern, Handler handler) {
  routes_.push_back({std::move(method), split(pattern), std::move(handler), {}});
}

void Router::websocket(std::string path, WebSocketGate gate) {
  routes_.push_back({"GET", split(path), {}, std::move(gate)});
}

Router::Found Router::find(std::string_view method, std::string_view path) const {
  const auto segments = split(path);
  Found out;
  std::map<std::string, std::string> params;
  for (const auto& route : routes_) {
    // The first match wins: a fixed path is added before a pattern that would also take it.
    if (!match(route.segments, segments, params)) continue;
    if (route.method == method || (method == "HEAD" && route.method == "GET" && route.handler)) {
      out.handler = route.handler ? &route.handler : nullptr;
      out.gate = route.gate ? &route.gate : nullptr;
      out.params = std::move(params);
      out.allow.clear();
      return out;
    }
    out.allow += (out.allow.empty() ? "" : ", ") + route.method;
  }
  return out;
}

}  // namespace kw::net
