#include "device/address_text.h"

#include <arpa/inet.h>

#include <array>

namespace kw::device {

std::string canonical_address(std::string_view text) {
  const auto slash = text.find('/');
  std::string host(text.substr(0, slash));
  const std::string rest(slash == std::string_view::npos ? "" : text.substr(slash));
  if (host.starts_with("::ffff:") && host.find('.') != std::string::npos) host.erase(0, 7);
  std::array<unsigned char, 16> octets{};
  const int family = host.find(':') == std::string::npos ? AF_INET : AF_INET6;
  char out[INET6_ADDRSTRLEN] = {};
  if (inet_pton(family, host.c_str(), octets.data()) != 1 || inet_ntop(family, octets.data(), out, sizeof out) == nullptr)
    return std::string(text);
  return out + rest;
}

std::string host_of(std::string_view text) { return canonical_address(text.substr(0, text.find('/'))); }

}  // namespace kw::device
