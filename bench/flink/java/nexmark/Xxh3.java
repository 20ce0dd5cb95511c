package nexmark;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * XXH3 with 64 bits and the seed of Millstream's key hash ({@code memory/src/key/word.rs}), of texts of thirteen bytes and
 * more: shorter ones never come to it. Eight bytes at a time, and nothing is made for a text.
 *
 * <p>Of a seed, words of the secret are taken in pairs of which the first one has it added and the second one subtracted:
 * here that was done once, for every place at which words are read.
 */
final class Xxh3 {
    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long PRIME_32_1 = 0x9E3779B1L;
    private static final long PRIME_32_2 = 0x85EBCA77L;
    private static final long PRIME_32_3 = 0xC2B2AE3DL;
    private static final long PRIME_64_1 = 0x9E3779B185EBCA87L;
    private static final long PRIME_64_2 = 0xC2B2AE3D27D4EB4FL;
    private static final long PRIME_64_3 = 0x165667B19E3779F9L;
    private static final long PRIME_64_4 = 0x85EBCA77C2B2AE63L;
    private static final long PRIME_64_5 = 0x27D4EB2F165667C5L;
    private static final long AVALANCHE = 0x165667919E3779F9L;

    private static final long SEED = 0xb7e151628aed2a6bL;
    private static final long[] SECRET = {
        0xbe4ba423396cfeb8L, 0x1cad21f72c81017cL, 0xdb979083e96dd4deL, 0x1f67b3b7a4a44072L,
        0x78e5c0cc4ee679cbL, 0x2172ffcc7dd05a82L, 0x8e2443f7744608b8L, 0x4c263a81e69035e0L,
        0xcb00c391bb52283cL, 0xa32e531b8b65d088L, 0x4ef90da297486471L, 0xd8acdea946ef1938L,
        0x3f349ce33f76faa8L, 0x1d4f0bc7c7bbdcf9L, 0x3159b4cd4be0518aL, 0x647378d9c97e9fc8L,
        0xc3ebd33483acc5eaL, 0xeb6313faffa081c5L, 0x49daf0b751dd0d17L, 0x9e68d429265516d3L,
        0xfca1477d58be162bL, 0xce31d07ad1b8f88fL, 0x280416958f3acb45L, 0x7e404bbbcafbd7afL,
    };

    private static final int SECRET_BYTES = 192;
    private static final int STRIPE = 64;
    /** After so many the sums are scrambled. */
    private static final int STRIPES = (SECRET_BYTES - STRIPE) / 8;

    private static final long FLIP_FIRST = (SECRET[3] ^ SECRET[4]) + SEED;
    private static final long FLIP_LAST = (SECRET[5] ^ SECRET[6]) - SEED;

    /** The secret that belongs to the seed; its words, and its bytes for who reads between two of them. */
    private static final long[] SEEDED = seeded(0, SECRET.length);

    private static final byte[] SEEDED_BYTES = bytes(SEEDED);
    /** The same, of the plain secret from the third byte on. */
    private static final long[] SEEDED_FROM_3 = seeded(3, 16);
    /** The words for the last bytes of middling texts. */
    private static final long[] SEEDED_FROM_119 = seeded(119, 2);

    private Xxh3() {}

    /** The hash of {@code length} bytes, from {@code from} on; thirteen of them or more. */
    static long hash(byte[] text, int from, int length) {
        if (length <= 16) {
            return ofSixteen(text, from, length);
        } else if (length <= 128) {
            return of128(text, from, length);
        } else if (length <= 240) {
            return of240(text, from, length);
        }
        return ofMore(text, from, length);
    }

    /** Upper half xor lower half of the product. */
    static long fold(long a, long b) {
        long high = Math.multiplyHigh(a, b) + ((a >> 63) & b) + ((b >> 63) & a);
        return high ^ a * b;
    }

    static long word(byte[] text, int at) {
        return (long) WORDS.get(text, at);
    }

    private static long ofSixteen(byte[] text, int from, int length) {
        long first = word(text, from) ^ FLIP_FIRST;
        long last = word(text, from + length - 8) ^ FLIP_LAST;
        return avalanche(length + Long.reverseBytes(first) + last + fold(first, last));
    }

