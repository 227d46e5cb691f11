// What most libraries above the floor of the messages include, read once (see KwPrecompiled.cmake). Sources still
// include what they use.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <tl/expected.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "kioskward/v1/device.pb.h"
#include "kioskward/v1/link.pb.h"
#include "kioskward/v1/policy.pb.h"
