#pragma once
// SubjectKeys seals personal values of ledger entries under a key of the person, and opens them as long as it exists.
//
//   KW_TRY(text, keys.seal(r, {.kind = administrator, .number = "A-1", .name = "张三"}, entry, "display_name", "张三",
//   random)); KW_CHECK(keys.show(r, entry, Showing::masked));
//
// A person is found by HMACs of what he is known by, under a key of the platform; nothing in the database tells who he
// is without it. Each key lies there under the platform's sealing secret. Constant; thread-safe. Why: ADR 72.
#include "privacy/sealed_value.h"
#include "server/change.h"
#include "server/sealer.h"

namespace kw::server {

/// How personal values are shown: a pseudonym, enough to recognise somebody, or the value itself.
enum class Showing { pseudonym, masked, plain };

class SubjectKeys {
 public:
  static constexpr std::string_view kForgotten = "[forgotten]";
  /// `ledger` is the name of the log that entries go into.
  SubjectKeys(Sealer sealer, SecretBytes person_key, std::string ledger)
      : sealer_(std::move(sealer)), person_key_(std::move(person_key)), ledger_(std::move(ledger)) {}

  /// applicant gives the pseudonym of a person whom an authority established (realname::Identity::subject).
  [[nodiscard]] Bytes applicant(ByteView subject) const { return handle("applicant", text_of(subject)); }
  /// know finds a person, or makes a subject with a fresh key for him; within a transaction that writes.
  Result<store::Subject> know(store::Repositories& r, const Person& person, Timestamp now, Random& random) const;
  /// find gives everybody who is known by exactly this staff number, name or telephone; empty texts find nobody.
  Result<std::vector<store::Subject>> find(store::Repositories& r, const Person& person) const;
  /// about gives what a person is known by; Errc::not_found once he is forgotten.
  Result<Person> about(store::Repositories& r, const store::Subject& subject) const;

  /// seal makes the value of a parameter of an entry that has ID, type and time already.
  Result<std::string> seal(store::Repositories& r, const Person& person, const v1::AuditEntry& entry,
                           const std::string& param, std::string_view text, Random& random) const;
  /// show puts what may be seen in the place of the sealed parameters of an entry: kForgotten where the key is gone,
  /// "[unreadable]" for what does not open.
  Result<> show(store::Repositories& r, v1::AuditEntry& entry, Showing how) const;

 private:
  [[nodiscard]] Bytes handle(std::string_view what, std::string_view text) const;
  [[nodiscard]] std::vector<Bytes> handles(const Person& person) const;
  [[nodiscard]] Bytes identity(const Person& person) const;
  [[nodiscard]] privacy::Place place(const v1::AuditEntry& entry, std::string_view param) const;
  Result<SecretBytes> unwrap(const store::SubjectKey& key) const;
  Result<std::string> shown(store::Repositories& r, const v1::AuditEntry& entry, const std::string& param,
                            const std::string& text, Showing how) const;

  Sealer sealer_;
  SecretBytes person_key_;
  std::string ledger_;
};

[[nodiscard]] Person custodian_of(const std::string& name, const std::string& phone);
[[nodiscard]] Person administrator_of(const store::User& user);
/// subjects_of gives whom an entry speaks of, each once.
[[nodiscard]] std::vector<store::SubjectId> subjects_of(const v1::AuditEntry& entry);

}  // namespace kw::server
