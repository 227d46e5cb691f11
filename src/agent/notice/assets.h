#pragma once
// kNoticeHtml, kNoticeCss and kNoticeJs are the notice page's three files.
#include <string_view>

namespace kw::agent {

extern const std::string_view kNoticeHtml;
extern const std::string_view kNoticeCss;
extern const std::string_view kNoticeJs;

}  // namespace kw::agent
