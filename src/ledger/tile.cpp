#include "ledger/tile.h"

namespace kw::ledger {
namespace {

std::string three_digits(std::uint64_t n) {
  std::string out = std::to_string(n);
  return std::string(3 - out.size(), '0') + out;
}

}  // namespace

std::string tile_path(const TileId& id) {
  std::string number = three_digits(id.index % 1000);
  for (std::uint64_t rest = id.index / 1000; rest > 0; rest /= 1000) number = "x" + three_digits(rest % 1000) + "/" + number;
  std::string out = "tile/" + std::to_string(id.level) + "/" + number;
  if (id.width != kTileWidth) out += ".p/" + std::to_string(id.width);
  return out;
}

}  // namespace kw::ledger
