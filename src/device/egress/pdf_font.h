#pragma once
// PdfFont turns the octets of a shown string into characters; internal to src/device/egress.
#include "device/egress/pdf_file.h"
#include "marking/marking.h"

namespace kw::device {

class PdfFont {
 public:
  static constexpr std::size_t kMostCodes = 70'000;
  /// make reads a font's dictionary. A font that cannot be read is one whose `readable` is false.
  static PdfFont make(const PdfDict& font, PdfFile& file, Budget& budget);
  [[nodiscard]] bool readable() const noexcept { return kind_ != Kind::unreadable; }
  void put(ByteView shown, marking::MarkScan& scan) const;

 private:
  enum class Kind { latin, map, utf16, gbk, unreadable };
  void read_map(ByteView cmap, std::size_t& values);
  void read_differences(const PdfArray& differences);
  Kind kind_ = Kind::latin;
  std::map<std::uint32_t, std::u32string> codes_;  // octets of a code and its length -> characters
  std::array<bool, 5> lengths_{};                  // of codes, in octets
};

}  // namespace kw::device
