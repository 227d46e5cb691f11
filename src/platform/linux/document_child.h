#pragma once
// document_child is the process that reads documents of strangers, and DocumentScanner the device::Scanner that starts
// it.
//
//   guard ── spawn /proc/self/exe document-reader MOST WORDS..., document as standard input ──> child
//   child: reads it whole, gives up user, files, memory and every system call that it does not need ── verdict ──>
//   guard
//
// One process a document. A marking is "infected" with the marking as its name; what could not be read is "limited"; a
// child that was killed (time, memory, a forbidden system call) is "failed". Threads: DocumentScanner any.
#include <mutex>
#include <span>

#include "device/malware/scanner.h"

namespace kw::platform {

inline constexpr std::string_view kDocumentReader = "document-reader";
/// document_child runs in the new process, with the words behind the command; it ends the process, or gives the exit code of a
/// process that could not be confined.
[[nodiscard]] int document_child(std::span<const std::string> words);

class DocumentScanner final : public device::Scanner {
 public:
  /// use takes policy's words, one a line.
  void use(const std::string& words) override;
  Result<device::ScanReply> scan(int fd, Duration most, const Stop& stop) override;
  Result<device::ScannerHello> hello(Duration most) override;

 private:
  std::mutex mutex_;
  std::vector<std::string> words_;
};

}  // namespace kw::platform
