#!/usr/bin/env bash
# jspurefix 5.11.4 (npm): a FIX float without a zero before its point, which FIX allows and some venues
# write, is read as a whole number without an error: Price .5 becomes 50, a size of .25 becomes 250. With
# a zero in front it is read rightly. A long number loses its last digits although a double could hold it:
# 99999999999.12345 is read as 99999999999.12341. ElasticBuffer.getFloat is what its message views read
# every float by.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
echo '{"private":true}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund jspurefix@5.11.4
cat > main.cjs <<'JS'
require('reflect-metadata');
const { ElasticBuffer } = require('jspurefix');
for (const text of ['0.5', '.5', '-.5', '.25', '5.', '99999999999.12345']) {
  const buffer = new ElasticBuffer(64, 64);
  buffer.writeString(text);
  console.log(`${text} is read as ${buffer.getFloat(0, text.length - 1)}`);
}
JS
seen=$(node main.cjs)
expected='0.5 is read as 0.5
.5 is read as 50
-.5 is read as -50
.25 is read as 250
5. is read as 5
99999999999.12345 is read as 99999999999.12341'
echo "$seen"
[ "$seen" = "$expected" ] || { echo "changed; was:"; echo "$expected"; exit 1; }
