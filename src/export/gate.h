#pragma once
// The files of an exchange gate: what a batch is called, what its manifest says, which reply belongs to which batch.
//
//   out/NUMBER.xml        the batch; made under another name and renamed
//   out/NUMBER.manifest   JSON: version, batch, file, octets, sm3, records, first, last; comes last
//   in/NUMBER.reply.xml   the answer; goes to done/ when it was read
//
// PURE and thread-safe; the server's gate transport does the writing.
#include "export/message.h"

namespace kw::exports {

[[nodiscard]] std::string gate_file(std::string_view batch);
[[nodiscard]] std::string gate_manifest_file(std::string_view batch);
[[nodiscard]] std::string gate_manifest(const Batch& batch, std::string_view octets);
/// batch_of_reply is the batch that a file's name answers; nothing where it is no reply's name.
[[nodiscard]] std::optional<std::string> batch_of_reply(std::string_view file);

}  // namespace kw::exports
