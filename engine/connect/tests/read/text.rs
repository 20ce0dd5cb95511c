//! Lines of text.

use arrow_array::cast::AsArray;
use connect::read::FileSourceSpec;
use proptest::prelude::*;

use crate::rig::Rig;

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

#[test]
fn lines_are_rows() {
    let rig = Rig::start();
    for text in
        ["", "\n", "a", "a\n", "one\ntwo\r\n\r\n\nthree", "ends with a carriage return\r", "äöü\n漢字\n"]
    {
        let path = rig.file("lines.txt", text);
        let spec = FileSourceSpec::text([path]);
        let schema = spec.schema();
        let outcome = rig.read(spec);
        assert_eq!(outcome.strings(), lines(text), "{text:?}");
        assert!(!outcome.rows(&schema).schema().field(0).is_nullable());
    }
}

#[test]
fn the_mark_before_a_text_is_no_letter_of_it() {
    let rig = Rig::start();
    let path = rig.file("marked.txt", "\u{feff}first\n\u{feff}second\n");
    for split in [1, 2, 3, 4, 100] {
        let outcome = rig.read(FileSourceSpec::text([&path]).split_bytes(split));
        assert_eq!(outcome.strings(), ["first", "\u{feff}second"]);
    }
}

#[test]
fn any_split_any_block_any_batch() {
    let rig = Rig::start();
    let text = "a\nbb\r\n\nc c c c c c c c c\né\n\n\nlast";
    let path = rig.file("lines.txt", text);
    for split in 1..=text.len() as u64 + 1 {
        for (block, rows) in [(4, 1), (7, 7), (1 << 20, 1024), (16, 8192)] {
            let spec = FileSourceSpec::text([&path]).split_bytes(split).block_bytes(block).batch_rows(rows);
            let outcome = rig.read(spec);
            assert_eq!(outcome.strings(), lines(text), "splits of {split}, blocks of {block}, {rows} rows");
            assert!(outcome.batches.iter().all(|(_, batch)| (1..=rows).contains(&batch.num_rows())));
        }
    }
}

#[test]
fn random_texts_come_whole_from_several_subtasks() {
    let rig = Rig::start();
    let texts = "([a-c ]{0,20}(\n|\r\n)){0,30}[a-c]{0,4}";
    proptest!(ProptestConfig::with_cases(60), |(text in texts, split in 1_u64..80, block in 4_usize..90)| {
        let path = rig.file("random.txt", &text);
        let spec = FileSourceSpec::text([path]).split_bytes(split).block_bytes(block).batch_rows(7);
        let figures = spec.figures();
        let outcome = rig.read_with(spec, 3);
        let mut expected = lines(&text);
        prop_assert_eq!(figures.rows(), expected.len() as u64);
        prop_assert_eq!(figures.splits(), (text.len() as u64).div_ceil(split));
        expected.sort_unstable();
        prop_assert_eq!(outcome.sorted(), expected);
    });
}

#[test]
fn a_line_may_be_longer_than_many_blocks_and_splits() {
    let rig = Rig::start();
    let long = "x".repeat(300_000);
    let text = format!("short\n{long}\nshort again\n{long}");
    let path = rig.file("long.txt", &text);
    for split in [1_000, 100_000, 1 << 30] {
        let outcome = rig.read(FileSourceSpec::text([&path]).split_bytes(split).block_bytes(4096));
        assert_eq!(outcome.strings(), lines(&text), "splits of {split}");
    }
}

#[test]
fn lines_lie_in_the_blocks_that_were_read() {
    let rig = Rig::start();
    let text: String =
        (0..100_000).map(|number| format!("a line of some length, number {number}\n")).collect();
    let path = rig.file("many.txt", &text);
    let outcome = rig.read(FileSourceSpec::text([path]));
    assert_eq!(outcome.strings(), lines(&text));
    // Nothing was copied: all lines but those across two blocks are in a few buffers of a block each.
    let sizes = outcome.batches.iter().flat_map(|(_, batch)| {
        batch
            .column(0)
            .as_string_view()
            .data_buffers()
            .iter()
            .map(arrow_buffer::Buffer::len)
            .collect::<Vec<_>>()
    });
    let (blocks, lines): (Vec<usize>, Vec<usize>) = sizes.partition(|size| *size > 1000);
    assert!(lines.len() <= text.len() / (1 << 20) + 1, "{lines:?}");
    assert!(blocks.len() < outcome.batches.len() * 2);
}
