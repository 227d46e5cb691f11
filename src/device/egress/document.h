#pragma once
// read_document says whether a document carries a secrecy marking (clause 9.7-e).
//
//   format                                                | how it is read
//   text, HTML, XML, RTF, JSON, IPP (a spool's own files)   | in whatever encoding, escapes and tags taken off
//   OOXML, ODF, EPUB, any ZIP                               | every part, archives in archives too, to a depth
//   PDF                                                     | scan_pdf
//   anything else (pictures, old Office, PostScript, PCL)   | its octets, in every encoding: a marking in plain is
//   found,
//                                                           | else the document is unreadable
//
// `unreadable` is a verdict of its own: nothing was found, and not everything could be looked at. PURE; memory is
// bounded by a few times the budget. To be run where a defect in it does no harm.
#include "device/egress/zip.h"
#include "marking/marking.h"

namespace kw::device {

enum class DocumentVerdict { clean, marked, unreadable };
struct DocumentReading {
  DocumentVerdict verdict = DocumentVerdict::unreadable;
  std::string detail;  // the marking, or what could not be read; clean text, at most 96 octets
};

/// `words` are policy's own markings, UTF-8.
[[nodiscard]] DocumentReading read_document(ByteView document, std::span<const std::string> words, Budget budget = {});

// The form in which a reading leaves the process that made it: "marked 机密★10年\n".
[[nodiscard]] std::string reading_text(const DocumentReading& reading);
[[nodiscard]] Result<DocumentReading> parse_reading(std::string_view text);

}  // namespace kw::device
