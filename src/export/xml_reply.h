#pragma once
// xml_answer reads a receiver's XML by the profile's rule: one element that says yes, and the refused records.
//
// pugixml (MIT) reads it: it knows no external entities and expands none (ADR 68). PURE and thread-safe.
#include "export/message.h"

namespace kw::exports {

/// xml_answer: `otherwise` is the set of octets that declare none and are not UTF-8. Errc::malformed for what is no
/// XML, or has no such element, or names more than 10,000 records.
Result<Answer> xml_answer(const ReplyRule& rule, Charset otherwise, ByteView octets);

}  // namespace kw::exports
