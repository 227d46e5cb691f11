#pragma once
// scan_pdf puts what a PDF file's pages, forms, notes and titles say through a MarkScan.
//
// Text is read by the fonts' ToUnicode maps, by Adobe's names of Chinese encodings, and as Latin where a font has a
// usual encoding. What cannot be read so is told, never guessed: Errc::unsupported says what it was (encryption, a font
// without a map, a page that is a picture). Markings found before count. PURE.
#include "device/egress/zip.h"
#include "marking/marking.h"

namespace kw::device {

[[nodiscard]] bool is_pdf(ByteView octets) noexcept;
[[nodiscard]] Result<> scan_pdf(ByteView file, marking::MarkScan& scan, Budget& budget);

}  // namespace kw::device
