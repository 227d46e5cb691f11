#pragma once
// Router finds the handler of a method and path: "/devices/{id}" matches one segment and fills Request::params.
//
// Filled before the server starts and constant afterwards; find() is thread-safe.
#include <functional>
#include <string>
#include <vector>

#include "net/websocket.h"

namespace kw::net {

/// Handlers run on any thread of the server's executor, several at a time.
using Handler = std::function<Response(const Request&)>;

class Router {
 public:
  void add(std::string method, std::string pattern, Handler handler);
  void websocket(std::string path, WebSocketGate gate);

  struct Found {
    const Handler* handler = nullptr;
    const WebSocketGate* gate = nullptr;
    std::map<std::string, std::string> params;
    std::string allow;  // where the path is known and the method is not: the methods it has, "GET, POST"
  };
  [[nodiscard]] Found find(std::string_view method, std::string_view path) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    Handler handler;
    WebSocketGate gate;
  };
  std::vector<Route> routes_;
};

}  // namespace kw::net
