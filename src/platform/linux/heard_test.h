#pragma once
// Heard collects what a sink gets from other threads, and waits for what a test wants to hear. Thread-safe.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

namespace kw::platform {

template <class T>
class Heard {
 public:
  void add(T one) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(one));
    changed_.notify_all();
  }
  /// wait_until waits for what a predicate says of everything heard; false when the time is over.
  template <class Predicate>
  bool wait_until(Predicate predicate, std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, most, [&] { return predicate(std::as_const(all_)); });
  }
  /// wait gives the first one that the predicate accepts.
  template <class Predicate>
  std::optional<T> wait(Predicate predicate, std::chrono::milliseconds most = std::chrono::seconds(10)) {
    std::optional<T> found;
    wait_until(
        [&](const std::vector<T>& all) {
          for (const auto& one : all)
            if (predicate(one)) {
              found = one;
              return true;
            }
          return false;
        },
        most);
    return found;
  }
  /// wait_for gives the first one of a variant's kind that the predicate accepts.
  template <class Kind, class Predicate>
  std::optional<Kind> wait_for(Predicate predicate, std::chrono::milliseconds most) {
    const auto found = wait(
        [&](const T& one) {
          const auto* kind = std::get_if<Kind>(&one);
          return kind != nullptr && predicate(*kind);
        },
        most);
    return found ? std::optional(std::get<Kind>(*found)) : std::nullopt;
  }
  std::vector<T> all() {
    const std::lock_guard lock(mutex_);
    return all_;
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    all_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> all_;
};

}  // namespace kw::platform
