#pragma once
// file_answer makes the answer of an operation that hands out a file: bodies in pieces, and why somebody wants it.
//
//   KW_TRY(const auto purpose, purpose_of(call));
//   KW_TRY(auto body, stored_file(path, size));
//   return file_answer(std::move(body), "text/csv", "extract.csv");
//
// No cache keeps what is handed out, and no browser shows it as a page of ours. A body belongs to one thread at a time.
#include <filesystem>

#include "server/api/call.h"

namespace kw::server {

using Body = std::shared_ptr<net::BodySource>;

[[nodiscard]] Answer file_answer(Body body, std::string type, const std::string& name);

/// text_body gives the text in one piece.
[[nodiscard]] Body text_body(std::string_view text);
/// stored_file gives `head` and then the octets of the file at `path`, `size` of both together; Errc::not_found,
/// Errc::not_permitted or Errc::io where it cannot be opened, Errc::io from the body where it cannot be read.
[[nodiscard]] Result<Body> stored_file(const std::filesystem::path& path, std::uint64_t size, Bytes head = {});

/// purpose_of reads the query parameter `purpose` of a reading that is recorded: 1 to 200 characters.
Result<std::string> purpose_of(const Call& call);

}  // namespace kw::server
