// The JSON form of sections: strict where people write, complete where the console reads.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/text.h"
#include "policy/json_text.h"
#include "policy/sections/message_json.h"
#include "policy/sections/section.h"

namespace kw::policy {
namespace {

namespace json = boost::json;
namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

std::string upper(std::string_view word) {
  std::string out(word);
  for (auto& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}
std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

Result<> read(const json::value& from, pb::Message& to, const std::string& path);

Result<> read_one(const json::value& from, pb::Message& to, const Field& field, const std::string& path) {
  const auto& r = *to.GetReflection();
  const bool list = field.is_repeated();
  const auto wrong = [&](std::string_view what) {
    return fail(Errc::malformed, path + ": " + std::string(what) + " is asked");
  };
  switch (field.cpp_type()) {
    case Field::CPPTYPE_BOOL:
      if (!from.is_bool()) return wrong("true or false");
      list ? r.AddBool(&to, &field, from.get_bool()) : r.SetBool(&to, &field, from.get_bool());
      return {};
    case Field::CPPTYPE_UINT32: {
      if (!from.is_int64() || from.get_int64() < 0 || from.get_int64() > UINT32_MAX) return wrong("a whole number");
      const auto number = static_cast<std::uint32_t>(from.get_int64());
      list ? r.AddUInt32(&to, &field, number) : r.SetUInt32(&to, &field, number);
      return {};
    }
    case Field::CPPTYPE_DOUBLE: {
      if (!from.is_number()) return wrong("a number");
      const auto number = from.to_number<double>();
      list ? r.AddDouble(&to, &field, number) : r.SetDouble(&to, &field, number);
      return {};
    }
    case Field::CPPTYPE_STRING: {
      if (!from.is_string()) return wrong("a text");
      if (from.get_string().size() > 4096) return wrong("a text of at most 4096 octets");
      std::string text(view(from.get_string()));
      list ? r.AddString(&to, &field, std::move(text)) : r.SetString(&to, &field, std::move(text));
      return {};
    }
    case Field::CPPTYPE_ENUM: {
      const auto* word =
          from.is_string() ? field.enum_type()->FindValueByName(upper(view(from.get_string()))) : nullptr;
      if (word == nullptr || word->number() == 0 || lower(word->name()) != view(from.get_string()))
        return wrong("one of its words");
      list ? r.AddEnum(&to, &field, word) : r.SetEnum(&to, &field, word);
      return {};
    }
    case Field::CPPTYPE_MESSAGE:
      return read(from, list ? *r.AddMessage(&to, &field) : *r.MutableMessage(&to, &field), path);
    default:
      return fail(Errc::internal, path + ": a type that sections do not use");
  }
}

Result<> read(const json::value& from, pb::Message& to, const std::string& path) {
  const auto* object = from.if_object();
  if (object == nullptr) return fail(Errc::malformed, path + ": an object is asked");
  for (const auto& [key, value] : *object) {
    const auto* field = to.GetDescriptor()->FindFieldByName(std::string(key.data(), key.size()));
    if (field == nullptr) return fail(Errc::malformed, path + ": unknown key");
    const auto at = path + "/" + field->name();
    if (!field->is_repeated()) {
      KW_CHECK(read_one(value, to, *field, at));
      continue;
    }
    const auto* list = value.if_array();
    if (list == nullptr) return fail(Errc::malformed, at + ": a list is asked");
    for (std::size_t i = 0; i < list->size(); ++i)
      KW_CHECK(read_one((*list)[i], to, *field, at + "/" + std::to_string(i)));
  }
  return {};
}

json::array fields_of(const pb::Descriptor& message) {
  json::array out;
  for (int i = 0; i < message.field_count(); ++i) {
    const auto& field = *message.field(i);
    json::object one{{"name", field.name()}, {"list", field.is_repeated()}};
    switch (field.cpp_type()) {
      case Field::CPPTYPE_BOOL:
        one["type"] = "boolean";
        break;
      case Field::CPPTYPE_UINT32:
        one["type"] = "integer";
        break;
      case Field::CPPTYPE_DOUBLE:
        one["type"] = "number";
        break;
      case Field::CPPTYPE_ENUM: {
        one["type"] = "choice";
        json::array words;
        for (int w = 1; w < field.enum_type()->value_count(); ++w)
          words.emplace_back(lower(field.enum_type()->value(w)->name()));
        one["words"] = std::move(words);
        break;
      }
      case Field::CPPTYPE_MESSAGE:
        one["type"] = "object";
        one["fields"] = fields_of(*field.message_type());
        break;
      default:
        one["type"] = "text";
    }
    out.push_back(std::move(one));
  }
  return out;
}

const Field& field_of(const Section& section) {
  return *v1::PolicyBundle::descriptor()->FindFieldByName(std::string(section.name));
}

}  // namespace

Result<> parse_sections(std::string_view in, v1::PolicyBundle& to) {
  KW_TRY(const auto root, parse_json_text(in, kMostDefenceOctets, 12));
  const auto* top = root.if_object();
  if (top == nullptr) return fail(Errc::malformed, ": an object is asked");
  v1::PolicyBundle read_here;
  for (const auto& [key, value] : *top) {
    const auto* section = find_section(std::string_view(key.data(), key.size()));
    if (section == nullptr) return fail(Errc::malformed, ": unknown section");
    KW_CHECK(read_one(value, read_here, field_of(*section), "/" + std::string(section->name)));
  }
  for (const auto& section : sections()) to.GetReflection()->ClearField(&to, &field_of(section));
  to.MergeFrom(read_here);
  return {};
}

std::string sections_json(const v1::PolicyBundle& policy) {
  json::object out;
  for (const auto& section : sections()) {
    const auto& field = field_of(section);
    if (policy.GetReflection()->HasField(policy, &field))
      out[std::string(section.name)] = message_json(policy.GetReflection()->GetMessage(policy, &field));
  }
  return json::serialize(out);
}

std::string sections_schema() {
  json::object out;
  for (const auto& section : sections()) {
    json::array actions;
    for (const auto& action : section.actions) {
      json::array args;
      for (const auto arg : action.args) args.emplace_back(json::string_view(arg.data(), arg.size()));
      actions.push_back(
          {{"name", json::string_view(action.name.data(), action.name.size())}, {"args", std::move(args)}});
    }
    out[std::string(section.name)] = {{"clauses", json::string_view(section.clauses.data(), section.clauses.size())},
                                      {"fields", fields_of(*field_of(section).message_type())},
                                      {"actions", std::move(actions)}};
  }
  return json::serialize(out);
}

}  // namespace kw::policy
