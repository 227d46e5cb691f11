#pragma once
// Colour, fill_of, ink_of, strong_of: what a tone looks like. Internal to src/paper.
//
// Fills are light, so that ink on them reads and prints; strong colours are those of charts, which carry a pattern,
// too.
#include <array>
#include <cstdint>

#include "paper/document.h"

namespace kw::paper {

struct Colour {
  std::uint32_t rgb = 0;
  [[nodiscard]] double red() const noexcept { return static_cast<double>(rgb >> 16U & 255U) / 255; }
  [[nodiscard]] double green() const noexcept { return static_cast<double>(rgb >> 8U & 255U) / 255; }
  [[nodiscard]] double blue() const noexcept { return static_cast<double>(rgb & 255U) / 255; }
};

inline constexpr Colour kInk{0x1a1a1a}, kFaint{0x5f6368}, kRule{0x9aa5b1}, kAccent{0x1f3a5f};
// plain, head, good, attested, partly, bad, unknown, none
inline constexpr std::array<Colour, kTones> kFills{Colour{0xffffff}, Colour{0xdde5ee}, Colour{0xe3f1e5},
                                                   Colour{0xe0ecf8}, Colour{0xfff3d6}, Colour{0xfbe3e1},
                                                   Colour{0xececec}, Colour{0xf7f7f7}};
inline constexpr std::array<Colour, kTones> kInks{kInk,
                                                  kAccent,
                                                  Colour{0x1b5e20},
                                                  Colour{0x0d47a1},
                                                  Colour{0x7a4f00},
                                                  Colour{0x9b1416},
                                                  Colour{0x424242},
                                                  Colour{0x616161}};
inline constexpr std::array<Colour, kTones> kStrong{kAccent,          kAccent,          Colour{0x2e7d32},
                                                    Colour{0x1565c0}, Colour{0xf2a900}, Colour{0xc62828},
                                                    Colour{0x8a8a8a}, Colour{0xd0d0d0}};
[[nodiscard]] inline Colour fill_of(Tone tone) noexcept { return kFills.at(static_cast<std::size_t>(tone)); }
[[nodiscard]] inline Colour ink_of(Tone tone) noexcept { return kInks.at(static_cast<std::size_t>(tone)); }
[[nodiscard]] inline Colour strong_of(Tone tone) noexcept { return kStrong.at(static_cast<std::size_t>(tone)); }

}  // namespace kw::paper
