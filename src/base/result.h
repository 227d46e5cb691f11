#pragma once
// Result<T> carries either a value or an Error; every fallible function of the project returns one.
//
// A Result must be looked at ([[nodiscard]]). KW_TRY and KW_CHECK pass an error on to the caller:
//
//   Result<Header> parse(ByteView in) {
//     Reader r(in);
//     KW_TRY(auto version, r.u16());
//     KW_CHECK(r.finish());
//     return Header{version};
//   }
//
// Details are for operators: they never hold secrets or personal data.
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "base/errc.h"

namespace kw {

/// Error is a code and one line of detail for an operator.
class Error {
 public:
  explicit Error(Errc code, std::string detail = {}) : code_(code), detail_(std::move(detail)) {}
  [[nodiscard]] Errc code() const noexcept { return code_; }
  [[nodiscard]] const std::string& detail() const noexcept { return detail_; }
  /// text gives "code: detail", or "code" where there is no detail.
  [[nodiscard]] std::string text() const {
    std::string out(name(code_));
    return detail_.empty() ? out : out + ": " + detail_;
  }
  /// within returns the same error with the place it passed through in front of its detail.
  [[nodiscard]] Error within(std::string_view place) const {
    return Error(code_, detail_.empty() ? std::string(place) : std::string(place) + ": " + detail_);
  }
  friend bool operator==(const Error& a, const Error& b) noexcept { return a.code_ == b.code_; }

 private:
  Errc code_;
  std::string detail_;
};

template <class T = void>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(tl::expected<T, Error>&& other) : tl::expected<T, Error>(std::move(other)) {}
  Result(Error error) : tl::expected<T, Error>(tl::unexpect, std::move(error)) {}
  /// code is the error's code; only to be asked of a Result that holds an error.
  [[nodiscard]] Errc code() const { return this->error().code(); }
};

/// fail makes the error side of any Result.
[[nodiscard]] inline tl::unexpected<Error> fail(Errc code, std::string detail = {}) {
  return tl::unexpected<Error>(Error(code, std::move(detail)));
}

}  // namespace kw

#define KW_CONCAT_INNER(a, b) a##b
#define KW_CONCAT(a, b) KW_CONCAT_INNER(a, b)
#define KW_TRY_IMPL(tmp, decl, expr)                                   \
  auto tmp = (expr);                                                   \
  if (!tmp) return ::tl::unexpected<::kw::Error>(std::move(tmp).error()); \
  decl = std::move(*tmp)
/// KW_TRY(declaration, expression): unwraps a Result, or returns its error from the enclosing function.
#define KW_TRY(decl, expr) KW_TRY_IMPL(KW_CONCAT(kw_try_, __LINE__), decl, expr)
#define KW_CHECK_IMPL(tmp, expr)                                                               \
  do {                                                                                         \
    if (auto tmp = (expr); !tmp) return ::tl::unexpected<::kw::Error>(std::move(tmp).error()); \
  } while (false)
/// KW_CHECK(expression): returns the error of a Result whose value is not needed.
#define KW_CHECK(expr) KW_CHECK_IMPL(KW_CONCAT(kw_check_, __COUNTER__), expr)
/// The same two for coroutines.
#define KW_CO_TRY_IMPL(tmp, decl, expr)                                      \
  auto tmp = (expr);                                                         \
  if (!tmp) co_return ::tl::unexpected<::kw::Error>(std::move(tmp).error()); \
  decl = std::move(*tmp)
#define KW_CO_TRY(decl, expr) KW_CO_TRY_IMPL(KW_CONCAT(kw_try_, __LINE__), decl, expr)
#define KW_CO_CHECK_IMPL(tmp, expr)                                                               \
  do {                                                                                            \
    if (auto tmp = (expr); !tmp) co_return ::tl::unexpected<::kw::Error>(std::move(tmp).error()); \
  } while (false)
#define KW_CO_CHECK(expr) KW_CO_CHECK_IMPL(KW_CONCAT(kw_check_, __COUNTER__), expr)
