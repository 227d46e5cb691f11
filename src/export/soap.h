#pragma once
// soap_message calls one operation with a batch (SOAP 1.1 and 1.2, document style, parameters as elements).
//
// The records travel as text inside a parameter: XML in XML, escaped once. PURE and thread-safe.
#include "export/message.h"

namespace kw::exports {

Result<Message> soap_message(const Profile& profile, const Batch& batch);

}  // namespace kw::exports
