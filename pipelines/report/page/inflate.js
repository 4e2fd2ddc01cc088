// Base64 of zlib's format -> bytes, at once: the browser's own DecompressionStream answers later, too late for printing.
// After RFC 1951; what the page holds was written by zlib, so there is no damage to recognise.
const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCES = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

// Canonical Huffman code: how many codes have each length, and the symbols in the order of their codes.
function huffman(lengths) {
  const counts = new Uint16Array(16);
  for (const length of lengths) counts[length] += 1;
  counts[0] = 0;
  const at = new Uint16Array(16);
  for (let k = 1; k < 16; k += 1) at[k] = at[k - 1] + counts[k - 1];
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => { if (length) { symbols[at[length]] = symbol; at[length] += 1; } });
  return { counts, symbols };
}

const bytesOf = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));

function inflated(text) {
  const source = bytesOf(text);
  let out = new Uint8Array(4 * source.length + 1024);
  let [size, place, held, holding] = [0, 2, 0, 0];
  const bits = (count) => {
    while (holding < count) { held |= source[place] << holding; place += 1; holding += 8; }
    const value = held & ((1 << count) - 1);
    held >>>= count;
    holding -= count;
    return value;
  };
  const symbol = ({ counts, symbols }) => {
    let [code, first, index] = [0, 0, 0];
    for (let length = 1; length < 16; length += 1) {
      code |= bits(1);
      const count = counts[length];
      if (code - count < first) return symbols[index + code - first];
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new Error("This page is damaged: a plot cannot be read.");
  };
  const room = (more) => {
    if (size + more <= out.length) return;
    const larger = new Uint8Array(2 * out.length + more);
    larger.set(out);
    out = larger;
  };
  const dynamic = () => {
    const [literals, distances, codes] = [bits(5) + 257, bits(5) + 1, bits(4) + 4];
    const small = new Uint8Array(19);
    for (let k = 0; k < codes; k += 1) small[CODE_ORDER[k]] = bits(3);
    const code = huffman(small);
    const lengths = new Uint8Array(literals + distances);
    for (let k = 0; k < lengths.length;) {
      const decoded = symbol(code);
      if (decoded < 16) { lengths[k] = decoded; k += 1; continue; }
      const [value, times] = decoded === 16 ? [lengths[k - 1], 3 + bits(2)] : [0, decoded === 17 ? 3 + bits(3) : 11 + bits(7)];
      lengths.fill(value, k, k + times);
      k += times;
    }
    return [huffman(lengths.subarray(0, literals)), huffman(lengths.subarray(literals))];
  };
  const fixed = () => [huffman(Uint8Array.from({ length: 288 }, (_, k) => (k < 144 ? 8 : k < 256 ? 9 : k < 280 ? 7 : 8))), huffman(new Uint8Array(30).fill(5))];
  for (let last = 0; !last;) {
    last = bits(1);
    const kind = bits(2);
    if (kind === 0) {
      held = holding = 0;
      const count = source[place] | (source[place + 1] << 8);
      room(count);
      out.set(source.subarray(place + 4, place + 4 + count), size);
      place += 4 + count;
      size += count;
      continue;
    }
    const [literal, distance] = kind === 1 ? fixed() : dynamic();
    for (let decoded = symbol(literal); decoded !== 256; decoded = symbol(literal)) {
      room(258);
      if (decoded < 256) { out[size] = decoded; size += 1; continue; }
      const count = LENGTHS[decoded - 257] + bits(LENGTH_BITS[decoded - 257]);
      const far = symbol(distance);
      const back = DISTANCES[far] + bits(far < 2 ? 0 : (far >> 1) - 1);
      for (const end = size + count; size < end; size += 1) out[size] = out[size - back];
    }
  }
  return out.subarray(0, size);
}
