#pragma once
// kafka_message and kafka_answer speak with HTTP bridges of Kafka: Confluent's REST API, versions 2 and 3.
//
// The record's number is the key, so that a compacted topic, or a consumer, keeps one of two that were sent twice.
// PURE and thread-safe.
#include "export/message.h"

namespace kw::exports {

Result<Message> kafka_message(const Profile& profile, const Batch& batch);
/// kafka_answer: one result for each record, in order; Errc::malformed for any other number. A result that can be
/// tried again refuses the whole batch, one that cannot refuses its record.
Result<Answer> kafka_answer(Wrap wrap, const Batch& batch, std::string_view text);

}  // namespace kw::exports
