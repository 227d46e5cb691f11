#pragma once
// report_main is the program kioskward-report: report.json on standard input, rendered files in a directory.
//
//   kioskward-report --out DIR [--lang zh|en] [--format pdf,docx,xlsx] < report.json
//
// It signs nothing and asks nobody: whoever has the key puts the files into a bundle (report/bundle.h). It prints a
// line for each file: name, octets, SM3, and pages of the PDF.
#include <iosfwd>
#include <span>
#include <string>

namespace kw::paper {

/// report_main reads the descriptor `in` to its end. 0 done, 1 failed (one line says why), 2 wrong arguments.
int report_main(std::span<const std::string> args, int in, std::ostream& out, std::ostream& err);

}  // namespace kw::paper
