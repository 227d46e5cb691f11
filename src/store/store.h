#pragma once
// Store runs work in a transaction over all repositories; SqliteStore is the embedded one, others follow.
//
//   KW_TRY(auto site, store.write([&](Repositories& r) -> Result<Site> {
//     KW_CHECK(r.sites().insert(site));
//     KW_CHECK(r.outbox().append(entry));
//     return site;
//   }));
//
// write() commits durably when the function returns a value, and rolls everything back when it returns an error.
// read() sees one consistent state. Both are thread-safe; the repositories live during the call only. The function must
// not call the store again.
#include <functional>

#include "store/accounts.h"
#include "store/api_tokens.h"
#include "store/baselines.h"
#include "store/business.h"
#include "store/compliance.h"
#include "store/devices.h"
#include "store/enrolments.h"
#include "store/events.h"
#include "store/exports.h"
#include "store/extracts.h"
#include "store/factors.h"
#include "store/media.h"
#include "store/policies.h"
#include "store/regions.h"
#include "store/requests.h"
#include "store/signings.h"
#include "store/sites.h"
#include "store/subjects.h"
#include "store/vault.h"

namespace kw::store {

/// Small named values of the platform itself (CRL number, reconciled ledger).
class Meta {
 public:
  virtual ~Meta() = default;
  virtual Result<std::optional<std::string>> get(const std::string& key) = 0;
  virtual Result<> put(const std::string& key, const std::string& value) = 0;
};

class Repositories {
 public:
  virtual ~Repositories() = default;
  virtual Regions& regions() = 0;
  virtual Sites& sites() = 0;
  virtual EnrolTokens& tokens() = 0;
  virtual Enrolments& enrolments() = 0;
  virtual Devices& devices() = 0;
  virtual Certificates& certificates() = 0;
  virtual Policies& policies() = 0;
  virtual Bundles& bundles() = 0;
  virtual Orders& orders() = 0;
  virtual Baselines& baselines() = 0;
  virtual Requests& requests() = 0;
  virtual SigningKeys& signing_keys() = 0;
  virtual PersonRules& person_rules() = 0;
  virtual Signings& signings() = 0;
  virtual MediaShelf& media() = 0;
  virtual Extracts& extracts() = 0;
  virtual Events& events() = 0;
  virtual Outbox& outbox() = 0;
  virtual AuditIndex& audit() = 0;
  virtual Alarms& alarms() = 0;
  virtual Users& users() = 0;
  virtual Activations& activations() = 0;
  virtual Sessions& sessions() = 0;
  virtual Exports& exports() = 0;
  virtual BusinessSessions& business() = 0;
  virtual ApiTokens& api_tokens() = 0;
  virtual Factors& factors() = 0;
  virtual Subjects& subjects() = 0;
  virtual Vault& vault() = 0;
  virtual Compliance& compliance() = 0;
  virtual Meta& meta() = 0;
};

class Store {
 public:
  virtual ~Store() = default;
  template <class F>
  auto write(F&& work) {
    return within(true, std::forward<F>(work));
  }
  template <class F>
  auto read(F&& work) {
    return within(false, std::forward<F>(work));
  }
  /// scrub leaves nothing of what was deleted in the store's own files. Errc::unavailable while somebody reads: again
  /// later. What lies in copies, and what a medium keeps of freed blocks, is out of its reach.
  virtual Result<> scrub() = 0;

 protected:
  virtual Result<> transact(bool for_writing, const std::function<Result<>(Repositories&)>& work) = 0;

 private:
  template <class F>
  auto within(bool for_writing, F&& work) -> std::invoke_result_t<F&, Repositories&> {
    using Out = std::invoke_result_t<F&, Repositories&>;
    std::optional<Out> out;
    auto done = transact(for_writing, [&](Repositories& repositories) -> Result<> {
      out.emplace(work(repositories));
      if (!*out) return out->error();
      return {};
    });
    if (!done) return done.error();
    return std::move(*out);
  }
};

}  // namespace kw::store
