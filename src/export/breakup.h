#pragma once
// Breakup decides how a batch that its receiver refuses whole is taken apart: halves, until one record is left.
//
//   const auto size = batch_size(breakup, profile.batch);      // records of the next batch
//   breakup = after_refusal(breakup, records, open_end);        // refused whole: its first half is next
//   breakup = after_answer(breakup, profile.batch, taken, refused, cursor);
//
// A refused half is halved again; where it was taken, the other half has the refused record. So one record of n is
// found with two questions a halving. A receiver that refuses everything would so empty the ledger into the records put
// aside: `in_a_row` counts those between which it took nothing, and at the profile's limit the target is held instead.
// PURE and thread-safe. Source: ADR 63.
#include <cstddef>
#include <cstdint>

namespace kw::exports {

/// Breakup is what the store keeps of it.
struct Breakup {
  std::uint64_t limit = 0;     // records of a batch for now; 0: as the profile says
  std::uint64_t part_end = 0;  // end of the batch that was refused whole
  std::uint64_t in_a_row = 0;  // records refused since the receiver took one
  friend bool operator==(const Breakup&, const Breakup&) = default;
};

[[nodiscard]] std::size_t batch_size(const Breakup& now, std::size_t profile_batch) noexcept;
/// after_refusal: a batch of `records` (2 at least) that ends at `open_end` was refused whole.
[[nodiscard]] Breakup after_refusal(Breakup now, std::uint64_t records, std::uint64_t open_end) noexcept;
/// after_answer: `taken` records were taken and `refused` ones named or put aside; the cursor stands behind them. What
/// was refused is found with the first that is put aside; where none is (a batch was too large), batches grow again
/// behind the part.
[[nodiscard]] Breakup after_answer(Breakup now, std::size_t profile_batch, std::uint64_t taken, std::uint64_t refused,
                                   std::uint64_t cursor) noexcept;

}  // namespace kw::exports
