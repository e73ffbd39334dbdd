// The oracle of `acceptance.slow.test.ts`: an acceptor made of Debian's QuickFIX C++ and set up as the
// field's acceptance suites expect one. Sessions, sequence numbers, validation and texts are QuickFIX's own;
// the application only echoes.
//
//   acceptance_reference PORT DICTIONARIES START END
//     DICTIONARIES  a folder with FIX40.xml … FIX50SP2.xml and FIXT11.xml
//     START, END    of its sessions, HH:MM:SS in UTC
//   prints `listening` when connections are accepted; ends with its standard input
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include <quickfix/Application.h>
#include <quickfix/Message.h>
#include <quickfix/MessageStore.h>
#include <quickfix/Session.h>
#include <quickfix/SessionSettings.h>
#include <quickfix/SocketAcceptor.h>

namespace {

class Echo : public FIX::NullApplication {
 public:
  void onLogout(const FIX::SessionID& id) override { seen_[id].clear(); }

  void fromApp(const FIX::Message& message, const FIX::SessionID& id)
      throw(FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue,
            FIX::UnsupportedMessageType) override {
    const std::string type = message.getHeader().getField(FIX::FIELD::MsgType);
    const std::string begin = id.getBeginString().getValue();
    const bool isEarly = begin == "FIX.4.0" || begin == "FIX.4.1";
    if (type == "D") {
      const bool isNew = seen_[id].insert(message.getField(FIX::FIELD::ClOrdID)).second;
      if (!isNew && isPossResend(message)) return;
    } else if (type != "C" && !(type == "d" && !isEarly)) {
      throw FIX::UnsupportedMessageType();
    }
    FIX::Message echo = message;
    FIX::Session::sendToTarget(echo, id);
  }

 private:
  static bool isPossResend(const FIX::Message& message) {
    return message.getHeader().isSetField(FIX::FIELD::PossResend) &&
           message.getHeader().getField(FIX::FIELD::PossResend) == "Y";
  }

  std::map<FIX::SessionID, std::set<std::string>> seen_;
};

std::string configuration(const std::string& port, const std::string& folder, const std::string& start,
                          const std::string& end) {
  std::ostringstream text;
  text << "[DEFAULT]\nConnectionType=acceptor\nSocketReuseAddress=Y\nSocketNodelay=Y\n"
       << "StartTime=" << start << "\nEndTime=" << end << "\nSenderCompID=ISLD\nResetOnLogon=Y\n"
       << "SocketAcceptPort=" << port << "\n";
  for (const char* version : {"40", "41", "42", "43", "44"}) {
    text << "[SESSION]\nBeginString=FIX.4." << version[1] << "\nTargetCompID=TW" << version
         << "\nDataDictionary=" << folder << "/FIX" << version << ".xml\n";
  }
  for (const char* pack : {"", "SP1", "SP2"}) {
    text << "[SESSION]\nBeginString=FIXT.1.1\nTargetCompID=TW50" << pack << "\nDefaultApplVerID=FIX.5.0"
         << pack << "\nTransportDataDictionary=" << folder << "/FIXT11.xml\nAppDataDictionary=" << folder
         << "/FIX50" << pack << ".xml\n";
  }
  text << "[SESSION]\nBeginString=FIX.4.4\nTargetCompID=TW\nDataDictionary=" << folder << "/FIX44.xml\n"
       << "[SESSION]\nBeginString=FIX.4.4\nTargetCompID=NO_CHECK_FIELDS_HAVE_VALUES\nDataDictionary="
       << folder << "/FIX44.xml\nValidateFieldsHaveValues=N\n";
  return text.str();
}

}  // namespace

int main(int argumentCount, char** arguments) {
  if (argumentCount != 5) {
    std::cerr << "usage: acceptance_reference PORT DICTIONARIES START END" << std::endl;
    return 2;
  }
  try {
    std::istringstream text(configuration(arguments[1], arguments[2], arguments[3], arguments[4]));
    FIX::SessionSettings settings(text);
    Echo echo;
    FIX::MemoryStoreFactory stores;
    FIX::SocketAcceptor acceptor(echo, stores, settings);
    acceptor.start();
    std::cout << "listening" << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
    }
    acceptor.stop(true);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return 1;
  }
}
