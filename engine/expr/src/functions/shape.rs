//! Regular expressions of the plainest shape, found without a search engine: `(&|^)channel_id=([^&]*)`, `id=([0-9]+)`, `^ab(.*)$`.
//!
//! ```text
//!   edge            letters        then letters, and runs of letters of a kind
//!   (&|^)           channel_id=    ([^&]*)
//!   what is before  searched for   from there on there is one way only
//! ```
//!
//! A run ends where a letter of another kind stands, and what must follow it begins with one: so nothing is tried twice. What
//! has another shape is none of these, and the engine of all regular expressions finds it. It also takes a text in which the
//! first letters have led nowhere several times: it looks at a letter once, whatever the text.

use memchr::memmem::Finder;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// How often the first letters of a match may lead nowhere in a text.
const VAIN_MAX: usize = 8;

/// A text that the engine has to look at.
#[derive(Debug)]
pub(super) struct Unsettled;

/// One of these regular expressions.
#[derive(Debug)]
pub(super) struct Shape {
    /// The first letters.
    finder: Finder<'static>,
    edge: Option<Edge>,
    steps: Vec<Step>,
}

/// What stands before the first letters: one of these bytes, or nothing at the beginning of the text.
#[derive(Debug)]
struct Edge {
    bytes: Set,
    may_be_start: bool,
}

#[derive(Debug)]
enum Step {
    /// A group begins or ends here: twice its number, or one more.
    Mark(usize),
    Edge,
    Letters(Vec<u8>),
    /// As many as there are.
    Run {
        set: Set,
        least: usize,
    },
    /// The end of the text.
    End,
}

/// Bytes, of which those that are not ASCII are all in it or none.
#[derive(Clone, Debug)]
struct Set(Box<[bool; 256]>);

impl Set {
    fn none() -> Self {
        Self(Box::new([false; 256]))
    }

    /// The letters of a class.
    fn of(class: &Class) -> Option<Self> {
        let mut set = Self::none();
        let Class::Unicode(class) = class else { return None };
        for range in class.ranges() {
            let (start, end) = (u32::from(range.start()), u32::from(range.end()));
            let is_rest = start <= 0x80 && range.end() == char::MAX;
            if end >= 0x80 && !is_rest {
                return None;
            }
            for byte in start..=end.min(0xFF) {
                set.0[byte as usize] = true;
            }
        }
        Some(set)
    }

    fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }
}

impl Shape {
    /// The shape of a regular expression, if it is of this kind.
    pub(super) fn of(regex: &str) -> Option<Self> {
        let hir = regex_syntax::parse(regex).ok()?;
        let (mut edge, mut steps) = (None, vec![Step::Mark(0)]);
        add(&hir, &mut edge, &mut steps)?;
        steps.push(Step::Mark(1));
        let consuming: Vec<&Step> = steps.iter().filter(|step| !matches!(step, Step::Mark(_))).collect();
        let first = match &consuming[..] {
            [Step::Letters(first), ..] | [Step::Edge, Step::Letters(first), ..] => first,
            _ => return None,
        };
        // Of two ways to begin at one place the one that was written first would count.
        if edge.as_ref().is_some_and(|edge| edge.may_be_start && edge.bytes.has(first[0])) {
            return None;
        }
        let has_one_way = consuming.windows(2).all(|pair| match pair {
            [Step::Run { set, .. }, Step::Letters(next)] => !set.has(next[0]),
            [Step::Run { .. }, next] => matches!(next, Step::End),
            [_, Step::Edge] | [Step::End, _] => false,
            _ => true,
        });
        let finder = Finder::new(first).into_owned();
        has_one_way.then_some(Self { finder, edge, steps })
    }

    /// What a group has found.
    pub(super) fn find<'a>(&self, text: &'a str, group: usize) -> Result<Option<&'a str>, Unsettled> {
        let bytes = text.as_bytes();
        let (mut from, mut vain) = (0, 0);
        while let Some(letters) = self.finder.find(&bytes[from..]) {
            let letters = from + letters;
            if let Some(start) = self.start(bytes, letters) {
                if let Some(found) = self.at(bytes, start, letters, group) {
                    return Ok(found.map(|(start, end)| &text[start..end]));
                }
                vain += 1;
                if vain > VAIN_MAX {
                    return Err(Unsettled);
                }
            }
            from = letters + 1;
        }
        Ok(None)
    }

    /// Where a match begins whose first letters stand at this place.
    fn start(&self, bytes: &[u8], letters: usize) -> Option<usize> {
        match (&self.edge, letters.checked_sub(1)) {
            (None, _) => Some(letters),
            (Some(edge), None) => edge.may_be_start.then_some(0),
            (Some(edge), Some(before)) => edge.bytes.has(bytes[before]).then_some(before),
        }
    }

    /// Where a group begins and ends, if this is a match; nothing, if there is no such group.
    fn at(&self, bytes: &[u8], start: usize, letters: usize, group: usize) -> Option<Option<(usize, usize)>> {
        let (mut place, mut begin, mut end) = (start, None, None);
        for step in &self.steps {
            let rest = &bytes[place..];
            match step {
                Step::Mark(mark) if *mark == 2 * group => begin = Some(place),
                Step::Mark(mark) if *mark == 2 * group + 1 => end = Some(place),
                Step::Mark(_) => {}
                Step::Edge => place = letters,
                Step::Letters(wanted) => {
                    rest.starts_with(wanted).then_some(())?;
                    place += wanted.len();
                }
                Step::Run { set, least } => {
                    let count = rest.iter().position(|byte| !set.has(*byte)).unwrap_or(rest.len());
                    (count >= *least).then_some(())?;
                    place += count;
                }
                Step::End => rest.is_empty().then_some(())?,
            }
        }
        Some(begin.zip(end))
    }
}

