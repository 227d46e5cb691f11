#pragma once
// Extracts is the repository of what was taken out of the audit as files.
#include <string>
#include <vector>

#include "base/id.h"

namespace kw::store {

struct ExtractTag;
using ExtractId = Id<ExtractTag>;

struct Extract {
  ExtractId id;
  std::uint64_t number = 0;  // of the watermark; rising
  std::string account, purpose, filter;
  std::string form;  // "csv", "jsonl"
  Timestamp made, expires;
  std::uint64_t entries = 0, octets = 0;
  Bytes digest;          // SM3 of the file
  bool removed = false;  // the file is gone, by its time
};

class Extracts {
 public:
  virtual ~Extracts() = default;
  virtual Result<> insert(const Extract& extract) = 0;
  virtual Result<Extract> get(const ExtractId& id) = 0;  // Errc::not_found
  virtual Result<std::vector<Extract>> list() = 0;   // newest first, at most 200
  /// take_number gives each number once.
  virtual Result<std::uint64_t> take_number() = 0;
  virtual Result<std::vector<Extract>> expired(Timestamp now) = 0;  // with a file, at most 100
  virtual Result<> remove(const ExtractId& id) = 0;                     // marks it
};

}  // namespace kw::store
