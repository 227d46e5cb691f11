#pragma once
// PdfFile is the objects of a PDF file, found wherever they stand: the cross-reference is not trusted, for a viewer
// mends what is broken, and what it shows must be seen.
//
// Objects in object streams are among them; of an object that is there more than once the last one counts. PURE; views
// point into the file, which must outlive it.
#include "device/egress/pdf_value.h"
#include "device/egress/zip.h"

namespace kw::device {

class PdfFile {
 public:
  static constexpr std::size_t kMostObjects = 200'000, kMostValues = 4'000'000;
  struct Object {
    PdfValue value;
    std::optional<ByteView> stream;  // as it is in the file
  };

  /// read never fails: a file without objects has none.
  static PdfFile read(ByteView file, Budget& budget);

  [[nodiscard]] bool encrypted() const noexcept { return encrypted_; }
  [[nodiscard]] const std::map<std::uint32_t, Object>& objects() const noexcept { return objects_; }
  /// resolve follows references; a null value where they lead nowhere.
  [[nodiscard]] const PdfValue& resolve(const PdfValue& value) const;
  [[nodiscard]] const Object* object(const PdfValue& reference) const;
  [[nodiscard]] const PdfValue& get(const PdfDict& dict, std::string_view key) const;
  /// decoded takes the filters of a stream off. Errc::unsupported: a filter of pictures, or one that is not spoken
  /// here; Errc::too_large. What a broken stream gave before it broke counts.
  [[nodiscard]] Result<Bytes> decoded(const Object& object, Budget& budget) const;
  [[nodiscard]] std::size_t& values() noexcept { return values_; }

 private:
  void find_objects(ByteView file);
  std::size_t take_object(ByteView file, std::size_t at, std::uint32_t number);
  void open_object_streams(Budget& budget);
  std::map<std::uint32_t, Object> objects_;
  bool encrypted_ = false;
  std::size_t values_ = kMostValues;
};

}  // namespace kw::device
