#include "device/egress/pdf_file.h"

#include <algorithm>

namespace kw::device {
namespace {

const PdfValue kNothing;

bool digit(Byte c) { return c >= '0' && c <= '9'; }
bool blank(Byte c) { return c == 0 || c == 9 || c == 10 || c == 12 || c == 13 || c == 32; }

/// The number before "obj" at `at`: "12 0 obj".
std::optional<std::uint32_t> number_before(ByteView file, std::size_t at) {
  const auto skip = [&](auto test) {
    const auto from = at;
    while (at > 0 && from - at < 12 && test(file[at - 1])) --at;
    return from - at;
  };
  if (skip(blank) == 0 || skip(digit) == 0 || skip(blank) == 0) return std::nullopt;
  const auto end = at;
  const auto digits = skip(digit);
  if (digits == 0 || digits > 9) return std::nullopt;
  std::uint32_t out = 0;
  for (auto i = at; i < end; ++i) out = out * 10 + (file[i] - '0');
  return out;
}

Bytes ascii_hex(ByteView in) {
  std::size_t values = 1;
  Bytes framed{'<'};
  append(framed, in);
  const auto value = PdfParser(framed, values).next();
  const auto* text = value ? value->as<std::string>() : nullptr;
  return text == nullptr ? Bytes() : copy(bytes_of(*text));
}

Bytes ascii_85(ByteView in) {
  Bytes out;
  std::uint64_t group = 0;
  int count = 0;
  const auto flush = [&](int octets) {
    for (int i = 0; i < octets; ++i) out.push_back(static_cast<Byte>(group >> (24 - 8 * i)));
    group = 0, count = 0;
  };
  for (const auto c : in) {
    if (c == '~') break;
    if (c == 'z' && count == 0) {
      out.insert(out.end(), 4, 0);
    } else if (c >= '!' && c <= 'u') {
      group = group * 85 + (c - '!');
      if (++count == 5) flush(4);
    }
  }
  if (count > 1) {
    const int octets = count - 1;
    while (count < 5) group = group * 85 + 84, ++count;
    flush(octets);
  }
  return out;
}

/// PNG's predictors (ISO 32000-1, 7.4.4.4): each row begins with how it was made of the one above.
Bytes unpredicted(const Bytes& in, std::size_t columns, std::size_t pixel) {
  Bytes out, above(columns), row(columns);
  for (std::size_t at = 0; at + columns < in.size(); at += columns + 1) {
    const auto kind = in[at];
    for (std::size_t i = 0; i < columns; ++i) {
      const int left = i >= pixel ? row[i - pixel] : 0, up = above[i], corner = i >= pixel ? above[i - pixel] : 0;
      const int guess = left + up - corner, a = std::abs(guess - left), b = std::abs(guess - up),
                c = std::abs(guess - corner);
      const int paeth = a <= b && a <= c ? left : b <= c ? up : corner;
      const int add = kind == 1 ? left : kind == 2 ? up : kind == 3 ? (left + up) / 2 : kind == 4 ? paeth : 0;
      row[i] = static_cast<Byte>(in[at + 1 + i] + add);
    }
    append(out, row);
    above = row;
  }
  return out;
}

}  // namespace

PdfFile PdfFile::read(ByteView file, Budget& budget) {
  PdfFile out;
  out.find_objects(file);
  if (!out.encrypted_) out.open_object_streams(budget);
  return out;
}

void PdfFile::find_objects(ByteView file) {
  const auto text = text_of(file);
  encrypted_ = text.find("/Encrypt") != std::string_view::npos;
  for (std::size_t at = 0; (at = text.find("obj", at)) != std::string_view::npos && objects_.size() < kMostObjects;) {
    const auto number = at > 0 && !blank(file[at - 1]) ? std::nullopt : number_before(file, at);
    at = number ? take_object(file, at + 3, *number) : at + 3;
  }
}

std::size_t PdfFile::take_object(ByteView file, std::size_t at, std::uint32_t number) {
  PdfParser in(file, values_);
  in.seek(at);
  auto value = in.next();
  if (!value) return at;
  Object object{std::move(*value), std::nullopt};
  auto end = in.position();
  const auto* dict = object.value.dict();
  auto word = dict != nullptr ? in.next() : std::nullopt;
  if (word && word->word("stream")) {
    auto from = in.position();
    if (from < file.size() && file[from] == 13) ++from;
    if (from < file.size() && file[from] == 10) ++from;
    const auto text = text_of(file);
    // The length that is given counts where the stream really ends there.
    const auto given = dict->contains("Length") ? dict->at("Length").number() : std::nullopt;
    std::size_t to = std::string_view::npos;
    if (given && *given <= file.size() - from) {
      const auto next = text.find("endstream", from + *given);
      if (next != std::string_view::npos && next - (from + *given) <= 4) to = from + *given;
    }
    if (to == std::string_view::npos) to = std::min(text.find("endstream", from), file.size());
    object.stream = file.subspan(from, to - from);
    end = to;
  }
  objects_[number] = std::move(object);
  return std::max(end, at);
}

void PdfFile::open_object_streams(Budget& budget) {
  std::vector<Bytes> contents;
  std::vector<std::pair<std::size_t, std::size_t>> shapes;  // N, First
  for (const auto& [number, object] : objects_) {
    const auto* dict = object.value.dict();
    if (dict == nullptr || !object.stream || get(*dict, "Type").name() != "ObjStm") continue;
    const auto count = get(*dict, "N").number(), first = get(*dict, "First").number();
    auto content = decoded(object, budget);
    if (!content || !count || !first) continue;
    contents.push_back(std::move(*content));
    shapes.emplace_back(*count, *first);
  }
  for (std::size_t i = 0; i < contents.size(); ++i) {
    PdfParser head(contents[i], values_);
    for (std::size_t n = 0; n < shapes[i].first && objects_.size() < kMostObjects; ++n) {
      const auto number = head.next(), offset = head.next();
      if (!number || !offset || !number->number() || !offset->number()) break;
      PdfParser in(contents[i], values_);
      in.seek(shapes[i].second + *offset->number());
      if (auto value = in.next()) objects_[*number->number()] = {std::move(*value), std::nullopt};
    }
  }
}

const PdfFile::Object* PdfFile::object(const PdfValue& reference) const {
  const auto* ref = reference.as<PdfRef>();
  const auto at = ref == nullptr ? objects_.end() : objects_.find(ref->number);
  return at == objects_.end() ? nullptr : &at->second;
}

const PdfValue& PdfFile::resolve(const PdfValue& value) const {
  const auto* at = &value;
  for (int hops = 0; hops < 8 && at->as<PdfRef>() != nullptr; ++hops) {
    const auto* found = object(*at);
    if (found == nullptr) return kNothing;
    at = &found->value;
  }
  return *at;
}

const PdfValue& PdfFile::get(const PdfDict& dict, std::string_view key) const {
  const auto at = dict.find(key);
  return at == dict.end() ? kNothing : resolve(at->second);
}

Result<Bytes> PdfFile::decoded(const Object& object, Budget& budget) const {
  const auto* dict = object.value.dict();
  if (dict == nullptr || !object.stream) return fail(Errc::malformed, "pdf: no stream");
  const auto list = [&](const char* key) {
    const auto& value = get(*dict, key);
    if (const auto* array = value.as<PdfArray>()) return *array;
    return value.as<std::monostate>() != nullptr ? PdfArray() : PdfArray{value};
  };
  const auto filters = list("Filter"), settings = list("DecodeParms");
  if (filters.size() > 4) return fail(Errc::unsupported, "pdf: filters");
  if (object.stream->size() > std::min(budget.octets, budget.part)) return fail(Errc::too_large, "pdf: stream");
  Bytes out = copy(*object.stream);
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const auto filter = resolve(filters[i]).name();
    if (filter == "FlateDecode" || filter == "Fl") {
      KW_TRY(auto plain, inflate(out, false, budget));
      out = std::move(plain.octets);
      const auto* with = i < settings.size() ? resolve(settings[i]).dict() : nullptr;
      if (with == nullptr || get(*with, "Predictor").number().value_or(1) < 10) continue;
      const std::size_t columns = get(*with, "Columns").number().value_or(1),
                        colours = get(*with, "Colors").number().value_or(1),
                        bits = get(*with, "BitsPerComponent").number().value_or(8);
      if (columns > 65536 || colours > 32 || bits > 16) return fail(Errc::malformed, "pdf: predictor");
      out = unpredicted(out, std::max<std::size_t>((columns * colours * bits + 7) / 8, 1),
                        std::max<std::size_t>(colours * bits / 8, 1));
    } else if (filter == "ASCIIHexDecode" || filter == "AHx") {
      out = ascii_hex(out);
    } else if (filter == "ASCII85Decode" || filter == "A85") {
      out = ascii_85(out);
    } else {
      return fail(Errc::unsupported, "pdf: filter " + std::string(filter.substr(0, 32)));
    }
  }
  return out;
}

}  // namespace kw::device
