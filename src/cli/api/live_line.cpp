#include "cli/api/live_line.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "cli/api/render.h"
#include "cli/api/text.h"

namespace kw::cli {
namespace {

struct Kind {
  std::string_view name, columns;
};
constexpr std::array kKinds{
    Kind{"device", "name live address policy_revision policy_wanted alarms_open id"},
    Kind{"alarm", "type severity state device_name count params id"},
    Kind{"enrolment", "state hostname address mac id"},
    Kind{"policy", "revision note devices applied"},
    Kind{"checkpoint", "size root time"},
};

}  // namespace

Result<std::string> live_line(std::string_view message) {
  KW_TRY(const auto value, parse_json(message));
  if (!value.is_object()) return fail(Errc::malformed, "live message");
  const auto word = text_member(value.get_object(), "kind");
  const auto* inner = value.get_object().if_contains(word);
  if (inner == nullptr || !inner->is_object()) return fail(Errc::malformed, "live message without its object");
  const auto known = std::ranges::find(kKinds, word, &Kind::name);
  return printable(word) + "  " +
         render_line(inner->get_object(), known == kKinds.end() ? std::string_view() : known->columns);
}

}  // namespace kw::cli