    private static long of128(byte[] text, int from, int length) {
        long hash = length * PRIME_64_1;
        int end = from + length;
        if (length > 32) {
            if (length > 64) {
                if (length > 96) {
                    hash += pair(text, from + 48, SEEDED, 12) + pair(text, end - 64, SEEDED, 14);
                }
                hash += pair(text, from + 32, SEEDED, 8) + pair(text, end - 48, SEEDED, 10);
            }
            hash += pair(text, from + 16, SEEDED, 4) + pair(text, end - 32, SEEDED, 6);
        }
        return avalanche(hash + pair(text, from, SEEDED, 0) + pair(text, end - 16, SEEDED, 2));
    }

    private static long of240(byte[] text, int from, int length) {
        long hash = length * PRIME_64_1;
        for (int at = 0; at < 8; at++) {
            hash += pair(text, from + 16 * at, SEEDED, 2 * at);
        }
        hash = avalanche(hash);
        for (int at = 8; at < length / 16; at++) {
            hash += pair(text, from + 16 * at, SEEDED_FROM_3, 2 * (at - 8));
        }
        return avalanche(hash + pair(text, from + length - 16, SEEDED_FROM_119, 0));
    }

    /** Eight sums, in variables: an array for them would be made for each text. */
    private static long ofMore(byte[] text, int from, int length) {
        long a = PRIME_32_3;
        long b = PRIME_64_1;
        long c = PRIME_64_2;
        long d = PRIME_64_3;
        long e = PRIME_64_4;
        long f = PRIME_32_2;
        long g = PRIME_64_5;
        long h = PRIME_32_1;
        int stripes = (length - 1) / STRIPE;
        for (int stripe = 0; stripe <= stripes; stripe++) {
            boolean isLast = stripe == stripes;
            int at = isLast ? from + length - STRIPE : from + stripe * STRIPE;
            int key = isLast ? SECRET_BYTES - STRIPE - 7 : stripe % STRIPES * 8;
            long i = word(text, at);
            long j = word(text, at + 8);
            long k = word(text, at + 16);
            long l = word(text, at + 24);
            long m = word(text, at + 32);
            long n = word(text, at + 40);
            long o = word(text, at + 48);
            long p = word(text, at + 56);
            a += j + halves(i, key);
            b += i + halves(j, key + 8);
            c += l + halves(k, key + 16);
            d += k + halves(l, key + 24);
            e += n + halves(m, key + 32);
            f += m + halves(n, key + 40);
            g += p + halves(o, key + 48);
            h += o + halves(p, key + 56);
            if (!isLast && stripe % STRIPES == STRIPES - 1) {
                a = scrambled(a, 16);
                b = scrambled(b, 17);
                c = scrambled(c, 18);
                d = scrambled(d, 19);
                e = scrambled(e, 20);
                f = scrambled(f, 21);
                g = scrambled(g, 22);
                h = scrambled(h, 23);
            }
        }
        long hash = length * PRIME_64_1;
        hash += fold(a ^ word(SEEDED_BYTES, 11), b ^ word(SEEDED_BYTES, 19));
        hash += fold(c ^ word(SEEDED_BYTES, 27), d ^ word(SEEDED_BYTES, 35));
        hash += fold(e ^ word(SEEDED_BYTES, 43), f ^ word(SEEDED_BYTES, 51));
        hash += fold(g ^ word(SEEDED_BYTES, 59), h ^ word(SEEDED_BYTES, 67));
        return avalanche(hash);
    }

    private static long pair(byte[] text, int at, long[] secret, int key) {
        return fold(word(text, at) ^ secret[key], word(text, at + 8) ^ secret[key + 1]);
    }

    /** The lower half times the upper one. */
    private static long halves(long word, int key) {
        long mixed = word ^ word(SEEDED_BYTES, key);
        return (mixed & 0xffffffffL) * (mixed >>> 32);
    }

    private static long scrambled(long sum, int key) {
        return (sum ^ sum >>> 47 ^ SEEDED[key]) * PRIME_32_1;
    }

    private static long avalanche(long hash) {
        hash = (hash ^ hash >>> 37) * AVALANCHE;
        return hash ^ hash >>> 32;
    }

    private static long[] seeded(int from, int count) {
        byte[] plain = bytes(SECRET);
        long[] words = new long[count];
        for (int at = 0; at < count; at++) {
            words[at] = word(plain, from + 8 * at) + (at % 2 == 0 ? SEED : -SEED);
        }
        return words;
    }

    private static byte[] bytes(long[] words) {
        byte[] bytes = new byte[words.length * 8];
        for (int at = 0; at < words.length; at++) {
            WORDS.set(bytes, at * 8, words[at]);
        }
        return bytes;
    }
}
