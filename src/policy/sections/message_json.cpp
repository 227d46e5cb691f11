#include "policy/sections/message_json.h"

#include <google/protobuf/descriptor.h>

#include "base/bytes.h"
#include "base/text.h"

namespace kw::policy {
namespace {

namespace json = boost::json;
namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

json::value text_or_octets(const std::string& value, const Field& field) {
  return json::string(field.type() == Field::TYPE_BYTES ? to_hex(bytes_of(value)) : value);
}

/// `at` is the element of a list, or -1 for a field that is none.
json::value write_one(const pb::Message& from, const Field& field, int at) {
  const auto& r = *from.GetReflection();
  const bool list = at >= 0;
  switch (field.cpp_type()) {
    case Field::CPPTYPE_BOOL:
      return list ? r.GetRepeatedBool(from, &field, at) : r.GetBool(from, &field);
    case Field::CPPTYPE_INT32:
      return list ? r.GetRepeatedInt32(from, &field, at) : r.GetInt32(from, &field);
    case Field::CPPTYPE_UINT32:
      return list ? r.GetRepeatedUInt32(from, &field, at) : r.GetUInt32(from, &field);
    case Field::CPPTYPE_INT64:
      return json::string(std::to_string(list ? r.GetRepeatedInt64(from, &field, at) : r.GetInt64(from, &field)));
    case Field::CPPTYPE_UINT64:
      return json::string(std::to_string(list ? r.GetRepeatedUInt64(from, &field, at) : r.GetUInt64(from, &field)));
    case Field::CPPTYPE_FLOAT:
      return list ? r.GetRepeatedFloat(from, &field, at) : r.GetFloat(from, &field);
    case Field::CPPTYPE_DOUBLE:
      return list ? r.GetRepeatedDouble(from, &field, at) : r.GetDouble(from, &field);
    case Field::CPPTYPE_STRING:
      return text_or_octets(list ? r.GetRepeatedString(from, &field, at) : r.GetString(from, &field), field);
    case Field::CPPTYPE_ENUM: {
      const auto* word = list ? r.GetRepeatedEnum(from, &field, at) : r.GetEnum(from, &field);
      return json::string(lower(word->name()));
    }
    case Field::CPPTYPE_MESSAGE:
      return message_json(list ? r.GetRepeatedMessage(from, &field, at) : r.GetMessage(from, &field));
  }
  return nullptr;
}

bool absent(const pb::Message& from, const Field& field) {
  const auto& r = *from.GetReflection();
  if (field.cpp_type() == Field::CPPTYPE_MESSAGE) return !r.HasField(from, &field);
  return field.cpp_type() == Field::CPPTYPE_ENUM && r.GetEnumValue(from, &field) == 0;
}

}  // namespace

json::value message_json(const pb::Message& message) {
  json::object out;
  const auto& description = *message.GetDescriptor();
  for (int i = 0; i < description.field_count(); ++i) {
    const auto& field = *description.field(i);
    if (!field.is_repeated()) {
      if (!absent(message, field)) out[field.name()] = write_one(message, field, -1);
      continue;
    }
    json::array list;
    const auto size = message.GetReflection()->FieldSize(message, &field);
    for (int at = 0; at < size; ++at) list.push_back(write_one(message, field, at));
    out[field.name()] = std::move(list);
  }
  return out;
}

}  // namespace kw::policy
