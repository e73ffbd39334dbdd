// A QuickFIX C++ counterparty that a test drives by lines: what it says is sent, what arrives is printed. It
// decides nothing itself, so sessions, sequence numbers, resends and validation are QuickFIX's own and the
// rest is in the test.
//
//   quickfix_peer initiator|acceptor CONFIG [tls]
//   input:  send 35=D|11=…|…   one application message, `|` for SOH, groups by the session's data dictionary
//           disconnect          drops the connection without a Logout
//           logout | quit
//   output: logon ID | logout ID | app 35=…|… | admin 35=…|… | error TEXT
//           read CLORDID PRICE QUANTITY TIME, after a message with tags 11, 44, 38, 60: what its own
//           types made of them: doubles with 17 digits and milliseconds since 1970
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>

#include <quickfix/Application.h>
#include <quickfix/DataDictionary.h>
#include <quickfix/FileStore.h>
#include <quickfix/Message.h>
#include <quickfix/Session.h>
#include <quickfix/SessionSettings.h>
#include <quickfix/SSLSocketAcceptor.h>
#include <quickfix/SSLSocketInitiator.h>
#include <quickfix/SocketAcceptor.h>
#include <quickfix/SocketInitiator.h>

namespace {

std::mutex outputMutex;

void say(const std::string& line) {
  std::lock_guard<std::mutex> lock(outputMutex);
  std::cout << line << std::endl;
}

std::string readable(const FIX::Message& message) {
  std::string text = message.toString();
  std::replace(text.begin(), text.end(), '\001', '|');
  return text;
}

class Peer : public FIX::NullApplication {
 public:
  explicit Peer(const FIX::SessionSettings& settings) : settings_(settings) {}

  void onCreate(const FIX::SessionID& id) override { id_ = id; }
  void onLogon(const FIX::SessionID& id) override { say("logon " + id.toString()); }
  void onLogout(const FIX::SessionID& id) override { say("logout " + id.toString()); }

  void toAdmin(FIX::Message& message, const FIX::SessionID& id) override {
    FIX::MsgType type;
    message.getHeader().getField(type);
    const FIX::Dictionary& section = settings_.get(id);
    if (type == FIX::MsgType_Logon && section.has("Username")) {
      message.setField(FIX::Username(section.getString("Username")));
      message.setField(FIX::Password(section.getString("Password")));
    }
  }

  void fromAdmin(const FIX::Message& message, const FIX::SessionID&)
      throw(FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue, FIX::RejectLogon) override {
    say("admin " + readable(message));
  }

  void fromApp(const FIX::Message& message, const FIX::SessionID&)
      throw(FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue,
            FIX::UnsupportedMessageType) override {
    say("app " + readable(message));
    sayRead(message);
  }

  static void sayRead(const FIX::Message& message) {
    FIX::ClOrdID id;
    FIX::Price price;
    FIX::OrderQty quantity;
    FIX::TransactTime time;
    if (!message.getFieldIfSet(id) || !message.getFieldIfSet(price)) return;
    if (!message.getFieldIfSet(quantity) || !message.getFieldIfSet(time)) return;
    const FIX::UtcTimeStamp moment = time.getValue();
    char text[128];
    std::snprintf(text, sizeof text, " %.17g %.17g %lld", price.getValue(), quantity.getValue(),
                  static_cast<long long>(moment.getTimeT()) * 1000 + moment.getMillisecond());
    say("read " + id.getValue() + text);
  }

  void send(const std::string& fields, const FIX::DataDictionary& transport,
            const FIX::DataDictionary& dictionary) {
    std::string body = fields;
    std::replace(body.begin(), body.end(), '|', '\001');
    if (body.empty() || body.back() != '\001') body += '\001';
    std::string raw = "8=" + id_.getBeginString().getString() + "\0019=";
    raw += std::to_string(body.size()) + '\001' + body;
    int sum = 0;
    for (unsigned char byte : raw) sum += byte;
    char trailer[16];
    std::snprintf(trailer, sizeof trailer, "10=%03d\001", sum % 256);
    FIX::Message message;
    message.setString(raw + trailer, false, &transport, &dictionary);
    FIX::Session::sendToTarget(message, id_);
  }

  FIX::Session* session() const { return FIX::Session::lookupSession(id_); }
  const FIX::SessionID& id() const { return id_; }

 private:
  const FIX::SessionSettings& settings_;
  FIX::SessionID id_;
};

template <class Connection>
int run(const FIX::SessionSettings& settings) {
  Peer peer(settings);
  FIX::FileStoreFactory stores(settings);
  Connection connection(peer, stores, settings);
  const FIX::Dictionary& section = settings.get(peer.id());
  const bool isTransport = section.has("TransportDataDictionary");
  const char* name = "DataDictionary";
  const FIX::DataDictionary transport(section.getString(isTransport ? "TransportDataDictionary" : name));
  const FIX::DataDictionary dictionary(section.getString(isTransport ? "AppDataDictionary" : name));
  connection.start();
  std::string line;
  while (std::getline(std::cin, line)) {
    try {
      if (line.rfind("send ", 0) == 0) peer.send(line.substr(5), transport, dictionary);
      else if (line == "disconnect") peer.session()->disconnect();
      else if (line == "logout") peer.session()->logout();
      else if (line == "quit") break;
      else say("error unknown command: " + line);
    } catch (const std::exception& error) {
      say(std::string("error ") + error.what());
    }
  }
  connection.stop();
  return 0;
}

}  // namespace

int main(int argumentCount, char** arguments) {
  if (argumentCount < 3) {
    std::cerr << "usage: quickfix_peer initiator|acceptor CONFIG [tls]" << std::endl;
    return 2;
  }
  try {
    const FIX::SessionSettings settings{std::string(arguments[2])};
    const bool isAcceptor = std::string(arguments[1]) == "acceptor";
    if (argumentCount > 3) {
      if (isAcceptor) return run<FIX::SSLSocketAcceptor>(settings);
      return run<FIX::SSLSocketInitiator>(settings);
    }
    return isAcceptor ? run<FIX::SocketAcceptor>(settings) : run<FIX::SocketInitiator>(settings);
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return 1;
  }
}
