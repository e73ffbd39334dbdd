// The load of the FIX benchmark: raw sessions that know just enough FIX to log on and to patch numbers and
// checksum into a template, so that the acceptor under test is the bottleneck and not its client. The same
// bytes go to every acceptor.
//
//   generator pipelined PORT SECONDS
//   generator paced PORT SECONDS RATE
//   generator fleet PORT,PORT,… SECONDS SESSIONS RATE
//
// Prints one line of JSON. Latencies count from when an order was due. A Reject, a Logout or a ResendRequest
// ends it with an error; in the fleet a lost session is counted.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr char SOH = 1;
// Numbers of as many digits throughout, so that only digits change in the template.
constexpr long FIRST_SEQ_NUM = 1000000;
constexpr int SEQ_NUM_DIGITS = 7;
// Orders in flight.
constexpr long WINDOW = 512;
constexpr double PIPELINED_WARM_UP_S = 2;
// So many orders, and so long at the pace, before any is measured: until then a run-time compiler is at work
// beside the acceptor, and on two cores it costs whole time slices.
constexpr long WARM_UP_ORDERS = 100000;
constexpr double PACED_WARM_UP_S = 6;
constexpr double FLEET_WARM_UP_S = 3;
// Short, so that heartbeats are due among the messages.
constexpr int FLEET_HEART_BT_INT = 2;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string stamp() {
  timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  tm utc;
  gmtime_r(&time.tv_sec, &utc);
  char text[32];
  const size_t length = strftime(text, sizeof text, "%Y%m%d-%H:%M:%S", &utc);
  snprintf(text + length, sizeof text - length, ".%03ld", time.tv_nsec / 1000000);
  return text;
}

// Header with BodyLength and the body; `fields` are separated by `|`.
std::string head(std::string fields) {
  std::replace(fields.begin(), fields.end(), '|', SOH);
  return "8=FIX.4.4" + std::string(1, SOH) + "9=" + std::to_string(fields.size()) + SOH + fields;
}

unsigned sum(const std::string& bytes) {
  unsigned total = 0;
  for (const char byte : bytes) total += static_cast<unsigned char>(byte);
  return total;
}

std::string frame(const std::string& fields) {
  const std::string bytes = head(fields);
  char trailer[16];
  snprintf(trailer, sizeof trailer, "10=%03u%c", sum(bytes) & 0xff, SOH);
  return bytes + trailer;
}

class Session {
 public:
  Session(int port, const std::string& sender, int heartBtInt) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd_ < 0 || connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error(std::string("connect: ") + strerror(errno));
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::string from = "|49=" + sender + "|52=" + stamp() + "|56=TIDEGATE|";
    put(frame("35=A|34=1" + from + "98=0|108=" + std::to_string(heartBtInt) + "|141=Y|"));
    char logon[4096];
    if (recv(fd_, logon, sizeof logon, 0) <= 0) throw std::runtime_error("refused");
    // Numbers go where they have their final count of digits.
    put(frame("35=4|34=2" + from + "36=" + std::to_string(FIRST_SEQ_NUM) + "|"));
    const std::string zeros(SEQ_NUM_DIGITS, '0');
    template_ = head("35=D|34=" + zeros + from + "1=ACC-1001|11=ORD-20260310-" + zeros +
                     "|15=EUR|38=1000000|40=2|44=1.08753|54=1|55=EUR/USD|59=0|60=" + stamp() +
                     "|63=0|453=1|448=DESK-7|447=D|452=11|");
    sum_ = sum(template_);
    seqNumAt_ = template_.find("\00134=") + 4;
    clOrdIdAt_ = template_.find("11=ORD-20260310-") + 16;
    template_ += "10=000\001";
    received_.resize(1 << 18);
  }
  ~Session() { close(fd_); }
  Session(const Session&) = delete;

  int fd() const { return fd_; }

  void send(long count) {
    const size_t length = template_.size();
    orders_.resize(count * length);
    for (long i = 0; i < count; ++i) {
      char* order = &orders_[i * length];
      memcpy(order, template_.data(), length);
      unsigned total = sum_;
      long rest = next_++;
      for (int digit = SEQ_NUM_DIGITS - 1; digit >= 0; --digit, rest /= 10) {
        const unsigned value = rest % 10;
        order[seqNumAt_ + digit] = order[clOrdIdAt_ + digit] = static_cast<char>('0' + value);
        total += 2 * value;
      }
      total &= 0xff;
      char* checksum = order + length - 4;
      checksum[0] = static_cast<char>('0' + total / 100);
      checksum[1] = static_cast<char>('0' + total / 10 % 10);
      checksum[2] = static_cast<char>('0' + total % 10);
    }
    put(orders_);
  }

  // Waits for bytes and returns how many reports they complete; -1 when the other side has closed.
  long receive() {
    const ssize_t count = recv(fd_, &received_[held_], received_.size() - held_, 0);
    if (count <= 0) return -1;
    const char* at = received_.data();
    const char* const end = at + held_ + count;
    long reports = 0;
    // `8=FIX.4.4|9=` has 12 bytes; BodyLength at most 6 digits.
    while (at + 20 <= end) {
      const char* p = at + 12;
      long length = 0;
      for (; *p != SOH; ++p) length = length * 10 + (*p - '0');
      const char* const next = p + 1 + length + 7;
      if (next > end) break;
      const char type = p[4];
      if (type == '8') ++reports;
      else if (type == '2' || type == '3' || type == '5')
        throw std::runtime_error("unexpected: " + std::string(at, next));
      at = next;
    }
    held_ = end - at;
    memmove(&received_[0], at, held_);
    return reports;
  }

 private:
  void put(const std::string& bytes) {
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t count = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count < 0) throw std::runtime_error(std::string("send: ") + strerror(errno));
      sent += count;
    }
  }

  const int fd_;
  std::string template_;
  // Of the template with zeros for the digits that change.
  unsigned sum_ = 0;
  size_t seqNumAt_ = 0;
  size_t clOrdIdAt_ = 0;
  long next_ = FIRST_SEQ_NUM;
  std::string orders_;
  std::string received_;
  size_t held_ = 0;
};

