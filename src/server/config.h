#pragma once
// ServerConfig is the server's TOML file, parsed and checked; unknown keys are errors.
//
//   data_dir = "/var/lib/kioskward"
//   catalogue = "/usr/share/kioskward/catalogue"  # matters, masks, landing rules; without it there is no vault
//   log_level = "info"                      # debug, info, warning, error
//   [compliance]                            # requirements that the platform judges itself and its kiosks by
//   catalogue = "/usr/share/kioskward/catalogue/compliance"  # without it nothing is judged; docs/design/compliance.md
//   [console]
//   listen = "127.0.0.1:8661"
//   static_dir = "/usr/share/kioskward/console"
//   secure_cookie = false                   # true behind an HTTPS proxy
//   client_certificate_header = ""          # where that proxy tells the SHA-256 fingerprint of a client's certificate;
//                                           # it has to remove what clients send under that name
//   [link]
//   listen = "0.0.0.0:8660"
//   advertise = ["198.18.20.2:8660"]        # what kiosks' policies leave open; addresses, no names
//   name = "platform"                       # common name of the server's certificates, and of the ledger
//   heartbeat_seconds = 5
//   quote_seconds = 600                     # how often a kiosk's TPM is asked how the kiosk was started
//   [media]                                 # what kiosks' cameras were asked for
//   retention_days = 30                     # 30 to 3650
//   most_mib = 10240                        # in all, and of one device
//   most_device_mib = 1024
//   [witness]                               # who vouches for the audit ledger
//   needed = 1                              # sites that have to, 1 to 16
//   picked = 5                              # kiosks that are asked at a time, each of another site, 1 to 32
//   alarm_seconds = 300                     # without them, while the ledger grows; 30 to 86400
//   [[witness.named]]                       # one that asks by itself: a backup site, the police gateway
//   name = "backup"                         # lower-case letters, digits, hyphens
//   site = ""                               # whose word its word is; empty: a site of its own
//   key = "/etc/kioskward/witness-backup.pem"  # its public key
//   [export]                                # the audit ledger to other systems; see docs/design/export.md
//   directory = "/etc/kioskward/export.d"   # one profile a target; without it nothing is exported
//   shipped = "/usr/share/kioskward/export"    # profiles to begin with, shown in the console
//   trust = "/etc/kioskward/export"            # where certificates and secrets of profiles lie that the console saves
//   gates = "/var/lib/kioskward/export"        # and the directories of their exchange gates
//   [services]                              # back ends that kiosks may ask; see docs/design/business.md
//   connectors = "/etc/kioskward/connectors.d"  # one file a service; without it no session may begin
//   [vault]
//   passphrase = "/run/credentials/kioskward-server.service/vault"  # file with the passphrase of the root key; empty:
//                                           # the root key is sealed under the platform's own secret alone
//   [vault.module]                          # a cryptographic module (GM/T 0018) that the root key is sealed by; then a
//                                           # passphrase is for moving the root alone
//   library = "/usr/lib/libsdf.so"          # the maker's, an absolute path; it runs inside this program
//   key = 1                                 # index of the SM2 pair in the module, 1 to 65535
//   password = "/etc/kioskward/module.password"  # file of mode 0600 with the password of the pair's private keys
//   [real_name]                             # who may establish the identity of persons before kiosks
//   authorities = "/etc/kioskward/authorities.d"  # one file each
//   [administration]
//   breached_passwords = ""                 # file with passwords that nobody may choose, one a line
//   two_persons_at_first = ["publishPolicy"]  # what a new platform's settings list, until they are changed (ADR 66)
//   [passkeys]                              # WebAuthn as second factor; without it there is none
//   rp_id = "console.example.gov.cn"        # the console's name in browsers; no address, no port
//   origins = ["https://console.example.gov.cn"]  # up to 8
//   user_verification = "required"          # the authenticator asks for PIN or finger; or "preferred"
//   [ukey]                                  # SM2 UKeys as second factor; without it there are none
//   authorities = "/etc/kioskward/ukey-ca.pem"  # who issues their certificates
//   crls = ["/etc/kioskward/ukey-ca.crl"]   # PEM or DER, read anew at each login; up to 16
//   require_crl = true                      # without a fresh list nobody gets in with a UKey
//   [ledger]                                # the audit ledger's files (ADR 70, ADR 71)
//   reserve_mib = 64                        # kept free for critical entries; 1 to 65536
//   on_full = "critical_only"               # or "stop": a full ledger takes nothing
//   segment_mib = 64                        # a segment file is closed at this size; 1 to 1024
//   online_days = 184                       # how long entries stay at least; 184 (six months) to 36500
//   [[database]]                            # a business database whose own audit is read in: MariaDB's server_audit
//   name = "business"                       # lower-case letters, digits, hyphens
//   audit_log = "/var/log/mysql/server_audit.log"
//   accounts = ["kioskward"]                # the platform's, and its gateways'
//   tables = ["biz.*"]                      # protected: "database.table" or "database.*"
//   reads = true                            # reading them counts, too
//   silence_minutes = 60                    # without a line; 0: never told
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "server/export_options.h"
#include "server/factor_options.h"
#include "server/ledger_options.h"
#include "server/media_options.h"

