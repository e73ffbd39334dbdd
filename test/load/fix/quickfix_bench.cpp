// QuickFIX C++ as the peer of the FIX benchmark: the same messages and the same dialogue as our engine, on
// the same machine in the same run.
//
//   quickfix_bench codec DICTIONARY MILLISECONDS < frames    one frame a line, `|` for SOH
//     prints per frame: `codec MSGTYPE parse-and-validate/s encode/s`, of processor time
//   quickfix_bench acceptor CONFIG memory|file               answers each D with an 8; prints `listening`
//   quickfix_bench executor CONFIG memory|file               answers each D with New and its fill
#include <ctime>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <quickfix/Application.h>
#include <quickfix/DataDictionary.h>
#include <quickfix/FileStore.h>
#include <quickfix/Message.h>
#include <quickfix/MessageCracker.h>
#include <quickfix/MessageStore.h>
#include <quickfix/Session.h>
#include <quickfix/SessionSettings.h>
#include <quickfix/SocketAcceptor.h>
#include <quickfix/fix44/ExecutionReport.h>
#include <quickfix/fix44/MarketDataSnapshotFullRefresh.h>
#include <quickfix/fix44/NewOrderSingle.h>

namespace {

double processorMs() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

// Best of five rounds, as on the other side.
template <typename Run>
long best(double milliseconds, Run run) {
  double rate = 0;
  for (int round = 0; round < 5; ++round) {
    const double start = processorMs();
    double elapsed = 0;
    long count = 0;
    while (elapsed < milliseconds / 5) {
      for (int i = 0; i < 100; ++i) run();
      count += 100;
      elapsed = processorMs() - start;
    }
    rate = std::max(rate, count / elapsed * 1000);
  }
  return static_cast<long>(rate);
}

void header(FIX::Message& message, long seqNum) {
  FIX::Header& header = message.getHeader();
  header.setField(FIX::SenderCompID("CLIENT-ONE"));
  header.setField(FIX::TargetCompID("TIDEGATE"));
  header.setField(FIX::MsgSeqNum(seqNum));
  header.setField(FIX::SendingTime(FIX::UtcTimeStamp(), 3));
}

void party(FIX::Message& message, const char* id, int role) {
  FIX44::NewOrderSingle::NoPartyIDs entry;
  entry.set(FIX::PartyID(id));
  entry.set(FIX::PartyIDSource('D'));
  entry.set(FIX::PartyRole(role));
  message.addGroup(entry);
}

std::string order(long seqNum) {
  FIX44::NewOrderSingle message;
  header(message, seqNum);
  message.set(FIX::ClOrdID("ORD-20260310-000123"));
  party(message, "DESK-7", 11);
  message.set(FIX::Account("ACC-1001"));
  message.set(FIX::SettlType("0"));
  message.set(FIX::Symbol("EUR/USD"));
  message.set(FIX::Side('1'));
  message.set(FIX::TransactTime(FIX::UtcTimeStamp(), 3));
  message.set(FIX::OrderQty(1000000));
  message.set(FIX::OrdType('2'));
  message.set(FIX::Price(1.08753));
  message.set(FIX::Currency("EUR"));
  message.set(FIX::TimeInForce('0'));
  return message.toString();
}

void fillReport(FIX::Message& message, const std::string& clOrdId) {
  message.setField(FIX::OrderID("TG-0000000815"));
  message.setField(FIX::ClOrdID(clOrdId));
  party(message, "DESK-7", 11);
  party(message, "LP-3", 35);
  message.setField(FIX::ExecID("P3-0000004712"));
  message.setField(FIX::ExecType('F'));
  message.setField(FIX::OrdStatus('1'));
  message.setField(FIX::Symbol("EUR/USD"));
  message.setField(FIX::Side('1'));
  message.setField(FIX::OrderQty(1000000));
  message.setField(FIX::OrdType('2'));
  message.setField(FIX::Price(1.08753));
  message.setField(FIX::LastQty(250000));
  message.setField(FIX::LastPx(1.08751));
  message.setField(FIX::LeavesQty(750000));
  message.setField(FIX::CumQty(250000));
  message.setField(FIX::AvgPx(1.08751));
  message.setField(FIX::TransactTime(FIX::UtcTimeStamp(), 3));
}

std::string report(long seqNum) {
  FIX44::ExecutionReport message;
  header(message, seqNum);
  fillReport(message, "ORD-20260310-000123");
  return message.toString();
}

std::string marketData(long seqNum) {
  FIX44::MarketDataSnapshotFullRefresh message;
  header(message, seqNum);
  message.set(FIX::MDReqID("MD-EURUSD-1"));
  message.set(FIX::Symbol("EUR/USD"));
  for (int level = 0; level < 20; ++level) {
    FIX44::MarketDataSnapshotFullRefresh::NoMDEntries entry;
    entry.set(FIX::MDEntryType(level < 10 ? '0' : '1'));
    entry.set(FIX::MDEntryPx((level < 10 ? 108750 - level : 108751 + level) / 1e5));
    entry.set(FIX::MDEntrySize(1e7 * (1 + level % 5)));
    message.addGroup(entry);
  }
  return message.toString();
}

std::string encode(const std::string& type, long seqNum) {
  return type == "D" ? order(seqNum) : type == "8" ? report(seqNum) : marketData(seqNum);
}

int codec(const std::string& dictionaryPath, double milliseconds) {
  const FIX::DataDictionary dictionary(dictionaryPath);
  std::string line;
  while (std::getline(std::cin, line)) {
    for (char& character : line)
      if (character == '|') character = '\001';
    std::string type;
    const long parsed = best(milliseconds, [&] {
      FIX::Message message;
      message.setString(line, true, &dictionary, &dictionary);
      dictionary.validate(message);
      type = message.getHeader().getField(35);
    });
    long seqNum = 1000;
    const long encoded = best(milliseconds, [&] { encode(type, seqNum++); });
    std::cout << "codec " << type << ' ' << parsed << ' ' << encoded << std::endl;
  }
  return 0;
}

class Echo : public FIX::NullApplication {
 public:
  void fromApp(const FIX::Message& message, const FIX::SessionID& id)
      throw(FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue,
            FIX::UnsupportedMessageType) override {
    if (message.getHeader().getField(35) != "D") return;
    FIX44::ExecutionReport answer;
    fillReport(answer, message.getField(11));
    FIX::Session::sendToTarget(answer, id);
  }
};

// Takes every order and fills it at once, as a provider of the platform's benchmark does.
class Executor : public FIX::NullApplication {
 public:
  void fromApp(const FIX::Message& message, const FIX::SessionID& id)
      throw(FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue,
            FIX::UnsupportedMessageType) override {
    if (message.getHeader().getField(35) != "D") return;
    const std::string quantity = message.getField(38);
    const std::string order = "o" + std::to_string(++orders);
    for (const bool isFill : {false, true}) {
      FIX44::ExecutionReport report;
      report.setField(FIX::OrderID(order));
      report.setField(FIX::ClOrdID(message.getField(11)));
      report.setField(FIX::ExecID(order + (isFill ? "F" : "0")));
      report.setField(FIX::ExecType(isFill ? 'F' : '0'));
      report.setField(FIX::OrdStatus(isFill ? '2' : '0'));
      report.setField(55, message.getField(55));
      report.setField(54, message.getField(54));
      report.setField(38, quantity);
      if (isFill) {
        report.setField(32, quantity);
        report.setField(31, "1");
      }
      report.setField(151, isFill ? "0" : quantity);
      report.setField(14, isFill ? quantity : "0");
      report.setField(6, isFill ? "1" : "0");
      FIX::Session::sendToTarget(report, id);
    }
  }

 private:
  long orders = 0;
};

int acceptor(FIX::Application& application, const std::string& config, const std::string& store) {
  const FIX::SessionSettings settings(config);
  std::unique_ptr<FIX::MessageStoreFactory> stores;
  if (store == "file") stores.reset(new FIX::FileStoreFactory(settings));
  else stores.reset(new FIX::MemoryStoreFactory());
  FIX::SocketAcceptor server(application, *stores, settings);
  server.start();
  std::cout << "listening" << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
  }
  server.stop(true);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string mode = argc > 1 ? argv[1] : "";
    if (mode == "codec" && argc == 4) return codec(argv[2], std::atof(argv[3]));
    Echo echo;
    Executor executor;
    if (mode == "acceptor" && argc == 4) return acceptor(echo, argv[2], argv[3]);
    if (mode == "executor" && argc == 4) return acceptor(executor, argv[2], argv[3]);
    std::cerr << "quickfix_bench codec DICTIONARY MILLISECONDS | acceptor|executor CONFIG memory|file"
              << std::endl;
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
  }
  return 2;
}
