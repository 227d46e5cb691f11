#pragma once
// SecretBytes holds key material: it wipes on destruction, has no formatter, and is copied only by clone().
//
// Threads: like a vector. The view from reveal() lives as long as the secret.
#include <algorithm>
#include <utility>

#include "base/bytes.h"

namespace kw {

/// wipe overwrites memory with zeros in a way the optimiser keeps.
void wipe(MutableByteView memory) noexcept;

/// wipe_stack overwrites what calls that have returned left below the caller's frame on the thread's stack: 64 KiB.
void wipe_stack() noexcept;

class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size) : data_(size) {}
  /// Takes the octets and leaves nothing behind in the source.
  explicit SecretBytes(Bytes&& from) noexcept : data_(std::move(from)) {}
  static SecretBytes copy_of(ByteView from) { return SecretBytes(copy(from)); }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  SecretBytes(SecretBytes&& other) noexcept : data_(std::exchange(other.data_, {})) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      wipe(data_);
      data_ = std::exchange(other.data_, {});
    }
    return *this;
  }
  ~SecretBytes() { wipe(data_); }

  [[nodiscard]] SecretBytes clone() const { return copy_of(data_); }
  [[nodiscard]] ByteView reveal() const noexcept { return data_; }
  [[nodiscard]] MutableByteView reveal_mutable() noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return data_.size(); }
  [[nodiscard]] bool empty() const noexcept { return data_.empty(); }

 private:
  Bytes data_;
};

}  // namespace kw
