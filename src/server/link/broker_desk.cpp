#include "server/link/broker_desk.h"

#include "trail/words.h"

namespace kw::server {

Result<ServiceCall> BrokerDesk::read(Session& session, const v1::ServiceRequest& request) {
  if (session.under_way >= kMostOfLink) return fail(Errc::malformed, "more requests than may be under way");
  if (request.session_id().size() != trail::kSessionOctets || request.span_id().size() != trail::kSpanOctets ||
      request.body().size() > trail::kMostRequestBody || request.path().size() > trail::kMostPath)
    return fail(Errc::malformed, "service request");
  ServiceCall out;
  KW_TRY(out.session, store::BusinessSessionId::from_bytes(bytes_of(request.session_id())));
  out.span = copy(bytes_of(request.span_id()));
  out.service = request.service();
  out.method = request.method();
  out.path = request.path();
  out.content_type = request.content_type();
  out.body = request.body();
  KW_TRY(out.wish, read_whole_wish(request.purpose(), request.place()));
  ++session.under_way;
  return out;
}

v1::ServiceAnswer BrokerDesk::part(const std::string& span, const ServiceReply& reply, std::size_t offset) {
  v1::ServiceAnswer out;
  out.set_span_id(span);
  out.set_outcome(reply.outcome);
  out.set_status(reply.status);
  out.set_content_type(reply.content_type);
  out.set_offset(static_cast<std::uint32_t>(offset));
  out.set_size(static_cast<std::uint32_t>(reply.body.size()));
  out.set_data(reply.body.substr(offset, kPart));
  return out;
}

}  // namespace kw::server
