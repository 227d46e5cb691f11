#include "vault/field_type.h"

#include <array>
#include <limits>

#include "base/utf8.h"

namespace kw::vault {
namespace {

struct TypeRow {
  FieldType type;
  std::string_view word;
  std::uint64_t values;  // 0: cannot be compared
};
constexpr std::uint64_t kManyValues = std::numeric_limits<std::uint64_t>::max();
constexpr std::array kTypeRows = {
    TypeRow{FieldType::text, "text", kManyValues},
    TypeRow{FieldType::name, "name", kManyValues},
    TypeRow{FieldType::address, "address", kManyValues},
    TypeRow{FieldType::phone, "phone", 10'000'000'000},
    TypeRow{FieldType::id_number, "id-number", 100'000'000'000'000},
    TypeRow{FieldType::credit_code, "credit-code", kManyValues},
    TypeRow{FieldType::certificate_number, "certificate-number", kManyValues},
    TypeRow{FieldType::bank_card, "bank-card", 1'000'000'000'000'000},
    TypeRow{FieldType::date, "date", 45'000},
    TypeRow{FieldType::year, "year", 150},
    TypeRow{FieldType::number, "number", 100'000},
    TypeRow{FieldType::sex, "sex", 3},
    TypeRow{FieldType::flag, "flag", 2},
    TypeRow{FieldType::choice, "choice", 1},
    TypeRow{FieldType::secret, "secret", 0},
    TypeRow{FieldType::biometric, "biometric", 0},
    TypeRow{FieldType::image, "image", 0},
    TypeRow{FieldType::video, "video", 0},
    TypeRow{FieldType::file, "file", 0},
};

const TypeRow& row_of(FieldType type) { return kTypeRows[static_cast<std::size_t>(type) - 1]; }

constexpr std::string_view kIdeographicSpace = "\u3000", kNameDot = "\u00b7";
constexpr std::array<std::string_view, 4> kOtherDots = {"\u2022", "\u30fb", "\u2027", "\uff65"};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  for (;;) {
    if (text.empty()) return text;
    if (is_blank(text.front()))
      text.remove_prefix(1);
    else if (is_blank(text.back()))
      text.remove_suffix(1);
    else if (text.starts_with(kIdeographicSpace))
      text.remove_prefix(kIdeographicSpace.size());
    else if (text.ends_with(kIdeographicSpace))
      text.remove_suffix(kIdeographicSpace.size());
    else
      return text;
  }
}

/// Collects octets in memory that is wiped; what it was given is at least as long as what it makes.
class NormalText {
 public:
  explicit NormalText(std::size_t most) : octets_(most) {}
  void put(std::string_view text) {
    for (const char c : text) octets_.reveal_mutable()[size_++] = static_cast<Byte>(c);
  }
  void put_upper(char c) {
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    put({&upper, 1});
  }
  [[nodiscard]] SecretBytes take() const { return SecretBytes::copy_of(octets_.reveal().first(size_)); }

 private:
  SecretBytes octets_;
  std::size_t size_ = 0;
};

bool is_number_type(FieldType type) {
  return type == FieldType::phone || type == FieldType::id_number || type == FieldType::credit_code ||
         type == FieldType::certificate_number || type == FieldType::bank_card;
}

std::string_view other_dot(std::string_view rest) {
  for (const auto dot : kOtherDots)
    if (rest.starts_with(dot)) return dot;
  return {};
}

SecretBytes normal_number(std::string_view text) {
  NormalText out(text.size());
  while (!text.empty()) {
    if (text.starts_with(kIdeographicSpace)) {
      text.remove_prefix(kIdeographicSpace.size());
      continue;
    }
    const char c = text.front();
    if (!is_blank(c) && std::string_view("-.()").find(c) == std::string_view::npos) out.put_upper(c);
    text.remove_prefix(1);
  }
  return out.take();
}

SecretBytes normal_text(std::string_view text, bool is_name) {
  NormalText out(text.size());
  while (!text.empty()) {
    const auto dot = is_name ? other_dot(text) : std::string_view();
    if (dot.empty()) {
      out.put_upper(text.front());
      text.remove_prefix(1);
    } else {
      out.put(kNameDot);
      text.remove_prefix(dot.size());
    }
  }
  return out.take();
}

SecretBytes without_country(SecretBytes number) {
  auto rest = text_of(number.reveal());
  for (;;) {  // until nothing changes: the normal form of a normal form is itself
    if (rest.starts_with("+86"))
      rest.remove_prefix(3);
    else if (rest.starts_with("0086"))
      rest.remove_prefix(4);
    else
      return SecretBytes::copy_of(bytes_of(rest));
  }
}

}  // namespace

std::string_view name(FieldType type) noexcept { return row_of(type).word; }

std::optional<FieldType> type_of(std::string_view word) noexcept {
  for (const auto& row : kTypeRows)
    if (row.word == word) return row.type;
  return std::nullopt;
}

std::optional<std::uint64_t> possible_values(FieldType type, std::size_t choices) noexcept {
  if (row_of(type).values == 0) return std::nullopt;
  return type == FieldType::choice ? choices : row_of(type).values;
}

Result<SecretBytes> normal_form(FieldType type, std::string_view text) {
  const auto values = possible_values(type, 0);
  if (!values || *values < kLeastSearchable) return fail(Errc::invalid, "a type that is not looked for");
  text = trimmed(text);
  if (text.size() > kMostNormalForm) return fail(Errc::invalid, "a value to be looked for: too long");
  if (!is_utf8(text)) return fail(Errc::invalid, "a value to be looked for: not UTF-8");
  auto out = is_number_type(type) ? normal_number(text) : normal_text(text, type == FieldType::name);
  if (type == FieldType::phone) out = without_country(std::move(out));
  if (out.empty()) return fail(Errc::invalid, "a value to be looked for: empty");
  return out;
}

}  // namespace kw::vault
