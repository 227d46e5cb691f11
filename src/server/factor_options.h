#pragma once
// FactorOptions is what the configuration says about second factors beside the authenticator's code.
#include <filesystem>
#include <string>
#include <vector>

namespace kw::server {

/// Passkeys need the name under which browsers reach the console; without `rp_id` there are none.
struct PasskeyOptions {
  std::string rp_id;                 // a domain, or localhost; no address, no port
  std::vector<std::string> origins;  // "https://console.example.gov.cn", at most 8
  bool verify_user = true;           // the authenticator has to ask for PIN or finger
};

/// UKeys need to know who issues their certificates; without `authorities` there are none.
struct UkeyOptions {
  std::filesystem::path authorities;        // PEM: self-signed ones are trusted, others lead to them
  std::vector<std::filesystem::path> crls;  // PEM or DER, read anew each time; at most 16
  bool require_crl = true;                  // without a fresh list nobody gets in with a UKey
};

struct FactorOptions {
  PasskeyOptions passkeys;
  UkeyOptions ukeys;
};

}  // namespace kw::server
