#pragma once
// ControlSocket takes signed orders and a few words from a person at the kiosk; for `kioskward-agent uninstall`, `drill`.
//
// A Unix socket in the guard's part of the state directory, for root alone. One question a connection: the octets of a
// v1::Signed (none: no order), or "ask " and words; then the end. The answer is some lines. At most 4 connections at a time, each 5 s long.
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>

#include "base/bytes.h"
#include "kioskward/v1/common.pb.h"

namespace kw::agent {

namespace v1 = ::kioskward::v1;

class ControlSocket {
 public:
  struct Handler {
    std::function<std::string(const v1::Signed& order)> order;
    std::function<std::string(const std::string& words)> words = {};
  };
  static Result<std::unique_ptr<ControlSocket>> open(boost::asio::any_io_executor executor, std::string path,
                                                     Handler handler);
  ~ControlSocket();

 private:
  struct Talk;
  ControlSocket(boost::asio::any_io_executor executor, std::string path, Handler handler);
  void accept();
  std::string path_;
  std::shared_ptr<Handler> handler_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
};

/// The question of ask_control that asks by words; no v1::Signed begins so.
[[nodiscard]] Bytes control_words(std::string_view words);
/// ask_control sends an order and returns the answer; Errc::not_found where no guard runs.
Result<std::string> ask_control(const std::string& path, ByteView order);

}  // namespace kw::agent
