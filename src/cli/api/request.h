#pragma once
// build_request turns a command's arguments into the request that its table row describes.
//
// check_arguments comes first: it refuses what is missing, too much or no number, so that the rest is about files.
#include <string>

#include "cli/api/operation.h"

namespace kw::cli {

struct ApiRequest {
  std::string method, target, body;  // target with /api/v1, percent-encoded; body is JSON or empty
};

/// check_arguments: Errc::invalid with what is wrong.
Result<> check_arguments(const Operation& operation, const Options& options);
/// build_request reads the files that arguments name; their errors, and Errc::malformed for one that is no JSON object.
Result<ApiRequest> build_request(const Operation& operation, const Options& options);

/// request_of is the request of an operation without parameters.
[[nodiscard]] ApiRequest request_of(const Operation& operation, std::string body = {});

/// specs_of lists the options of a command, the common ones (--json, --session, --help) included.
[[nodiscard]] std::vector<Options::Spec> specs_of(const Operation& operation);
/// usage_of is "kioskward devices show ID [--json] [--session FILE]"; help_of is the whole help.
[[nodiscard]] std::string usage_of(const Operation& operation);
[[nodiscard]] std::string help_of(const Operation& operation);

/// append_json_string adds a JSON string without a temporary, so that secrets can be put into a reserved text.
void append_json_string(std::string& to, std::string_view text);

}  // namespace kw::cli
