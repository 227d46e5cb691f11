#pragma once
// Profile is one export target as its TOML file describes it; parse_profile checks every word of it.
//
// packaging/export/ holds one for each receiver that is known, with a comment at every key. Unknown keys are errors.
// Secrets are not in it: it names files. PURE and thread-safe.
#include <set>

#include "config/trust_files.h"
#include "export/charset.h"
#include "export/field.h"
#include "export/stream.h"

namespace kw::exports {

enum class Kind : std::uint8_t { syslog, soap, files, http };
[[nodiscard]] std::string_view name(Kind kind) noexcept;

/// http is for loopback alone, where a relay of the operator's own stands; everything else is protected or a directory.
enum class Scheme : std::uint8_t { tls, tlcp, https, http, file };
struct Address {
  Scheme scheme = Scheme::tls;
  std::string text;  // as written
  std::string host;  // name or address; empty for file
  std::uint16_t port = 0;
  std::string path;  // of the request, or of the directory
};
/// parse_address takes tls://HOST:PORT, tlcp://HOST:PORT[/PATH], https://HOST[:PORT]/PATH, http://127.0.0.1:PORT/PATH
/// and file:///DIRECTORY; Errc::invalid.
Result<Address> parse_export_address(std::string_view text);

/// Files of the operator's; empty where not used. ca is needed by tls, tlcp and https.
struct Credentials : config::TrustFiles {
  std::string basic;  // "user:password" in a file that nobody else may read
};

/// Which entries a target gets; an empty list wants everything.
struct Filter {
  std::vector<std::string> types, without;  // exact, or a beginning and '*'
  v1::Severity least = v1::INFO;
  std::vector<std::string> regions;  // districts of sites
  bool platform = true;              // the platform's own entries, which have no region
};
[[nodiscard]] bool wanted(const Filter& filter, const Record& record);

/// closing: the receiver's close_notify after all was read (RFC 5425 section 4.4). settled: the connection outlived the
/// batch by settle_ms.
enum class SyslogAnswer : std::uint8_t { closing, settled };
struct SyslogRules {
  std::uint32_t enterprise = 32473;  // RFC 5612: the example number; to be replaced by the operator's own
  std::string hostname = "kioskward", app_name = "kioskward";
  bool bom = true;
  std::size_t most_octets = 8192;  // of a message; RFC 5425 section 4.3.1: receivers should take 8192
  SyslogAnswer answer = SyslogAnswer::closing;
  Duration settle = std::chrono::seconds(2);
};

struct XmlElement {
  std::string name, text;
};
struct XmlRules {
  std::string root, list, item;
  std::vector<XmlElement> head;
};
/// One parameter of the SOAP operation: a fixed text, the batch's number, or the XML of the batch as text.
struct SoapParameter {
  enum class From : std::uint8_t { fixed, batch, records } from = From::fixed;
  std::string name, text;
};
struct SoapRules {
  bool twelve = false;  // SOAP 1.2
  std::string space, operation, action;
  std::vector<SoapParameter> parameters;
};

enum class RecordForm : std::uint8_t { json, cef };
enum class Wrap : std::uint8_t { lines, kafka_v2, kafka_v3 };
struct HttpRules {
  RecordForm form = RecordForm::json;
  Wrap wrap = Wrap::lines;
  std::string vendor = "Kioskward", product = "platform", version = "1";  // CEF
};

/// Which element says yes, and which name refused records. `inner`: the element's text is XML again.
struct ReplyRule {
  std::string element, yes, already;  // beginnings of the element's text; already: it has the batch
  bool inner = false;
  std::string refused, number, code;  // element of one refused record; its children
};

struct Profile {
  std::string name;  // 1 to 32 of a-z 0-9 -
  Kind kind = Kind::syslog;
  Address address;
  Credentials credentials;
  Charset charset = Charset::utf8;
  int zone_minutes = 480;      // of compact times
  std::string batch_prefix;    // of a batch's number
  std::size_t batch = 200;     // records, 1 to 2000
  bool from_beginning = true;  // a new target gets the whole ledger, or what comes from now on
  Filter filter;
  PersonalForm personal = PersonalForm::pseudonym;
  Patience patience;
  Duration exchange = std::chrono::seconds(30);  // one exchange with the receiver
  SyslogRules syslog;
  XmlRules xml;
  SoapRules soap;
  HttpRules http;
  ReplyRule reply;
  std::vector<Field> fields;
  Bytes digest;  // SM3 of the file
};

inline constexpr std::size_t kMostProfile = 64 * 1024;
/// parse_profile: Errc::malformed for what is no TOML, Errc::invalid with the key's name, Errc::too_large.
Result<Profile> parse_profile(std::string_view toml);

}  // namespace kw::exports
