#pragma once
// SessionReader is who reads an identity card or a code for the business session: one at a time.
//
//   reader.read({.source = ReadSource::card, .words = {"name"}, .patience = 30s}, [](auto texts) { … });
//
// `done` is called once, on the desk's thread and never from within read(): the texts in the order of the words, of a
// code the one that was shown. Errors: Errc::not_found where there is no such reader, Errc::unavailable where it does
// not answer or is in use, Errc::timeout where nothing was shown in time, Errc::malformed and Errc::unsupported for a
// card that cannot be read, Errc::cancelled after cancel(). Nothing is kept. Not thread-safe.
#include <functional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/time.h"

namespace kw::agent {

enum class ReadSource { card, code };
struct ReadWish {
  ReadSource source = ReadSource::card;
  std::vector<std::string> words;  // of a card: device::is_card_word
  Duration patience{0};
};

class SessionReader {
 public:
  using Done = std::function<void(Result<std::vector<SecretBytes>>)>;
  virtual ~SessionReader() = default;
  virtual void read(ReadWish wish, Done done) = 0;
  /// cancel ends what is being read; whoever asked hears of it.
  virtual void cancel() = 0;
};

}  // namespace kw::agent
