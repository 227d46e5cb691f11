#pragma once
// PoliceDesk stands for the police intranet's audit platform in tests: it takes batches, keeps one record a number, and
// answers as the shipped profiles expect. SoapFace and GateFace are its two entrances.
//
// The desk misbehaves on request: answers get lost, batches are cut, records are refused. Thread-safe.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <pugixml.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "crypto/sm3.h"
#include "export/charset.h"

namespace kw::testing {

class PoliceDesk {
 public:
  /// What happens to the next batches; each counts down.
  std::atomic<int> cut{0};   // the connection breaks, or the files vanish, before anything was read
  std::atomic<int> lose{0};  // taken, but the answer gets lost
  std::atomic<int> refuse_all{0};
  std::set<std::string> refused_types;  // Operate_Name of records that it never takes; set before the first batch

  /// set_poison: a batch with a record of these types is refused whole; "*": every batch.
  void set_poison(std::set<std::string> types) {
    const std::lock_guard lock(mutex_);
    poison_ = std::move(types);
  }

  /// take answers a batch in UTF-8; empty where it is no XML that it knows.
  std::string take(const std::string& batch, const std::string& xml) {
    const std::lock_guard lock(mutex_);
    pugi::xml_document document;
    if (!document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8)) return {};
    if (count_down(refuse_all)) return "<r><return>103 not now</return></r>";
    for (const auto& log : document.child("Aspt").child("Logs").children("Log")) {
      if (poison_.contains("*") || poison_.contains(log.child_value("Operate_Name")))
        return "<r><Fault><faultcode>e:Client</faultcode><faultstring>bad record</faultstring></Fault></r>";
    }
    const bool known = !batches_.insert(batch).second;
    std::string refused;
    for (const auto& log : document.child("Aspt").child("Logs").children("Log")) {
      const std::string number = log.child_value("Num_ID");
      if (refused_types.contains(log.child_value("Operate_Name"))) {
        refused += "<RefusedLog><Num_ID>" + number + "</Num_ID><Error_Code>E107</Error_Code></RefusedLog>";
        continue;
      }
      ++seen_[number];
      if (seen_[number] == 1) order_.push_back(number);
    }
    return std::string("<r><return>") + (known ? "001 known" : "000 taken") + "</return>" + refused + "</r>";
  }
  static bool count_down(std::atomic<int>& left) {
    int now = left;
    while (now > 0 && !left.compare_exchange_weak(now, now - 1)) {
    }
    return now > 0;
  }
  [[nodiscard]] std::vector<std::string> order() {
    const std::lock_guard lock(mutex_);
    return order_;
  }
  /// kept is how many different records the desk has.
  [[nodiscard]] std::size_t kept() {
    const std::lock_guard lock(mutex_);
    return seen_.size();
  }
  /// twice is how many of them came more than once.
  [[nodiscard]] std::size_t twice() {
    const std::lock_guard lock(mutex_);
    std::size_t out = 0;
    for (const auto& [number, count] : seen_) out += count > 1 ? 1 : 0;
    return out;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, unsigned> seen_;
  std::set<std::string> batches_, poison_;
  std::vector<std::string> order_;
};

/// HttpFace takes one request a connection on a loopback port and answers with what `handle` gives; nothing: it hangs
/// up.
class HttpFace {
 public:
  using Handle = std::function<std::optional<std::string>(const std::string& head, const std::string& body)>;
  explicit HttpFace(Handle handle)
      : handle_(std::move(handle)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
      return;  // port 0: the client's connection fails, and with it the test
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  HttpFace(const HttpFace&) = delete;
  HttpFace& operator=(const HttpFace&) = delete;
  ~HttpFace() {
    ::shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void serve() {
    for (int peer; (peer = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(peer)) {
      std::string seen;
      char block[65536];
      std::size_t end = std::string::npos, length = 0;
      while (end == std::string::npos || seen.size() < end + 4 + length) {
        const auto got = ::recv(peer, block, sizeof block, 0);
        if (got <= 0) break;
        seen.append(block, static_cast<std::size_t>(got));
        end = seen.find("\r\n\r\n");
        const auto field = seen.find("Content-Length: ");
        if (end != std::string::npos && field < end) length = std::stoul(seen.substr(field + 16));
      }
      if (end == std::string::npos) continue;
      const auto answer = handle_(seen.substr(0, end), seen.substr(end + 4));
      if (answer) ::send(peer, answer->data(), answer->size(), MSG_NOSIGNAL);
    }
  }
  Handle handle_;
  int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

[[nodiscard]] inline std::string http_answer(int status, const std::string& body,
                                             const std::string& type = "text/xml; charset=GBK") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

/// SoapFace is acceptLogs(regId, sendId, logType, logs) of the desk.
class SoapFace {
 public:
  explicit SoapFace(PoliceDesk& desk) : desk_(desk) {}
  [[nodiscard]] std::string address() const {
    return "http://127.0.0.1:" + std::to_string(http_.port()) + "/services/LogService";
  }
  void serve_once() {}  // it serves by itself

 private:
  std::optional<std::string> handle(const std::string& body) {
    if (PoliceDesk::count_down(desk_.cut)) return std::nullopt;
    const auto text = exports::decode_text(bytes_of(body), exports::Charset::gbk);
    pugi::xml_document document;
    if (!text || !document.load_buffer(text->data(), text->size(), pugi::parse_default, pugi::encoding_utf8))
      return http_answer(400, "");
    const auto call = document.first_child().child("soap:Body").child("op:acceptLogs");
    const auto said = desk_.take(call.child_value("op:sendId"), call.child_value("op:logs"));
    if (PoliceDesk::count_down(desk_.lose)) return std::nullopt;
    const auto soap =
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>" + said + "</e:Body></e:Envelope>";
    return http_answer(said.empty() ? 400 : 200, soap);
  }
  PoliceDesk& desk_;
  HttpFace http_{[this](const std::string&, const std::string& body) { return handle(body); }};
};

/// GateFace takes files from DIRECTORY/out and puts replies into DIRECTORY/in, as an exchange gate does.
class GateFace {
 public:
  GateFace(PoliceDesk& desk, std::filesystem::path directory) : desk_(desk), directory_(std::move(directory)) {}
  [[nodiscard]] std::string address() const { return "file://" + directory_.string(); }
  std::string last_batch;  // whose reply was written last
  std::atomic<int> wrong_digests{0};

  /// serve_once takes every batch that is whole, which its manifest tells.
  void serve_once() {
    namespace fs = std::filesystem;
    std::error_code error;
    std::set<fs::path> manifests;
    for (fs::directory_iterator at(directory_ / "out", error), end; !error && at != end; at.increment(error)) {
      if (at->path().extension() == ".manifest") manifests.insert(at->path());
    }
    for (const auto& path : manifests) take_file(path);
  }
  void reply(const std::string& batch, const std::string& text) {
    const auto path = directory_ / "in" / (batch + ".reply.xml");
    std::ofstream(path.string() + ".part") << text;
    std::filesystem::rename(path.string() + ".part", path);
    last_batch = batch;
  }

 private:
  static std::string slurp(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream out;
    out << file.rdbuf();
    return out.str();
  }
  void take_file(const std::filesystem::path& manifest_path) {
    const auto manifest = boost::json::parse(slurp(manifest_path));
    const std::string batch(manifest.at("batch").as_string());
    const auto file = directory_ / "out" / std::string(manifest.at("file").as_string());
    const auto octets = slurp(file);
    std::filesystem::remove(manifest_path);
    std::filesystem::remove(file);
    if (PoliceDesk::count_down(desk_.cut)) return;
    if (to_hex(crypto::sm3(bytes_of(octets))) != manifest.at("sm3").as_string()) ++wrong_digests;
    const auto text = exports::decode_text(bytes_of(octets), exports::Charset::gb18030);
    const auto said = desk_.take(batch, text.value_or(""));
    if (!PoliceDesk::count_down(desk_.lose)) reply(batch, said);
  }
  PoliceDesk& desk_;
  const std::filesystem::path directory_;
};

}  // namespace kw::testing
