#!/usr/bin/env bash
# QuickFIX C++ 1.15.1 (Debian libquickfix-dev 1.15.1+dfsg-4+b1), numbers that it writes and reads.
# A float of 10^20 (a notional in a currency of small units) is written as 1e20, which FIX does not allow
# and which the same library refuses to read; one of 10^-16 is written as "0.".
# An int of 2147483648 (nanoseconds, or a counter of a venue) is read as -2147483648 without an error.
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
  for (const double value : {1e14, 1e20, 1e-16}) {
    const std::string written = FIX::DoubleConvertor::convert(value);
    std::printf("%g is written as %s and ", value, written.c_str());
    try {
      std::printf("read as %g\n", FIX::DoubleConvertor::convert(written));
    } catch (const std::exception& error) {
      std::printf("refused: %s\n", error.what());
    }
  }
  for (const std::string text : {"2147483647", "2147483648"})
    std::printf("int %s is read as %d\n", text.c_str(), static_cast<int>(FIX::IntConvertor::convert(text)));
}
CPP
g++ -std=c++14 -w -I usr/include main.cpp -o main -L "$library" -l:libquickfix.so.17 \
  -Wl,--allow-shlib-undefined
seen=$(LD_LIBRARY_PATH="$library" ./main)
expected='1e+14 is written as 100000000000000 and read as 1e+14
1e+20 is written as 1e20 and refused: Could not convert field: 1e20
1e-16 is written as 0. and read as 0
int 2147483647 is read as 2147483647
int 2147483648 is read as -2147483648'
echo "$seen"
[ "$seen" = "$expected" ] || { echo "changed; was:"; echo "$expected"; exit 1; }
