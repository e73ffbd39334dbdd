#!/usr/bin/env bash
# QuickFIX C++ 1.15.1 (Debian libquickfix-dev 1.15.1+dfsg-4+b1), when daily sessions turn over.
# StartTime and EndTime both 17:00:00, the usual way to write "from New York's close to the next": not at
# 17:00 but at 00:00 UTC, so numbers are reset seven hours after a counterparty that takes the settings as
# they read.
# A session over midnight, 22:00:00 to 21:00:00, whose store was created after midnight (first start or
# reset at 03:00): not that evening, though it was closed for an hour between; one created at 22:30 the
# evening before does turn over.
set -euo pipefail
version=1.15.1+dfsg-4+b1
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
packages=("libquickfix-dev=$version" "libquickfix17=$version")
apt-get -qq download "${packages[@]}" 2> apt.log || { cat apt.log; exit 1; }
for package in *.deb; do dpkg -x "$package" .; done
library=$(dirname "$(find . -name 'libquickfix.so.17' | head -1)")
cat > main.cpp <<'CPP'
#include <cstdio>
#include <quickfix/TimeRange.h>
using namespace FIX;
static void tell(const char* what, const UtcTimeOnly& start, const UtcTimeOnly& end,
                 const UtcTimeStamp& from, const UtcTimeStamp& to) {
  const bool isSame = TimeRange::isInSameRange(start, end, from, to);
  std::printf("%s: %s\n", what, isSame ? "same session" : "new session");
}
int main() {
  const UtcTimeOnly five(17, 0, 0), ten(22, 0, 0), nine(21, 0, 0);
  tell("17:00-17:00 from 16:59:59 to 17:00:01", five, five, UtcTimeStamp(16, 59, 59, 9, 3, 2026),
       UtcTimeStamp(17, 0, 1, 9, 3, 2026));
  tell("17:00-17:00 from 23:59:59 to 00:00:01", five, five, UtcTimeStamp(23, 59, 59, 9, 3, 2026),
       UtcTimeStamp(0, 0, 1, 10, 3, 2026));
  tell("22:00-21:00 from 22:30 to the next 22:01", ten, nine, UtcTimeStamp(22, 30, 0, 9, 3, 2026),
       UtcTimeStamp(22, 1, 0, 10, 3, 2026));
  tell("22:00-21:00 from 03:00 to the next 22:01", ten, nine, UtcTimeStamp(3, 0, 0, 10, 3, 2026),
       UtcTimeStamp(22, 1, 0, 10, 3, 2026));
}
CPP
g++ -std=c++14 -w -I usr/include main.cpp -o main -L "$library" -l:libquickfix.so.17 \
  -Wl,--allow-shlib-undefined
seen=$(LD_LIBRARY_PATH="$library" ./main)
expected='17:00-17:00 from 16:59:59 to 17:00:01: same session
17:00-17:00 from 23:59:59 to 00:00:01: new session
22:00-21:00 from 22:30 to the next 22:01: new session
22:00-21:00 from 03:00 to the next 22:01: same session'
echo "$seen"
[ "$seen" = "$expected" ] || { echo "changed; was:"; echo "$expected"; exit 1; }
