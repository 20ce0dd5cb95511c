//! Writes the text whose words are counted, and beside it the counts that every engine has to come to.
//!
//! `generate BYTES TEXT COUNTS`: lines of 5 to 15 words, one space between two of them. The words are 100,000 different
//! ones of 2 to 14 letters; how often one comes falls with its rank as Zipf's law says, and the frequent ones are short
//! as in a language. Integers only and a fixed seed: the same bytes on every machine. Needs nothing but `rustc`, for
//! what generates the text is no part of any crate.

use std::{
    collections::HashSet,
    env, error,
    fs::File,
    io::{BufWriter, Write},
};

const SEED: u64 = 0x6d69_6c6c_7374_7265;
const WORDS: usize = 100_000;
const LETTERS_MIN: u64 = 2;
const LETTERS_MAX: u64 = 14;

/// As many as make a draw cheap, a mask and a look. The rarest word has three of them.
const SLOTS: usize = 1 << 22;

fn main() -> Result<(), Box<dyn error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [bytes, text, counts] = arguments.as_slice() else {
        return Err("usage: generate BYTES TEXT COUNTS".into());
    };
    let bytes: u64 = bytes.parse()?;
    let mut text = BufWriter::with_capacity(1 << 20, File::create(text)?);
    let mut counts = BufWriter::new(File::create(counts)?);

    let mut random = Random(SEED);
    let words = words(&mut random);
    let slots = slots();
    let mut seen = vec![0_u64; WORDS];

    let mut written = 0;
    let mut line = Vec::new();
    let mut ranks = Vec::new();
    loop {
        line.clear();
        ranks.clear();
        for _ in 0..random.between(5, 15) {
            let rank = slots[random.next() as usize % SLOTS] as usize;
            ranks.push(rank);
            line.extend_from_slice(&words[rank]);
            line.push(b' ');
        }
        *line.last_mut().expect("a line has words") = b'\n';
        written += line.len() as u64;
        if written > bytes {
            break; // Ends at the last whole line that fits.
        }
        text.write_all(&line)?;
        for &rank in &ranks {
            seen[rank] += 1;
        }
    }
    text.flush()?;

    for (word, count) in words.iter().zip(seen).filter(|(_, count)| *count > 0) {
        counts.write_all(word)?;
        writeln!(counts, ",{count}")?;
    }
    counts.flush()?;
    Ok(())
}

/// By rank: the rarer a word, the longer it may be.
fn words(random: &mut Random) -> Vec<Vec<u8>> {
    let mut taken = HashSet::new();
    let mut words = Vec::with_capacity(WORDS);
    while words.len() < WORDS {
        let longest = LETTERS_MAX.min(LETTERS_MIN + u64::from((words.len() + 1).ilog2()));
        let letters = random.between(LETTERS_MIN, longest);
        let word: Vec<u8> = (0..letters).map(|_| b'a' + random.between(0, 25) as u8).collect();
        if taken.insert(word.clone()) {
            words.push(word);
        }
    }
    words
}

/// To each slot a rank, to the rank `r` as many slots as are proportional to `1 / r`.
fn slots() -> Vec<u32> {
    const ONE: u64 = 1 << 40;
    let whole: u64 = (1..=WORDS as u64).map(|rank| ONE / rank).sum();
    let mut slots = Vec::with_capacity(SLOTS);
    let mut until = 0;
    for rank in 0..WORDS {
        until += ONE / (rank as u64 + 1);
        let end = (u128::from(until) * SLOTS as u128 / u128::from(whole)) as usize;
        slots.resize(end, rank as u32);
    }
    slots
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Both ends included.
    fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.next() % (most - least + 1)
    }
}
