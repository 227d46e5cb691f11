#pragma once
// download fetches what an operation answers as a file and saves it: nothing is overwritten, the platform's digest is
// checked, and the file is on the medium when it succeeds.
#include "cli/api/exchange.h"
#include "cli/api/operation.h"

namespace kw::cli {

/// What the session's server is asked.
struct Asked {
  std::string url;
  net::Target server;
  net::HttpCall call;
};
Result<Asked> ask(const Invocation& call);

/// make_file writes a file that was not there, for its owner alone, durably.
Result<> make_file(const std::string& path, ByteView octets);
/// header is the value of a header of an answer; empty where there is none.
[[nodiscard]] std::string header(const net::Response& response, std::string_view name);
/// download saves the answer of at most `most` octets as the file of the option --out, prints where and what, and gives
/// it; or prints why not, and gives the exit code. `digested`: the platform says what the file's digest has to be.
[[nodiscard]] tl::expected<net::Response, int> download(const Invocation& call, std::uint64_t most,
                                                        bool digested = true);

}  // namespace kw::cli
