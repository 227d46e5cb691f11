#pragma once
// Connector is one back-end service as its TOML file describes it: where it is, what of it may be asked, for which
// matter and from which sites' kiosks; parse_connector checks every word of it.
//
// packaging/connectors/ holds one with a comment at every key. Unknown keys are errors; whatever is not listed is
// forbidden. Secrets are not in it: it names files. PURE and thread-safe.
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "config/trust_files.h"
#include "trail/answer_map.h"

namespace kw::trail {

/// One thing that may be asked: a method and a path below the base, in which {word} stands for any one segment.
struct Operation {
  std::string method;
  std::string path;                // as it is recorded: the template, never what stands in for {word}
  std::vector<std::string> query;  // names of parameters that may come with it
  AnswerMap answer;                // without fields an answer passes as it is
};

/// A matter that may use the service. Without sites every kiosk may.
struct Matter {
  std::string code;
  std::vector<std::string> sites;  // their IDs, 32 hex digits
  bool real_name = false;          // only for persons whose identity an authority has established
};

using config::Guard;

struct Connector {
  std::string name;
  Guard guard = Guard::tls;
  std::string host;
  std::uint16_t port = 0;
  std::string base;  // begins with '/' or is empty; no '/' at its end
  config::TrustFiles trust;
  Duration timeout = std::chrono::seconds(10);
  std::size_t most_request = 64U << 10, most_answer = 256U << 10;  // octets of bodies
  std::vector<Matter> matters;
  std::vector<Operation> operations;

  /// matter is nullptr where the service is none of this matter's.
  [[nodiscard]] const Matter* matter(std::string_view code) const;
  /// allows_method: some operation has it. find: `path` is decoded, begins with '/'; nullptr where nothing matches.
  [[nodiscard]] bool allows_method(std::string_view method) const;
  [[nodiscard]] const Operation* find(std::string_view method, std::string_view path) const;
};

/// serves says whether a matter is for the kiosks of this site.
[[nodiscard]] bool serves(const Matter& matter, std::string_view site);

inline constexpr std::size_t kMostConnector = 64 * 1024;
/// parse_connector: Errc::malformed for what is no TOML, Errc::invalid with the key's name, Errc::too_large.
Result<Connector> parse_connector(std::string_view toml);

}  // namespace kw::trail
