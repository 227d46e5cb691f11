#pragma once
// message_json writes any message as JSON, by its description alone.
//
// Every field is there but absent messages and unset words of enumerations. Words are lower case, octets hex; numbers
// of 64 bits are texts, as JSON readers lose their last digits.
#include <google/protobuf/message.h>

#include <boost/json.hpp>

namespace kw::policy {

[[nodiscard]] boost::json::value message_json(const google::protobuf::Message& message);

}  // namespace kw::policy
