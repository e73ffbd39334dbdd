#!/usr/bin/env bash
# QuickFIX C++ 1.15.1 (Debian libquickfix-dev 1.15.1+dfsg-4+b1): a UTCTimestamp in a leap second,
# 20161231-23:59:60, is valid FIX and is read, but kept as hour 24 of the day before: written again it
# becomes 20161231-24:00:00, which FIX does not know and which the same library refuses to read. Whoever
# echoes TransactTime(60) or OrigSendingTime(122) through it sends a message that its own kind answers
# with a session Reject.
set -euo pipefail
version=1.15.1+dfsg-4+b1
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
packages=("libquickfix-dev=$version" "libquickfix17=$version")
apt-get -qq download "${packages[@]}" 2> apt.log || { cat apt.log; exit 1; }
for package in *.deb; do dpkg -x "$package" .; done
library=$(dirname "$(find . -name 'libquickfix.so.17' | head -1)")
cat > main.cpp <<'CPP'
#include <cstdio>
#include <quickfix/FieldConvertors.h>
int main() {
  using Times = FIX::UtcTimeStampConvertor;
  const std::string written = Times::convert(Times::convert("20161231-23:59:60"), 3);
  std::printf("20161231-23:59:60 is written as %s\n", written.c_str());
  try {
    Times::convert(written);
    std::printf("and read again\n");
  } catch (const std::exception& error) {
    std::printf("and then refused: %s\n", error.what());
  }
}
CPP
g++ -std=c++14 -w -I usr/include main.cpp -o main -L "$library" -l:libquickfix.so.17 \
  -Wl,--allow-shlib-undefined
seen=$(LD_LIBRARY_PATH="$library" ./main)
expected='20161231-23:59:60 is written as 20161231-24:00:00.000
and then refused: Could not convert field: 20161231-24:00:00.000'
echo "$seen"
[ "$seen" = "$expected" ] || { echo "changed; was:"; echo "$expected"; exit 1; }