/// Adds the steps of a part of a regular expression; nothing, if it has another shape. There is one edge.
fn add(hir: &Hir, edge: &mut Option<Edge>, steps: &mut Vec<Step>) -> Option<()> {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => match steps.last_mut() {
            Some(Step::Letters(letters)) => letters.extend(&literal.0),
            _ => steps.push(Step::Letters(literal.0.to_vec())),
        },
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| add(part, edge, steps))?,
        HirKind::Capture(capture) => {
            let group = capture.index as usize;
            steps.push(Step::Mark(2 * group));
            add(&capture.sub, edge, steps)?;
            steps.push(Step::Mark(2 * group + 1));
        }
        HirKind::Look(Look::End) => steps.push(Step::End),
        HirKind::Repetition(run) if run.greedy && run.max.is_none() && run.min <= 1 => {
            let HirKind::Class(class) = run.sub.kind() else { return None };
            steps.push(Step::Run { set: Set::of(class)?, least: run.min as usize });
        }
        _ if edge.is_none() => {
            *edge = Some(edge_of(hir)?);
            steps.push(Step::Edge);
        }
        _ => return None,
    }
    Some(())
}

/// A letter of ASCII, or the beginning of a text, or one of these.
fn edge_of(hir: &Hir) -> Option<Edge> {
    let (mut bytes, mut may_be_start) = (Set::none(), false);
    let ways = match hir.kind() {
        HirKind::Alternation(ways) => &ways[..],
        _ => std::slice::from_ref(hir),
    };
    for way in ways {
        match way.kind() {
            HirKind::Look(Look::Start) => may_be_start = true,
            HirKind::Literal(literal) if literal.0.len() == 1 && literal.0[0].is_ascii() => {
                bytes.0[usize::from(literal.0[0])] = true;
            }
            HirKind::Class(class) => {
                let class = Set::of(class).filter(|class| !class.has(0x80))?;
                bytes.0.iter_mut().zip(*class.0).for_each(|(byte, is_there)| *byte |= is_there);
            }
            _ => return None,
        }
    }
    Some(Edge { bytes, may_be_start })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    const SHAPES: &[&str] = &[
        "(&|^)channel_id=([^&]*)",
        "(^|&)ab=([^&]+)",
        "[?&]ab=([^&]*)",
        "ab=(.*)",
        "(ab)=([ab&]+)c",
        "^ab(.*)$",
        "^ab",
        "aa([^b]*)b$",
        "(a)(b)",
        "a&([a-b]*)&b",
        "(?:=|&)(a(b))",
        "ab",
    ];

    /// These have more than one way, or bytes that are not plain.
    const OTHERS: &[&str] = &[
        "",
        "[^&]*",
        "ab(.*)b",
        "ab(.*?)c",
        "ab?c",
        "ab=(\\w+)",
        "a[^b]+[^c]+",
        "(a|bc)d",
        "(&|^)&a",
        "(?i)ab",
        "(?m)^ab",
        "a{2,3}b",
        "a\\b",
        "ab([^a]{2,})",
        "ab(ä*)",
        "[äb]a",
        "(a|^|ä)b",
        "ab^",
        "a$b",
    ];

    #[test]
    fn what_has_one_way_only_is_of_this_kind() {
        for regex in SHAPES {
            assert!(Shape::of(regex).is_some(), "{regex}");
        }
        for regex in OTHERS {
            assert!(Regex::new(regex).is_ok() && Shape::of(regex).is_none(), "{regex}");
        }
    }

    proptest! {
        #[test]
        fn it_finds_what_the_engine_finds(
            shape in prop::sample::select(SHAPES),
            text in prop::collection::vec(
                prop::sample::select(&["ab=", "channel_id=", "a", "b", "aa", "&", "?", "=", "ä", "c", "\n", "ab"][..]), 0..12),
        ) {
            let (text, regex) = (text.concat(), Regex::new(shape).expect("a regular expression"));
            let plain = Shape::of(shape).expect("a shape");
            for group in 0..4 {
                let expected = regex.captures(&text).and_then(|found| found.get(group)).map(|found| found.as_str());
                if let Ok(found) = plain.find(&text, group) {
                    prop_assert_eq!(found, expected, "{} in {:?}, group {}", shape, text, group);
                }
            }
        }
    }

    #[test]
    fn a_text_full_of_beginnings_is_left_to_the_engine() {
        let shape = Shape::of("ab([^cd]*)d").expect("a shape");
        assert!(shape.find(&"ab".repeat(1_000), 1).is_err());
        assert_eq!(
            shape.find(&format!("{}d", "ab".repeat(1_000)), 1).expect("settled").map(str::len),
            Some(1_998)
        );
    }
}