namespace kw::server {

struct ListenAddress {
  std::string address;  // IPv4 or IPv6, numeric
  std::uint16_t port = 0;
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};
/// parse_listen takes "127.0.0.1:8661" and "[::1]:8661"; port 0 only where `any_port` is set.
Result<ListenAddress> parse_listen(std::string_view text, bool any_port);

struct NamedWitnessConfig {
  std::string name, site;
  std::filesystem::path key;
};
struct WitnessConfig {
  std::uint64_t needed = 1, picked = 5, alarm_seconds = 300;
  std::vector<NamedWitnessConfig> named;  // at most 16
};

struct DatabaseConfig {
  std::string name;
  std::filesystem::path audit_log;
  std::vector<std::string> accounts, tables;
  bool reads = true;
  std::uint64_t silence_minutes = 60;
};

inline constexpr std::size_t kMostModulePassword = 64;
/// The cryptographic module of the vault's root key.
struct ModuleConfig {
  std::filesystem::path library;
  std::uint64_t key = 1;
  std::filesystem::path password;
};

struct ServerConfig {
  std::filesystem::path data_dir = "/var/lib/kioskward";
  LogLevel log_level = LogLevel::info;
  ListenAddress console{"127.0.0.1", 8661};
  std::filesystem::path static_dir;
  bool secure_cookie = false;
  std::string certificate_header;  // lower case; empty: none
  std::filesystem::path breached_passwords;
  std::optional<std::vector<std::string>> two_persons_at_first;  // without it: schemas/permissions.json
  FactorOptions factors;
  ListenAddress link{"0.0.0.0", 8660};
  std::vector<ListenAddress> advertise;
  std::string name = "platform";
  std::uint32_t heartbeat_seconds = 5;
  std::uint32_t quote_seconds = 600;
  MediaOptions media;
  WitnessConfig witness;
  ExportPlaces exports;
  std::filesystem::path catalogue_dir;     // empty: no vault, no masked answers
  std::filesystem::path compliance_dir;    // empty: no requirements are judged
  std::filesystem::path vault_passphrase;  // empty: none
  std::optional<ModuleConfig> vault_module;
  std::filesystem::path connectors_dir;   // empty: no back ends
  std::filesystem::path authorities_dir;  // empty: nobody establishes identities
  LedgerSettings ledger;
  std::vector<DatabaseConfig> databases;  // at most 16
};

/// parse_config: Errc::malformed for what is not TOML, Errc::invalid for an unknown key or a bad value; the detail
/// names it.
Result<ServerConfig> parse_config(std::string_view toml);
/// load_config reads a file of at most 64 KiB.
Result<ServerConfig> load_config(const std::filesystem::path& path);

}  // namespace kw::server
