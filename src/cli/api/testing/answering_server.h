#pragma once
// AnsweringServer is our HTTP server with answers that a test gives; it remembers what it was asked.
//
// A command of the shell, called with run(), meets it through a session file of its own.
#include <gmock/gmock.h>
#include <stdlib.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <mutex>
#include <sstream>
#include <thread>

#include "cli/api/session_file.h"
#include "cli/command.h"
#include "crypto/random.h"
#include "net/http_server.h"

namespace kw::cli::testing {

/// opens_session is an answer that opens a session: this JSON, and the cookie.
inline net::Response opens_session(std::string json) {
  auto out = net::json_response(200, std::move(json));
  out.headers.emplace_back("Set-Cookie", "kw_session=cookie2; Path=/; HttpOnly; SameSite=Strict");
  return out;
}

class AnsweringServer {
 public:
  AnsweringServer() {
    std::string name = (std::filesystem::temp_directory_path() / "kw-cli-XXXXXX").native();
    dir_ = ::mkdtemp(name.data());
  }
  AnsweringServer(const AnsweringServer&) = delete;
  AnsweringServer& operator=(const AnsweringServer&) = delete;
  ~AnsweringServer() {
    if (server_) server_->stop();
    guard_.reset();
    if (thread_.joinable()) thread_.join();
    std::filesystem::remove_all(dir_);
  }

  /// on gives the answer of a path; before start().
  void on(const std::string& method, const std::string& path, net::Response answer) {
    router_.add(method, path, [this, answer = std::move(answer)](const net::Request& request) {
      const std::lock_guard lock(mutex_);
      asked_.push_back(request);
      return answer;
    });
  }
  /// live sends texts to whoever opens the WebSocket, and closes it behind them.
  void live(std::vector<std::string> texts) {
    router_.websocket(
        "/api/v1/live",
        [texts = std::move(texts)](const net::Request& request) -> tl::expected<net::WebSocketHandler, net::Response> {
          if (request.cookie("kw_session") != "cookie1")
            return tl::unexpected(net::error_response(401, "unauthenticated", "no session", request.trace));
          net::WebSocketHandler out;
          out.on_open = [texts](std::shared_ptr<net::WebSocketSession> session) {
            for (const auto& text : texts) session->send(std::make_shared<const std::string>(text));
          };
          return out;
        });
  }
  void start() {
    auto server = net::HttpServer::start(io_.get_executor(), {}, std::move(router_), {log_, clock_, random_});
    ASSERT_TRUE(server.has_value()) << server.error().text();
    server_ = std::move(*server);
    thread_ = std::thread([this] { io_.run(); });
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  [[nodiscard]] std::vector<net::Request> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  [[nodiscard]] std::string file(const std::string& name) const { return (dir_ / name).string(); }
  [[nodiscard]] std::string session_file() const { return file("session"); }
  /// log_in writes the session file as `login` would have.
  void log_in() {
    Session session;
    session.server = url();
    session.account = "secadmin";
    session.cookie = SecretBytes::copy_of(bytes_of("cookie1"));
    session.csrf = "csrf1";
    auto at = SessionFile::at(session_file());
    ASSERT_TRUE(at && at->save(session));
  }

  /// run runs the program with these words; `input` is its standard input, a pipe.
  int run(std::vector<std::string> words, const std::string& input = {}) {
    out_.str("");
    err_.str("");
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    EXPECT_EQ(::write(ends[1], input.data(), input.size()), static_cast<ssize_t>(input.size()));
    ::close(ends[1]);
    words.insert(words.end(), {"--session", session_file()});
    Terminal terminal{ends[0], out_, err_};
    const int code = run_command(words, terminal);
    ::close(ends[0]);
    return code;
  }
  [[nodiscard]] std::string out() const { return out_.str(); }
  [[nodiscard]] std::string err() const { return err_.str(); }

 private:
  class NoClock final : public Clock {
   public:
    [[nodiscard]] Timestamp now() const override { return {}; }
    [[nodiscard]] Duration steady() const override { return {}; }
  };
  std::filesystem::path dir_;
  NullLog log_;
  NoClock clock_;
  crypto::SystemRandom random_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{io_.get_executor()};
  net::Router router_;
  std::unique_ptr<net::HttpServer> server_;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<net::Request> asked_;
  std::ostringstream out_, err_;
};

}  // namespace kw::cli::testing
