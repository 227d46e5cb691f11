#include "masking/catalogue.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/text.h"
#include "identifiers/id_number.h"
#include "masking/code_points.h"
#include "masking/text_value.h"
#include "masking/toml_file.h"

namespace kw::masking {
namespace {

using config::TomlSection;

constexpr std::size_t kMostKinds = 64, kMostShapes = 16, kMostShows = 8, kMostInside = 64, kMostWords = 256;
constexpr std::array<std::string_view, 5> kTextForms{"none", "name", "address", "email", "ip"};

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= 32 &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

Result<> read_key(TomlSection& from, std::string_view key, std::string& to) {
  KW_CHECK(from.text(key, to, 32));
  if (!is_key(to)) return from.wrong(key, "1 to 32 of a-z, 0-9 and '_'");
  return {};
}

Result<> read_shows(TomlSection& from, FieldKind& out) {
  KW_TRY(auto sections, from.sections("show", kMostShows));
  for (auto& section : sections) {
    ShowRule rule;
    KW_CHECK(read_key(section, "name", rule.name));
    std::int64_t leaves = 0;
    KW_CHECK(section.number("leaves", 1, std::numeric_limits<std::int64_t>::max(), leaves));
    KW_CHECK(section.text("because", rule.because, 200, 8));
    if (leaves == 0) return section.wrong("leaves", "missing");
    if (rule.because.empty()) return section.wrong("because", "missing");
    rule.leaves = static_cast<Count>(leaves);
    if (std::ranges::count(out.shows, rule.name, &ShowRule::name) > 0) return section.wrong("name", "twice");
    if (!out.shows.empty() && rule.leaves > out.shows.back().leaves)
      return section.wrong("leaves", "more than the step before, which shows less");
    KW_CHECK(section.finish());
    out.shows.push_back(std::move(rule));
  }
  return {};
}

Result<> read_shapes(TomlSection& from, FieldKind& out) {
  KW_TRY(auto sections, from.sections("shape", kMostShapes));
  for (auto& section : sections) {
    std::string parts, check = "none";
    KW_CHECK(section.text("parts", parts));
    KW_CHECK(section.text("check", check, 16));
    auto shape = parse_shape(parts, check);
    if (!shape) return section.wrong("parts", shape.error().detail());
    KW_CHECK(section.finish());
    out.shapes.push_back(std::move(*shape));
  }
  return {};
}

Result<FieldKind> read_kind(TomlSection& from) {
  FieldKind out;
  KW_CHECK(read_key(from, "name", out.name));
  KW_CHECK(from.flag("personal", out.personal));
  std::int64_t least = 1'000'000;
  KW_CHECK(from.number("least", 2, std::numeric_limits<std::int64_t>::max(), least));
  out.least = static_cast<Count>(least);
  KW_CHECK(from.number("stars", 1, 8, out.stars));
  KW_CHECK(from.flag("capitals", out.capitals));
  std::string drop, form = "none";
  KW_CHECK(from.text("drop", drop, 32));
  const auto dropped = code_points_of(drop);
  if (!dropped) return from.wrong("drop", "UTF-8");
  out.drop = *dropped;
  KW_CHECK(from.texts("prefixes", out.prefixes, 8));
  KW_CHECK(from.text("text", form, 16));
  const auto known = std::ranges::find(kTextForms, form);
  if (known == kTextForms.end()) return from.wrong("text", "name, address, email or ip");
  out.text = static_cast<TextForm>(known - kTextForms.begin());
  KW_CHECK(read_shapes(from, out));
  KW_CHECK(read_shows(from, out));
  if (out.shapes.empty() == (out.text == TextForm::none)) return from.wrong("shape", "either shapes or a text");
  const auto steps = text_steps(out.text);
  if (out.shows.size() > steps.size()) return from.wrong("show", "more than the form has");
  for (std::size_t i = 0; i < out.shows.size(); ++i)
    if (out.shows[i].name != steps[i]) return from.wrong("show", "the form's steps in their order");
  KW_CHECK(from.finish());
  return out;
}

Result<std::size_t> kind_named(const Catalogue& catalogue, TomlSection& from, std::string_view key) {
  std::string name;
  KW_CHECK(read_key(from, key, name));
  const auto* found = catalogue.kind(name);
  if (found == nullptr) return from.wrong(key, "no kind has this name");
  return static_cast<std::size_t>(found - catalogue.kinds.data());
}

/// A part with shapes has places of its own; of a text it is a step that tells.
Result<> read_part(TomlSection& from, const FieldKind& part, Inside& out) {
  std::string step;
  KW_CHECK(from.text("step", step, 32));
  if (part.text == TextForm::none) {
    KW_CHECK(from.number("from", 0, Shape::kMostSize, out.from));
    if (!step.empty()) return from.wrong("step", "of texts alone");
    if (out.from + out.width > part.shapes[0].size) return from.wrong("width", "beyond the end of the part");
    return {};
  }
  const auto rule = std::ranges::find(part.shows, step, &ShowRule::name);
  if (rule == part.shows.end()) return from.wrong("step", "a step of this text");
  out.step = static_cast<std::size_t>(rule - part.shows.begin()) + 1;
  return {};
}

Result<> read_inside(TomlSection& root, Catalogue& out) {
  KW_TRY(auto sections, root.sections("inside", kMostInside));
  for (auto& section : sections) {
    Inside one;
    KW_TRY(one.whole, kind_named(out, section, "whole"));
    KW_TRY(one.part, kind_named(out, section, "part"));
    KW_CHECK(section.number("shape", 0, kMostShapes, one.shape));
    KW_CHECK(section.number("at", 0, Shape::kMostSize, one.at));
    KW_CHECK(section.number("width", 1, Shape::kMostSize, one.width));
    const auto& shapes = out.kinds[one.whole].shapes;
    if (one.width == 0 || one.shape >= shapes.size() || one.at + one.width > shapes[one.shape].size)
      return section.wrong("width", "beyond the end of the whole");
    KW_CHECK(read_part(section, out.kinds[one.part], one));
    KW_CHECK(section.finish());
    out.inside.push_back(one);
  }
  return {};
}

Result<> read_words(TomlSection& root, TextWords& out) {
  std::vector<std::string> surnames, provinces, providers;
  KW_TRY(auto name, root.section("name"));
  KW_CHECK(name.texts("compound", surnames, kMostWords));
  KW_CHECK(name.finish());
  KW_TRY(auto address, root.section("address"));
  KW_CHECK(address.texts("provinces", provinces, kMostWords));
  KW_CHECK(address.finish());
  KW_TRY(auto email, root.section("email"));
  KW_CHECK(email.texts("providers", providers, kMostWords));
  KW_CHECK(email.finish());
  for (const auto& word : surnames) {
    auto text = code_points_of(word);
    if (!text || text->size() != 2) return name.wrong("compound", "two characters each");
    out.surnames.insert(std::move(*text));
  }
  for (const auto& word : provinces) {
    auto text = code_points_of(word);
    if (!text) return address.wrong("provinces", "UTF-8");
    out.provinces.push_back(std::move(*text));
  }
  for (const auto& word : providers) out.providers.insert(lower(word));
  return {};
}

Result<> read_fields(TomlSection root, std::vector<std::string> regions, Catalogue& out) {
  int version = 0, first = 1926, last = 2025;
  KW_CHECK(root.number("version", 1, 1, version));
  if (version != 1) return root.wrong("version", "1");
  KW_TRY(auto model, root.section("model"));
  KW_CHECK(model.number("first_birth_year", 1850, 2199, first));
  KW_CHECK(model.number("last_birth_year", 1850, 2199, last));
  if (last < first || last - first > 200) return model.wrong("last_birth_year", "0 to 200 years behind the first");
  KW_CHECK(model.finish());
  out.model = make_model(std::move(regions), first, last);
  KW_TRY(auto kinds, root.sections("kind", kMostKinds));
  for (auto& section : kinds) {
    KW_TRY(auto kind, read_kind(section));
    if (out.kind(kind.name) != nullptr) return section.wrong("name", "twice");
    out.kinds.push_back(std::move(kind));
  }
  if (out.kinds.empty()) return root.wrong("kind", "none");
  KW_CHECK(read_inside(root, out));
  KW_CHECK(read_words(root, out.words));
  return root.finish();
}

/// A line: four digits, then what stands at digits five and six, each behind a blank.
Result<> read_region_line(std::string_view line, std::set<std::string>& out) {
  const auto prefecture = line.substr(0, 4);
  if (line.size() < 7 || (line.size() - 4) % 3 != 0) return fail(Errc::invalid, "PPPP CC CC ...");
  for (std::size_t at = 4; at < line.size(); at += 3) {
    const auto region = std::string(prefecture) + std::string(line.substr(at + 1, 2));
    if (line[at] != ' ' || !identifiers::is_region_number(region)) return fail(Errc::invalid, "PPPP CC CC ...");
    if (!out.insert(region).second) return fail(Errc::invalid, "a region stands twice");
  }
  return {};
}

Result<std::vector<std::string>> read_regions(std::string_view text) {
  if (text.size() > kMostCatalogue) return fail(Errc::too_large, "regions");
  std::set<std::string> out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    if (auto read = read_region_line(line, out); !read)
      return read.error().within("regions line " + std::to_string(number));
  }
  if (out.empty()) return fail(Errc::invalid, "regions: none");
  return std::vector<std::string>(out.begin(), out.end());
}

}  // namespace

const FieldKind* Catalogue::kind(std::string_view name) const noexcept {
  const auto found = std::ranges::find(kinds, name, &FieldKind::name);
  return found == kinds.end() ? nullptr : &*found;
}

Result<Catalogue> parse_catalogue(std::string_view fields_toml, std::string_view regions) {
  KW_TRY(auto known, read_regions(regions));
  return read_toml(fields_toml, kMostCatalogue, [&](TomlSection root) -> Result<Catalogue> {
    Catalogue out;
    KW_CHECK(read_fields(std::move(root), std::move(known), out));
    return out;
  });
}

}  // namespace kw::masking
