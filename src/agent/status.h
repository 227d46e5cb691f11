#pragma once
// StatusSocket answers every connection to a Unix socket with one line of JSON; for `kioskward-agent status`.
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>

#include "base/log.h"
#include "base/result.h"

namespace kw::agent {

class StatusSocket {
 public:
  /// open replaces a socket file that a killed agent left behind. The state directory's mode keeps others out.
  static Result<std::unique_ptr<StatusSocket>> open(boost::asio::any_io_executor executor, std::string path,
                                                    std::function<std::string()> status);
  ~StatusSocket();

 private:
  StatusSocket(boost::asio::any_io_executor executor, std::string path, std::function<std::string()> status);
  void accept();
  std::string path_;
  std::function<std::string()> status_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
};

/// ask_status: Errc::not_found where nobody listens.
Result<std::string> ask_status(const std::string& path);

}  // namespace kw::agent
