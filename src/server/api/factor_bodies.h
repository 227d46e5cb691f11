#pragma once
// answer_of and its siblings read second factors out of request bodies: base64url becomes octets, sizes are bounded.
#include "server/api/bodies.h"
#include "server/second_factor.h"

namespace kw::server {

/// answer_of takes a code or an answer. Errc::invalid for both, none, or a form that neither has.
Result<FactorAnswer> answer_of(const std::optional<std::string>& code, const std::optional<AnswerBody>& answer);
Result<> check_code(const std::string& code);
Result<NewFactor> new_factor_of(const FactorNew& body);

}  // namespace kw::server
