#include "export/soap.h"

namespace kw::exports {
namespace {

constexpr std::string_view kSoap11 = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr std::string_view kSoap12 = "http://www.w3.org/2003/05/soap-envelope";

}  // namespace

Result<Message> soap_message(const Profile& profile, const Batch& batch) {
  const auto& rules = profile.soap;
  auto plain = profile;  // the inner document is text of the outer one, which is encoded as a whole
  plain.charset = Charset::utf8;
  KW_TRY(auto records, xml_document(plain, batch));
  records.replace(records.find("UTF-8"), 5, name(profile.charset));
  const std::string set(name(profile.charset));
  std::string out = "<?xml version=\"1.0\" encoding=\"" + set + "\"?>\n<soap:Envelope xmlns:soap=\"" +
                    std::string(rules.twelve ? kSoap12 : kSoap11) + "\"><soap:Body><op:" + rules.operation +
                    " xmlns:op=\"" + xml_escape(rules.space) + "\">";
  for (const auto& parameter : rules.parameters) {
    std::string_view text = parameter.text;
    if (parameter.from == SoapParameter::From::batch) text = batch.number;
    if (parameter.from == SoapParameter::From::records) text = records;
    out += "<op:" + parameter.name + ">" + xml_escape(text) + "</op:" + parameter.name + ">";
  }
  out += "</op:" + rules.operation + "></soap:Body></soap:Envelope>\n";
  Message message;
  KW_TRY(message.octets, encode_text(out, profile.charset));
  if (rules.twelve) {
    message.content_type = "application/soap+xml; charset=" + set + "; action=\"" + rules.action + "\"";
  } else {
    message.content_type = "text/xml; charset=" + set;
    message.headers.emplace_back("SOAPAction", "\"" + rules.action + "\"");
  }
  return message;
}

}  // namespace kw::exports