// Milliseconds; exact percentiles, as the samples are kept.
class Latencies {
 public:
  void add(double seconds) { samples_.push_back(seconds * 1e3); }

  std::string json() {
    std::sort(samples_.begin(), samples_.end());
    char text[160];
    snprintf(text, sizeof text, "\"count\":%zu,\"p50\":%.4f,\"p99\":%.4f,\"p999\":%.4f", samples_.size(),
             percentile(50), percentile(99), percentile(99.9));
    return text;
  }

 private:
  double percentile(double percent) const {
    if (samples_.empty()) return 0;
    const auto rank = static_cast<size_t>(std::ceil(percent / 100 * samples_.size()));
    return samples_[std::max<size_t>(rank, 1) - 1];
  }

  std::vector<double> samples_;
};

// One session with WINDOW orders in flight until `isOver` says so at a report.
template <typename IsOver>
void keepFull(Session& session, long most, IsOver isOver) {
  long sent = std::min(WINDOW, most);
  long answered = 0;
  session.send(sent);
  for (;;) {
    const long reports = session.receive();
    if (reports < 0) throw std::runtime_error("connection lost");
    answered += reports;
    if (isOver(answered)) return;
    const long room = std::min(WINDOW - (sent - answered), most - sent);
    if (room > 0) session.send(room);
    sent += room;
  }
}

void pipelined(int port, double seconds) {
  Session session(port, "CLIENT-ONE", 30);
  const double until = now() + PIPELINED_WARM_UP_S;
  double started = 0;
  long countedFrom = 0;
  double rate = 0;
  keepFull(session, 1L << 40, [&](long answered) {
    const double time = now();
    if (started == 0 && time >= until) {
      started = time;
      countedFrom = answered;
    }
    if (started == 0 || time - started < seconds) return false;
    rate = (answered - countedFrom) / (time - started);
    return true;
  });
  std::printf("{\"perSecond\":%.0f}\n", rate);
}

timespec until(double due) {
  const double left = std::max(0.0, due - now());
  const auto seconds = static_cast<time_t>(left);
  return {seconds, static_cast<long>((left - static_cast<double>(seconds)) * 1e9)};
}

// A session whose orders are sent when due, whatever is unanswered.
class Paced {
 public:
  // Of `total` orders the first `uncounted` are not measured.
  Paced(Session& session, double begin, double rate, long uncounted, long total)
      : session_(session), begin_(begin), rate_(rate), uncounted_(uncounted), total_(total) {}

  int fd() const { return session_.fd(); }
  bool isSent() const { return sent_ >= total_; }
  bool isDone() const { return answered_ >= total_; }
  // When its next order is.
  double due() const { return due(sent_); }

  // Those that are due, at most `most`.
  void send(double time, long most) {
    long count = 0;
    while (count < most && sent_ + count < total_ && due(sent_ + count) <= time) ++count;
    if (count > 0) session_.send(count);
    sent_ += count;
  }

