#pragma once
// object_of and chosen_password are what the commands that send secrets share: bodies that are wiped, passwords typed
// twice.
#include <functional>
#include <initializer_list>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace kw::cli {

/// object_of writes a JSON object of strings into one buffer, which exchange() wipes; `last`, where it has a name, is a
/// member whose value is JSON already.
[[nodiscard]] std::string object_of(std::initializer_list<std::pair<std::string_view, std::string_view>> members,
                                    std::pair<std::string_view, std::string_view> last = {});

/// chosen_password asks for a new password, of a person twice. Errc::invalid where the two differ.
Result<SecretBytes> chosen_password(const std::function<Result<SecretBytes>(std::string_view)>& ask, bool interactive);

}  // namespace kw::cli
