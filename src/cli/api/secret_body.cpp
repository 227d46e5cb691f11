#include "cli/api/secret_body.h"

#include "cli/api/request.h"

namespace kw::cli {

std::string object_of(std::initializer_list<std::pair<std::string_view, std::string_view>> members,
                      std::pair<std::string_view, std::string_view> last) {
  std::size_t size = 8 + last.first.size() + last.second.size();
  for (const auto& [name, value] : members) size += name.size() + 6 * value.size() + 6;
  std::string out;
  out.reserve(size);
  for (const auto& [name, value] : members) {
    out += out.empty() ? "{" : ",";
    append_json_string(out, name);
    out += ":";
    append_json_string(out, value);
  }
  if (!last.first.empty()) {
    out += out.empty() ? "{" : ",";
    append_json_string(out, last.first);
    out += ":";
    out += last.second;
  }
  out += "}";  // in place: a sum would leave a copy behind
  return out;
}

Result<SecretBytes> chosen_password(const std::function<Result<SecretBytes>(std::string_view)>& ask, bool interactive) {
  KW_TRY(auto first, ask("New password (12 characters or more, three kinds)"));
  if (!interactive) return first;
  KW_TRY(const auto second, ask("New password again"));
  if (!equal(first.reveal(), second.reveal())) return fail(Errc::invalid, "the two passwords differ");
  return first;
}

}  // namespace kw::cli
