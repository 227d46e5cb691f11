#pragma once
// text_pieces says what stands before and behind the stars of a name, an address, an e-mail or IP address.
//
//   name      surname    张**, 欧阳**; of a name with a dot (买**) or in Latin letters (L**) its first character alone
//   address   province   广东省****; city 广东省深圳市****; district 广东省深圳市南山区****
//   email     domain     ****@qq.com, of providers in the catalogue
//   ip        start      203.****, 2001:****
//
// A value that is not of the form gives nothing: it is masked whole. PURE; any thread.
#include <optional>

#include "masking/catalogue.h"

namespace kw::masking {

struct Pieces {
  std::u32string before, after;
};

/// text_steps are the names of a form's show rules, in their order.
[[nodiscard]] std::vector<std::string_view> text_steps(TextForm form);
/// `step` counts from 1; with 0 there are no pieces of a good value either, only the word that it is good.
[[nodiscard]] std::optional<Pieces> text_pieces(TextForm form, std::size_t step, std::u32string_view value,
                                                const TextWords& words);

}  // namespace kw::masking