  // False when the other side has closed.
  bool receive(Latencies& latencies) {
    const long reports = session_.receive();
    if (reports < 0) return false;
    const double received = now();
    for (const long end = answered_ + reports; answered_ < end; ++answered_)
      if (answered_ >= uncounted_) latencies.add(received - due(answered_));
    return true;
  }

 private:
  double due(long index) const { return begin_ + index / rate_; }

  Session& session_;
  const double begin_;
  const double rate_;
  const long uncounted_;
  const long total_;
  long sent_ = 0;
  long answered_ = 0;
};

// Never sleeps: to wake an idle core of a virtual machine takes longer than what is measured, at random.
void paced(int port, double seconds, double rate) {
  Session session(port, "CLIENT-ONE", 30);
  keepFull(session, WARM_UP_ORDERS, [](long answered) { return answered >= WARM_UP_ORDERS; });
  Latencies latencies;
  const long uncounted = std::lround(PACED_WARM_UP_S * rate);
  Paced orders(session, now(), rate, uncounted, uncounted + std::lround(seconds * rate));
  pollfd readable{session.fd(), POLLIN, 0};
  while (!orders.isDone()) {
    orders.send(now(), WINDOW);
    if (poll(&readable, 1, 0) > 0 && !orders.receive(latencies)) throw std::runtime_error("connection lost");
  }
  std::printf("{%s}\n", latencies.json().c_str());
}

void fleet(const std::vector<int>& ports, double seconds, size_t count, double rate) {
  std::vector<std::unique_ptr<Session>> sessions;
  for (size_t i = 0; i < count; ++i)
    sessions.push_back(std::make_unique<Session>(ports[i % ports.size()], "C" + std::to_string(1000 + i),
                                                 FLEET_HEART_BT_INT));
  const long uncounted = std::lround(FLEET_WARM_UP_S * rate);
  const long total = uncounted + std::lround(seconds * rate);
  const int poll = epoll_create1(0);
  Latencies latencies;
  std::vector<Paced> orders;
  const double begin = now() + 0.1;
  for (size_t i = 0; i < count; ++i) {
    orders.emplace_back(*sessions[i], begin + static_cast<double>(i) / count / rate, rate, uncounted, total);
    epoll_event event{EPOLLIN, {}};
    event.data.u64 = i;
    epoll_ctl(poll, EPOLL_CTL_ADD, sessions[i]->fd(), &event);
  }
  size_t dropped = 0;
  size_t done = 0;
  // Orders fall due session by session, one of each, again and again in the same turn.
  size_t next = 0;
  std::vector<epoll_event> events(count);
  while (done < count) {
    const double time = now();
    for (; !orders[next].isSent() && orders[next].due() <= time; next = (next + 1) % count)
      orders[next].send(time, 1);
    const timespec left = until(orders[next].due());
    const int ready =
        epoll_pwait2(poll, events.data(), events.size(), orders[next].isSent() ? nullptr : &left, nullptr);
    for (int i = 0; i < ready; ++i) {
      Paced& one = orders[events[i].data.u64];
      const bool isOpen = one.receive(latencies);
      if (isOpen && !one.isDone()) continue;
      if (!isOpen) ++dropped;
      ++done;
      epoll_ctl(poll, EPOLL_CTL_DEL, one.fd(), nullptr);
    }
  }
  std::printf("{%s,\"sessions\":%zu,\"dropped\":%zu}\n", latencies.json().c_str(), count, dropped);
}

std::vector<int> numbers(const std::string& list) {
  std::vector<int> result;
  std::stringstream stream(list);
  for (std::string number; std::getline(stream, number, ',');) result.push_back(std::stoi(number));
  return result;
}

int usage() {
  std::cerr << "generator pipelined PORT SECONDS | paced PORT SECONDS RATE\n"
               "  | fleet PORTS SECONDS SESSIONS RATE\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  // Timers to the microsecond: by default the system lets them be late by fifty.
  prctl(PR_SET_TIMERSLACK, 1);
  const std::string mode = argc > 1 ? argv[1] : "";
  try {
    if (mode == "pipelined" && argc == 4) pipelined(std::atoi(argv[2]), std::atof(argv[3]));
    else if (mode == "paced" && argc == 5) paced(std::atoi(argv[2]), std::atof(argv[3]), std::atof(argv[4]));
    else if (mode == "fleet" && argc == 6)
      fleet(numbers(argv[2]), std::atof(argv[3]), std::atoi(argv[4]), std::atof(argv[5]));
    else return usage();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "generator: " << error.what() << std::endl;
    return 1;
  }
}
